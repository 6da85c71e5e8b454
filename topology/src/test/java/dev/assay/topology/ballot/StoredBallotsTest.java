package dev.assay.topology.ballot;

import static dev.assay.topology.Records.answer;
import static dev.assay.topology.Records.choice;
import static dev.assay.topology.Records.failure;
import static dev.assay.topology.Records.generation;
import static dev.assay.topology.Records.model;
import static dev.assay.topology.Records.prompt;
import static dev.assay.topology.Records.text;
import static dev.assay.topology.Records.votes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Answer;
import dev.assay.records.Calibration;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Followup;
import dev.assay.records.OrderRule;
import dev.assay.records.Prior;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.StopReason;
import dev.assay.records.Stopping;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import dev.assay.topology.ballot.StoredBallots.Ruling;
import dev.assay.topology.intake.Intake;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Stored answers are judged as the stages judge them: intake and ballot are what these are held against. */
class StoredBallotsTest {
  private static final double[] PLACES = {1, 0, 0, 0.3};
  private static final int PROMPTS = 12;

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final RecordCodec<Answer> codec = RecordCodec.of(registry, Answer.class);

  /** Rules that tests change. */
  private static final class Given implements StoredBallots.Rules {
    private final Map<String, Prompt> asked = new HashMap<>();
    private final Map<List<String>, Prior> priors = new HashMap<>();
    private final Map<String, Stopping> stops = new HashMap<>();
    private List<String> metrics = List.of();

    @Override
    public @Nullable Prompt asked(String prompt) {
      return asked.get(prompt);
    }

    @Override
    public List<String> metrics() {
      return metrics;
    }

    @Override
    public @Nullable Prior prior(String model, String checkpoint, String group) {
      return priors.get(List.of(model, checkpoint, group));
    }

    @Override
    public @Nullable Stopping stopping(String prompt, String model, String checkpoint) {
      return stops.get(prompt);
    }
  }

  /** What the stages made of prompts, and the answers that it was made of. */
  private record Asked(List<Answer> answers, Map<String, Verdict> verdicts, List<Prior> priors) {}

