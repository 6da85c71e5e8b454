package dev.assay.inference.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.assay.inference.ModelAnswer;
import dev.assay.records.Envelope;
import dev.assay.records.Declined;
import dev.assay.records.Finish;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Text;
import dev.assay.records.TextGold;
import dev.assay.records.Truncation;
import dev.assay.records.Variant;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class MiniLmBaselineTest {

  private static final List<Integer> PUBLISHED = List.of(0, 1, 2, 3);
  private static final List<Integer> REVERSED = List.of(3, 2, 1, 0);

  /** Question, then the right option, then three wrong ones. */
  private static final List<List<String>> QUESTIONS =
      List.of(
          List.of("Which animal barks and guards houses?", "a dog", "a teapot", "a cloud", "a violin"),
          List.of("What do people use to unlock a door?", "a key for the lock", "a slice of bread", "a river", "a poem"),
          List.of("What does a baker make in the oven?", "bread and cakes", "traffic lights", "submarines", "earthquakes"),
          List.of("Which planet is known for its rings?", "Saturn, the ringed planet", "a bicycle", "an onion", "a waltz"),
          List.of("Where do fish live?", "in water", "in a printing press", "in a violin case", "in a tax return"),
          List.of("What falls from the sky when it rains?", "drops of water", "wooden chairs", "old coins", "novels"),
          List.of("Who treats sick people in a hospital?", "a doctor", "a bus driver", "a goalkeeper", "a piano tuner"),
          List.of("What instrument has black and white keys?", "the piano", "the hammer", "the saucepan", "the ladder"));

  private static MiniLmBaseline model;

  @BeforeAll
  static void load() {
    model = MiniLmBaseline.load("minilm");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void plainQuestions_areMostlyAnsweredRight() {
    List<ModelAnswer> answers = model.answer(QUESTIONS.stream().map(MiniLmBaselineTest::question).toList());
    long right = answers.stream().filter(answer -> best(votes(answer).getFirst()) == 0).count();
    // Guessing gets 7 of 8 or more right once in 2,600 times.
    assertThat(right).isGreaterThanOrEqualTo(7);
  }

  @Test
  void anOption_hasTheSameLogProbabilityInEveryOrder() {
    for (ModelAnswer answer : model.answer(QUESTIONS.stream().map(MiniLmBaselineTest::question).toList())) {
      List<Vote> votes = votes(answer);
      assertThat(votes).extracting(Vote::getOrder).containsExactly(PUBLISHED, REVERSED);
      assertThat(votes.get(1).getLogProbs()).isEqualTo(votes.get(0).getLogProbs().reversed());
      assertThat(votes.get(0).getLogProbs().stream().mapToDouble(Math::exp).sum()).isCloseTo(1, within(1e-12));
      assertThat(answer.tokensAsked()).isEqualTo(2 * answer.tokensComputed()).isPositive();
    }
  }

  @Test
  void answers_doNotDependOnTheBatch() {
    List<Request> all = QUESTIONS.stream().map(MiniLmBaselineTest::question).toList();
    List<ModelAnswer> together = model.answer(all);
    List<ModelAnswer> alone = all.stream().map(request -> model.answer(List.of(request)).getFirst()).toList();
    assertThat(together).isEqualTo(alone);
  }

  @Test
  void generatedText_isTheSentenceNearestToTheWhole() {
    String article =
        "The weather was mild. The town council voted on Monday to build a new bridge over the river, the council's largest"
            + " project in years. A dog slept. The new bridge over the river will cost the town two million.";
    Text text = (Text) model.answer(List.of(generate(article, 64, List.of()))).getFirst().outcome();
    assertThat(text.getText()).contains("new bridge");
    assertThat(article).contains(text.getText());
    assertThat(text.getFinish()).isEqualTo(Finish.END);
    assertThat(text.getLogProb()).isNull();
  }

  @Test
  void generatedText_keepsTheRequestsLimits() {
    Text cut = (Text) model.answer(List.of(generate("One two three four five.", 3, List.of()))).getFirst().outcome();
    assertThat(cut).isEqualTo(new Text("One two three", null, Finish.LENGTH, List.of(), List.of()));
  }

  @Test
  void generatedText_isQuotedFromBetweenStopTexts() {
    Request summary = generate("###\nBees make honey in the hive.\n\n###", 9, List.of("###"));
    assertThat(model.answer(List.of(summary)).getFirst().outcome())
        .isEqualTo(new Text("Bees make honey in the hive.", null, Finish.END, List.of(), List.of()));
    assertThat(model.answer(List.of(generate("### ###", 9, List.of("###")))).getFirst().outcome()).isInstanceOf(Declined.class);
  }

  @Test
  void blankTexts_areRefused_andDisturbNobody() {
    List<ModelAnswer> answers =
        model.answer(
            List.of(
                question(List.of("What is it?", " ", "b", "c", "d")),
                generate("  ", 5, List.of()),
                question(QUESTIONS.getFirst())));
    assertThat(answers.get(0).outcome()).isInstanceOf(Declined.class);
    assertThat(answers.get(1).outcome()).isInstanceOf(Declined.class);
    assertThat(best(votes(answers.get(2)).getFirst())).isZero();
  }

  @Test
  void card_namesTheWeights() {
    assertThat(model.card().checkpoint()).matches("[0-9a-f]{12}");
    assertThat(model.card().kind()).isEqualTo("baseline");
  }

  private static List<Vote> votes(ModelAnswer answer) {
    return ((Votes) answer.outcome()).getVotes();
  }

  private static int best(Vote vote) {
    List<Double> logProbs = vote.getLogProbs();
    return IntStream.range(0, logProbs.size()).reduce((a, b) -> logProbs.get(b) > logProbs.get(a) ? b : a).orElseThrow();
  }

  private static Request question(List<String> parts) {
    List<String> labels = List.of(" A", " B", " C", " D");
    Score score =
        new Score(
            parts.getFirst(),
            parts.subList(1, parts.size()),
            List.of(new Variant(PUBLISHED, "", labels), new Variant(REVERSED, "", labels)));
    return request(score);
  }

  private static Request generate(String text, int maxTokens, List<String> stop) {
    return request(new Generate(text, maxTokens, stop, 0.0, 0, 1.0, 0L, 1.0, 1, false));
  }

  private static Request request(Object work) {
    Envelope envelope =
        new Envelope(
            "run", "p", "task", TaskType.OTHER, Skill.OTHER, "", -1, -1L, Instant.EPOCH, new TextGold(List.of("x"), List.of("exact_match")), List.of(), null, null);
    return new Request("id", "minilm", envelope, "", work, Instant.EPOCH, Truncation.REFUSE);
  }
}