  @Property(tries = 5)
  void answersOfEveryKind_giveTheVerdictsOfTheStage(@ForAll @IntRange(max = 1_000_000) int seed) {
    Random random = new Random(seed);
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      prompts.add(
          switch (i % 4) {
            case 0 -> question("p" + i, OrderRule.ADAPTIVE, null);
            case 1 -> question("p" + i, OrderRule.CYCLIC, null);
            case 2 -> question("p" + i, OrderRule.PRIDE, new Calibration("g", 2, i < 8));
            default -> prompt(generation().build()).setId("p" + i).build();
          });
    }
    Asked asked = ask(prompts, random, true);
    Given rules = new Given();
    asked.priors.forEach(prior -> rules.priors.put(List.of(prior.getModel(), prior.getCheckpoint(), prior.getGroup()), prior));
    List<Answer> shuffled = new ArrayList<>(asked.answers);
    Collections.shuffle(shuffled, random);
    assertThat(judge(rules, shuffled)).isEqualTo(asked.verdicts).isNotEmpty();
    asked.verdicts.forEach(
        (id, verdict) -> {
          if (verdict.getOutcome() instanceof ChoiceVerdict choice && choice.getVoted() != null && choice.getVoted().getStopping() != null) {
            rules.stops.put(id, choice.getVoted().getStopping());
          }
        });
    assertThat(judge(rules, shuffled)).as("stopped where it was recorded").isEqualTo(asked.verdicts);
    StoredBallots.Priors estimate = new StoredBallots.Priors(rules, "r1");
    shuffled.forEach(answer -> estimate.add(answer, codec.encode(Topics.ANSWERS, answer)));
    assertThat(estimate.estimate().values()).as("estimated anew").containsExactlyInAnyOrderElementsOf(asked.priors);
  }

  @Test
  void allOrders_judgedUnderAnotherRule_giveWhatThatRuleWouldHaveAsked() {
    List<Prompt> all = questions(OrderRule.ALL);
    Asked asked = ask(all, new Random(1), false);
    for (OrderRule rule : List.of(OrderRule.ONE, OrderRule.CYCLIC, OrderRule.SAMPLED, OrderRule.ADAPTIVE, OrderRule.PRIDE)) {
      List<Prompt> otherwise = questions(rule);
      Asked live = ask(otherwise, new Random(2), false);
      Given rules = new Given();
      otherwise.forEach(prompt -> rules.asked.put(prompt.getId(), prompt));
      StoredBallots.Priors estimate = new StoredBallots.Priors(rules, "r1");
      asked.answers.forEach(answer -> estimate.add(answer, codec.encode(Topics.ANSWERS, answer)));
      rules.priors.putAll(estimate.estimate());
      Map<String, Verdict> judged = judge(rules, asked.answers);
      assertThat(judged.keySet()).as("%s", rule).isEqualTo(live.verdicts.keySet());
      judged.forEach((id, verdict) -> assertThat(verdict.getOutcome()).as("%s of %s", id, rule).isEqualTo(live.verdicts.get(id).getOutcome()));
    }
  }

  @Test
  void partsOfVotes_tookTheirPart_andNoMore() {
    Prompt all = questions(OrderRule.ALL).getFirst();
    Answer stored = ask(List.of(all), new Random(1), false).answers.getFirst();
    Given rules = new Given();
    rules.asked.put(all.getId(), question(all.getId(), OrderRule.CYCLIC, null));
    Verdict verdict = judge(rules, List.of(stored)).get(all.getId());
    assertThat(verdict.getTokensAsked()).isEqualTo(stored.getTokensAsked() * 4 / 24);
    assertThat(verdict.getComputeMicros()).isEqualTo(stored.getComputeMicros() * 4 / 24);
  }

  @Test
  void ordersThatWereNotAsked_areRefusedByName() {
    Answer stored = ask(List.of(question("p0", OrderRule.ONE, null)), new Random(1), false).answers.getFirst();
    for (OrderRule rule : List.of(OrderRule.CYCLIC, OrderRule.ADAPTIVE, OrderRule.ALL)) {
      Given rules = new Given();
      rules.asked.put("p0", question("p0", rule, null));
      Ruling ruling = new StoredBallots(rules).judge(stored, codec.encode(Topics.ANSWERS, stored));
      assertThat(ruling).isInstanceOfSatisfying(Ruling.GivenUp.class, given -> assertThat(given.reason()).contains("[0, 1, 2, 3]", "were not asked"));
    }
    Answer rotations = ask(List.of(question("p0", OrderRule.CYCLIC, null)), new Random(1), false).answers.getFirst();
    Given rules = new Given();
    rules.asked.put("p0", prompt(options().setOrders(OrderRule.ADAPTIVE).setErrorRate(1e-9).build()).setId("p0").build());
    assertThat(new StoredBallots(rules).judge(rotations, codec.encode(Topics.ANSWERS, rotations)))
        .isInstanceOfSatisfying(Ruling.GivenUp.class, given -> assertThat(given.reason()).contains("1 rounds", "do not decide"));
  }

  @Test
  void roundThatIsMissing_leavesTheBallotUndecided_orDecidedByThoseBefore() {
    Prompt near = prompt(options().setOrders(OrderRule.ADAPTIVE).setErrorRate(1e-9).build()).setId("p1").build();
    List<Answer> answers = ask(List.of(near), new Random(4), false).answers;
    StoredBallots ballots = new StoredBallots(new Given());
    for (Answer answer : answers.subList(0, 2)) {
      assertThat(ballots.judge(answer, codec.encode(Topics.ANSWERS, answer))).isInstanceOf(Ruling.Unchanged.class);
    }
    Stopping stopping = ((ChoiceVerdict) ballots.undecided().getFirst().getOutcome()).getVoted().getStopping();
    assertThat(stopping.getReason()).isEqualTo(StopReason.FAILED);
    assertThat(stopping.getRounds()).isEqualTo(2);
    assertThat(ballots.undecided()).isEmpty();
  }

  @Test
  void recordedStop_standsAgainstTheRulesOfToday() {
    Asked asked = ask(List.of(question("p1", OrderRule.ADAPTIVE, null)), new Random(4), false);
    Stopping stopped = ((ChoiceVerdict) asked.verdicts.get("p1").getOutcome()).getVoted().getStopping();
    Given rules = new Given();
    rules.stops.put("p1", Stopping.newBuilder(stopped).setReason(StopReason.BUDGET).setRounds(1).setMargin(9).build());
    ChoiceVerdict verdict = (ChoiceVerdict) judge(rules, asked.answers).get("p1").getOutcome();
    assertThat(verdict.getVoted().getStopping()).isEqualTo(rules.stops.get("p1"));
    assertThat(verdict.getVotes()).hasSize(4);
  }

  @Test
  void texts_areScoredByOtherMetrics() {
    Asked asked = ask(List.of(prompt(generation().build()).setId("p3").build()), new Random(1), false);
    Given rules = new Given();
    rules.metrics = List.of("rouge_2", "final_number_exact_match");
    TextVerdict verdict = (TextVerdict) judge(rules, asked.answers).get("p3").getOutcome();
    assertThat(verdict.getScores()).containsOnlyKeys("rouge_2", "final_number_exact_match");
  }

  @Test
  void failure_isGivenUp_untilAnAnswerComes() {
    Answer good = ask(List.of(question("p0", OrderRule.ONE, null)), new Random(1), false).answers.getFirst();
    Answer bad = answer(good.getEnvelope(), "m1", failure("no memory"), 1);
    StoredBallots ballots = new StoredBallots(new Given());
    assertThat(ballots.judge(bad, codec.encode(Topics.ANSWERS, bad)))
        .isInstanceOfSatisfying(Ruling.GivenUp.class, given -> assertThat(given.reason()).contains("no memory"));
    assertThat(ballots.judge(good, codec.encode(Topics.ANSWERS, good))).isInstanceOf(Ruling.Decided.class);
    assertThat(ballots.judge(bad, codec.encode(Topics.ANSWERS, bad))).isInstanceOf(Ruling.Unchanged.class);
    assertThat(ballots.judge(good, codec.encode(Topics.ANSWERS, good))).isInstanceOf(Ruling.Unchanged.class);
  }

  private Map<String, Verdict> judge(StoredBallots.Rules rules, List<Answer> answers) {
    StoredBallots ballots = new StoredBallots(rules);
    Map<String, Verdict> verdicts = new TreeMap<>();
    for (Answer answer : answers) {
      if (ballots.judge(answer, codec.encode(Topics.ANSWERS, answer)) instanceof Ruling.Decided(List<Verdict> made)) {
        made.forEach(verdict -> verdicts.put(verdict.getPrompt(), verdict));
      }
    }
    return verdicts;
  }

  /** Puts prompts through intake and ballot; the answers come in any order, now and then twice, or wrong first. */
  private Asked ask(List<Prompt> prompts, Random random, boolean trouble) {
    List<Answer> answers = new ArrayList<>();
    Map<String, Verdict> verdicts = new TreeMap<>();
    List<Prior> priors = new ArrayList<>();
    try (Stage intake = new Stage(new Intake(registry, List.of()).topology(), registry);
        Stage ballot = new Stage(new Ballot(registry, Duration.ofHours(1)).topology(), registry)) {
      intake.send(Topics.MODELS, "m1", model("m1"));
      prompts.forEach(prompt -> intake.send(Topics.PROMPTS, prompt.getId(), prompt));
      for (List<Request> wanted = requests(intake, random); !wanted.isEmpty(); wanted = requests(intake, random)) {
        for (Request request : wanted) {
          List<Answer> given = new ArrayList<>(List.of(answer(request.getEnvelope(), "m1", outcome(request), 10 + answers.size())));
          if (trouble && random.nextInt(3) == 0) {
            // What a failure in a round, or of a question that estimates a prior, comes to depends on when it comes; elsewhere nothing does.
            boolean again = random.nextBoolean() || number(request) % 2 == 0;
            given.add(random.nextInt(2), again ? given.getFirst() : answer(request.getEnvelope(), "m1", failure("lost"), random.nextInt(200)));
          }
          answers.addAll(given);
          given.forEach(answer -> ballot.send(Topics.ANSWERS, request.getEnvelope().getPrompt(), answer));
        }
        for (TestRecord<byte[], byte[]> prior : ballot.read(Topics.PRIORS)) {
          ballot.send(Topics.PRIORS, prior);
          priors.add(RecordCodec.of(registry, Prior.class).decode(prior.value()));
        }
        ballot.pass(Duration.ofSeconds(1));
        ballot.read(Topics.FOLLOWUPS, Followup.class).forEach(followup -> intake.send(Topics.FOLLOWUPS, followup.getPrompt(), followup));
      }
      ballot.read(Topics.VERDICTS, Verdict.class).forEach(verdict -> verdicts.put(verdict.getPrompt(), verdict));
    }
    return new Asked(answers, verdicts, priors);
  }

  private static int number(Request request) {
    return Integer.parseInt(request.getEnvelope().getPrompt().substring(1));
  }

  private static List<Request> requests(Stage intake, Random random) {
    List<Request> requests = new ArrayList<>(intake.read(Topics.requests("m1"), Request.class));
    Collections.shuffle(requests, random);
    return requests;
  }

  private static Object outcome(Request request) {
    String id = request.getEnvelope().getPrompt();
    if (!(request.getWork() instanceof Score)) {
      return text("The answer is " + id.length() * 4);
    }
    Random own = new Random(id.hashCode());
    double[] options = {own.nextDouble(), own.nextDouble(), 2 * own.nextDouble(), own.nextDouble()};
    return votes(request, options, PLACES, 1.5);
  }

  private static List<Prompt> questions(OrderRule rule) {
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      prompts.add(question("p" + i, rule, rule == OrderRule.PRIDE ? new Calibration("g", 4, i < 4) : null));
    }
    return prompts;
  }

  private static Prompt question(String id, OrderRule rule, @Nullable Calibration calibration) {
    return prompt(options().setOrders(rule).setCalibration(calibration).build()).setId(id).build();
  }

  private static Choice.Builder options() {
    return choice().setOptions(List.of("Mars", "Jupiter", "Venus", "Saturn"));
  }
}
