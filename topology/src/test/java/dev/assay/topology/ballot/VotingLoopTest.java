package dev.assay.topology.ballot;

import static dev.assay.topology.Records.answer;
import static dev.assay.topology.Records.choice;
import static dev.assay.topology.Records.failure;
import static dev.assay.topology.Records.model;
import static dev.assay.topology.Records.prompt;
import static dev.assay.topology.Records.text;
import static dev.assay.topology.Records.votes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Answer;
import dev.assay.records.Calibration;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceGold;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Followup;
import dev.assay.records.OrderRule;
import dev.assay.records.Prior;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.StopReason;
import dev.assay.records.Stopping;
import dev.assay.records.Verdict;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import dev.assay.topology.intake.Intake;
import dev.assay.topology.scoring.Voting;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Intake and ballot with each other, and a model in between that the tests write. */
class VotingLoopTest {
  private static final double[] CLEAR = {0, 2, 0.1, 0.2};
  private static final double[] NEAR = {0, 0.11, 0.1, -1};
  private static final double[] FIRST_PLACE = {3, 0, 0, 0.5};
  private static final Duration WAIT = Duration.ofSeconds(30);

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final List<Answer> given = new ArrayList<>();
  private Stage intake;
  private Stage ballot;

  @BeforeEach
  void start() {
    intake = new Stage(new Intake(registry, List.of("m1")).topology(), registry);
    ballot = new Stage(new Ballot(registry, WAIT).topology(), registry);
    intake.send(Topics.MODELS, "m1", model("m1"));
    intake.send(Topics.MODELS, "m2", model("m2"));
  }

  @AfterEach
  void stop() {
    intake.close();
    ballot.close();
  }

  @Test
  void adaptive_withAClearWinner_asksOneRoundAndSaysWhy() {
    ask(adaptive().build());
    List<Verdict> verdicts = settle(request -> votes(request, CLEAR, FIRST_PLACE, 0.2));
    ChoiceVerdict verdict = onlyChoice(verdicts);
    Stopping stopping = verdict.getVoted().getStopping();
    assertThat(stopping.getReason()).isEqualTo(StopReason.CERTIFIED);
    assertThat(stopping.getRisk()).isBetween(0.0, 0.05);
    assertThat(stopping.getRival()).isEqualTo(3);
    assertThat(verdict.getVotes()).hasSize(4);
    // The first place alone would have decided for option 0.
    assertThat(verdict.getOne().getOption()).isZero();
    assertThat(verdict.getVoted().getDecision().getOption()).isEqualTo(1);
    assertThat(verdict.getVoted().getDecision().getRight()).isTrue();
    assertThat(verdicts.getFirst().getTokensAsked()).isEqualTo(100);
    assertThat(letters()).isEmpty();
  }

  @Test
  void adaptive_withoutAWinner_asksAllOrders_andEndsAsAllWould() {
    ask(adaptive().setErrorRate(1e-6).build());
    List<Verdict> verdicts = settle(request -> votes(request, NEAR, FIRST_PLACE, 2));
    ChoiceVerdict verdict = onlyChoice(verdicts);
    assertThat(verdict.getVotes()).hasSize(24);
    assertThat(verdict.getVoted().getStopping().getReason()).isEqualTo(StopReason.COMPLETE);
    assertThat(verdict.getVoted().getStopping().getRisk()).isZero();
    assertThat(verdicts.getFirst().getTokensAsked()).isEqualTo(600);
    intake.send(Topics.PROMPTS, "all", prompt(adaptive().setOrders(OrderRule.ALL).build()).setId("all").build());
    Votes all = votes(requests().getFirst(), NEAR, FIRST_PLACE, 2);
    assertThat(verdict.getVoted().getDecision().getOption()).isEqualTo(Voting.merge(all.getVotes(), 4).meanLogProb().option());
    assertThat(verdict.getProbabilities()).isEqualTo(Voting.merge(all.getVotes(), 4).probabilities());
  }

  @Test
  void adaptive_stopsAtItsBudget() {
    ask(adaptive().setMostOrders(9).build());
    ChoiceVerdict verdict = onlyChoice(settle(request -> votes(request, NEAR, FIRST_PLACE, 2)));
    assertThat(verdict.getVotes()).hasSize(8);
    assertThat(verdict.getVoted().getStopping().getReason()).isEqualTo(StopReason.BUDGET);
    assertThat(verdict.getVoted().getStopping().getRisk()).isGreaterThan(0.05);
  }

  @Test
  void adaptive_decided_isForgottenByTheIntake_whenAllItsModelsAre() {
    intake.send(Topics.PROMPTS, "p1", prompt(adaptive().build()).setModels(List.of("m1", "m2")).build());
    Request first = intake.read(Topics.requests("m1"), Request.class).getFirst();
    ballot.send(Topics.ANSWERS, "p1", answer(first.getEnvelope(), "m1", votes(first, CLEAR, FIRST_PLACE, 0.1), 1));
    List<Followup> wanted = followups();
    assertThat(wanted).extracting(Followup::getRound).containsExactly(-1);
    wanted.forEach(this::want);
    Followup more = Followup.newBuilder(wanted.getFirst()).setModel("m2").setRound(1).build();
    want(more);
    assertThat(intake.read(Topics.requests("m2"), Request.class)).hasSize(2);
    want(Followup.newBuilder(more).setRound(-1).build());
    want(more);
    assertThat(intake.read(Topics.requests("m2"), Request.class)).isEmpty();
    assertThat(intake.deadLetters()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void adaptive_answersInAnyOrderAndTwice_endInTheSameVerdict(long seed) {
    ask(adaptive().build());
    settle(request -> votes(request, NEAR, FIRST_PLACE, 1));
    Verdict inOrder = lastVerdict;
    List<Answer> shuffled = new ArrayList<>(given);
    // A second worker answered some rounds otherwise, later, and one of them failed first.
    Answer other = given.get((int) (seed % given.size()));
    shuffled.add(Answer.newBuilder(other).setAnsweredAt(other.getAnsweredAt().plusMillis(500)).setTokensAsked(7).build());
    shuffled.add(Answer.newBuilder(other).setAnsweredAt(Stage.START.minusMillis(9)).setOutcome(failure("out of memory")).build());
    shuffled.addAll(given);
    Collections.shuffle(shuffled, new Random(seed));
    ballot.close();
    ballot = new Stage(new Ballot(registry, WAIT).topology(), registry);
    shuffled.forEach(each -> ballot.send(Topics.ANSWERS, "p1", each));
    assertThat(ballot.read(Topics.VERDICTS, Verdict.class).getLast()).isEqualTo(inOrder);
  }

  @Test
  void adaptive_anEarlierAnswerThatComesLate_correctsTheVerdict() {
    ask(adaptive().build());
    settle(request -> votes(request, CLEAR, FIRST_PLACE, 0.1));
    Answer first = given.getFirst();
    Request request = Request.newBuilder(lastRequest).build();
    ballot.send(
        Topics.ANSWERS,
        "p1",
        Answer.newBuilder(first).setAnsweredAt(Stage.START.minusMillis(5)).setOutcome(votes(request, new double[] {4, 0, 0, 0}, FIRST_PLACE, 0.1)).build());
    List<Verdict> corrected = ballot.read(Topics.VERDICTS, Verdict.class);
    assertThat(onlyChoice(corrected).getVoted().getDecision().getOption()).isZero();
    assertThat(corrected.getFirst().getAnsweredAt()).isEqualTo(Stage.START.minusMillis(5));
  }

  @Test
  void adaptive_roundThatFails_isDecidedByThoseBeforeIt_andALaterAnswerGoesOn() {
    ask(adaptive().build());
    Request round0 = requests().getFirst();
    answerTo(round0, votes(round0, NEAR, FIRST_PLACE, 2));
    followups().forEach(this::want);
    Request round1 = requests().getFirst();
    answerTo(round1, failure("out of memory"));
    ChoiceVerdict verdict = onlyChoice(ballot.read(Topics.VERDICTS, Verdict.class));
    assertThat(verdict.getVotes()).hasSize(4);
    assertThat(verdict.getVoted().getStopping().getReason()).isEqualTo(StopReason.FAILED);
    assertThat(ballot.deadLetters()).singleElement().satisfies(letter -> assertThat(letter.reason()).contains("out of memory"));
    answerTo(round1, votes(round1, NEAR, FIRST_PLACE, 2));
    assertThat(followups()).extracting(Followup::getRound).contains(2);
  }

  @Test
  void adaptive_firstRoundThatFails_isADeadLetter_andTheIntakeLetsGo() {
    ask(adaptive().build());
    answerTo(requests().getFirst(), failure("out of memory"));
    assertThat(ballot.read(Topics.VERDICTS)).isEmpty();
    assertThat(ballot.deadLetters()).hasSize(1);
    assertThat(followups()).extracting(Followup::getRound).containsExactly(-1);
  }

  @Test
  void adaptive_answerOfAnotherCheckpoint_startsFromItsOwnFirstRound() {
    ask(adaptive().build());
    Request round0 = requests().getFirst();
    answerTo(round0, votes(round0, NEAR, FIRST_PLACE, 2));
    followups().forEach(this::want);
    Request round1 = requests().getFirst();
    ballot.send(
        Topics.ANSWERS, "p1", Answer.newBuilder(answer(round1.getEnvelope(), "m1", votes(round1, NEAR, FIRST_PLACE, 2), 3)).setCheckpoint("c2").build());
    assertThat(followups()).singleElement().satisfies(wanted -> {
      assertThat(wanted.getRound()).isZero();
      assertThat(wanted.getCheckpoint()).isEqualTo("c2");
    });
  }

  @Test
  void adaptive_roundsOfDifferentQuestions_areNotMerged() {
    ask(adaptive().build());
    Request round0 = requests().getFirst();
    answerTo(round0, votes(round0, NEAR, FIRST_PLACE, 2));
    followups().forEach(this::want);
    Request round1 = requests().getFirst();
    ChoiceGold gold = (ChoiceGold) round1.getEnvelope().getGold();
    ChoiceGold three = ChoiceGold.newBuilder(gold).setOptions(3).setLabels(List.of("A", "B", "C")).build();
    ballot.send(
        Topics.ANSWERS,
        "p1",
        answer(
            dev.assay.records.Envelope.newBuilder(round1.getEnvelope()).setGold(three).build(),
            "m1",
            new Votes(List.of(new Vote(List.of(0, 1, 2), List.of(-1.0, -1.0, -2.0)))),
            3));
    assertThat(onlyChoice(ballot.read(Topics.VERDICTS, Verdict.class)).getVoted().getStopping().getReason()).isEqualTo(StopReason.FAILED);
  }

  @Test
  void adaptive_ofAModelThatAnswersWithText_isDecidedAtOnce() {
    ask(adaptive().build());
    ChoiceVerdict verdict = onlyChoice(settle(_ -> text("B")));
    assertThat(verdict.getVoted().getStopping().getReason()).isEqualTo(StopReason.NO_PROBABILITIES);
    assertThat(verdict.getVoted().getDecision().getOption()).isEqualTo(1);
  }

  @Test
  void adaptive_withOptionsThatKeepTheirPlace_asksTheOrdersOfTheOthers() {
    ask(adaptive().setOptions(List.of("Mars", "Jupiter", "Venus", "None of the above")).build());
    ChoiceVerdict verdict = onlyChoice(settle(request -> votes(request, new double[] {0, 0, 0, -3}, FIRST_PLACE, 6)));
    assertThat(verdict.getHeld()).isEqualTo(1);
    assertThat(verdict.getVotes()).hasSize(6).allSatisfy(vote -> assertThat(vote.getOrder().getLast()).isEqualTo(3));
    assertThat(verdict.getVoted().getStopping().getReason()).isEqualTo(StopReason.COMPLETE);
  }

  @Test
  void followup_thatNobodyCanAnswer_becomesADeadLetter() {
    intake.send(Topics.PROMPTS, "p1", prompt(choice().build()).build());
    ask(adaptive().build());
    requests();
    Followup good = new Followup("r1", "p1", "m1", "c1", 0, 1L, 1);
    want(Followup.newBuilder(good).setOffset(77).build());
    want(Followup.newBuilder(good).setOffset(0).build());
    want(Followup.newBuilder(good).setRun("r2").build());
    want(Followup.newBuilder(good).setModel("m9").build());
    want(Followup.newBuilder(good).setRound(6).build());
    intake.send(Topics.FOLLOWUPS, "p1", new byte[] {1, 2});
    assertThat(requests()).isEmpty();
    List<DeadLetter> letters = intake.deadLetters();
    assertThat(letters).hasSize(6).extracting(DeadLetter::stage).containsOnly("intake");
    assertThat(letters.subList(0, 3)).allSatisfy(letter -> assertThat(letter.reason()).contains("not open here"));
    assertThat(letters.get(3).reason()).contains("the model 'm9'; expected one of those the prompt asks, [m1]");
    assertThat(letters.get(4).reason()).contains("round 6; expected 0 to 5");
    want(good);
    assertThat(requests()).hasSize(1);
  }

  @Test
  void pride_dividesThePriorOfTheCalibrationQuestionsOutOfTheOthers() {
    for (int i = 0; i < 5; i++) {
      intake.send(Topics.PROMPTS, "q" + i, pride("q" + i, i < 2));
    }
    List<Request> requests = requests();
    assertThat(requests.stream().map(request -> ((Score) request.getWork()).getVariants().size())).containsExactly(4, 4, 1, 1, 1);
    // The others answer first, and wait.
    for (Request request : requests.reversed()) {
      assertThat(ballot.read(Topics.PRIORS)).isEmpty();
      answerTo(request, votes(request, CLEAR, FIRST_PLACE, 0));
    }
    assertThat(ballot.read(Topics.VERDICTS, Verdict.class)).hasSize(2);
    Prior prior = recordPrior();
    assertThat(prior.getQuestions()).containsExactly("q0", "q1");
    double sum = Math.exp(3) + 2 + Math.exp(0.5);
    assertThat(prior.getProbabilities().getFirst()).isCloseTo(Math.exp(3) / sum, org.assertj.core.api.Assertions.within(1e-12));
    ballot.pass(Duration.ofMillis(200));
    List<Verdict> verdicts = ballot.read(Topics.VERDICTS, Verdict.class);
    assertThat(verdicts).hasSize(3).allSatisfy(verdict -> {
      ChoiceVerdict outcome = (ChoiceVerdict) verdict.getOutcome();
      assertThat(outcome.getOne().getOption()).isZero();
      assertThat(outcome.getVoted().getDecision().getOption()).isEqualTo(1);
      assertThat(outcome.getVoted().getPrior().getQuestions()).isEqualTo(2);
      assertThat(outcome.getVoted().getPrior().getProbabilities()).isEqualTo(prior.getProbabilities());
    });
    ballot.pass(Duration.ofMinutes(9));
    assertThat(ballot.read(Topics.PRIORS)).isEmpty();
    assertThat(ballot.read(Topics.VERDICTS)).isEmpty();
  }

  @Test
  void pride_withoutAnyCalibrationAnswer_goesOnAfterItsWait_andSaysSo() {
    intake.send(Topics.PROMPTS, "q0", pride("q0", true));
    intake.send(Topics.PROMPTS, "q1", pride("q1", true));
    intake.send(Topics.PROMPTS, "q2", pride("q2", false));
    List<Request> requests = requests();
    answerTo(requests.get(2), votes(requests.get(2), CLEAR, FIRST_PLACE, 0));
    answerTo(requests.get(0), failure("out of memory"));
    ballot.pass(WAIT.minusSeconds(2));
    assertThat(ballot.read(Topics.PRIORS)).isEmpty();
    ballot.pass(Duration.ofSeconds(3));
    Prior prior = recordPrior();
    assertThat(prior.getQuestions()).isEmpty();
    assertThat(prior.getExpected()).isEqualTo(2);
    assertThat(prior.getProbabilities()).containsExactly(0.25, 0.25, 0.25, 0.25);
    ballot.pass(Duration.ofMillis(200));
    assertThat(onlyChoice(ballot.read(Topics.VERDICTS, Verdict.class)).getVoted().getPrior().getQuestions()).isZero();
  }

  @Test
  void pride_givenUpCalibrationQuestions_areNotWaitedFor() {
    intake.send(Topics.PROMPTS, "q0", pride("q0", true));
    intake.send(Topics.PROMPTS, "q1", pride("q1", true));
    List<Request> requests = requests();
    answerTo(requests.get(0), votes(requests.get(0), CLEAR, FIRST_PLACE, 0));
    answerTo(requests.get(1), failure("out of memory"));
    assertThat(recordPrior().getQuestions()).containsExactly("q0");
  }

  @Test
  void pride_readAnew_takesTheRecordedPrior() {
    Prior recorded = new Prior("r1", "m1", "c1", "g", 4, 2, List.of("q8", "q9"), List.of(0.1, 0.2, 0.3, 0.4), "1");
    for (int i = 0; i < 3; i++) {
      intake.send(Topics.PROMPTS, "q" + i, pride("q" + i, i < 2));
    }
    ballot.send(Topics.PRIORS, group(recorded), recorded);
    for (Request request : requests()) {
      answerTo(request, votes(request, CLEAR, FIRST_PLACE, 0));
    }
    assertThat(ballot.read(Topics.PRIORS)).isEmpty();
    ChoiceVerdict last = (ChoiceVerdict) ballot.read(Topics.VERDICTS, Verdict.class).getLast().getOutcome();
    assertThat(last.getVoted().getPrior().getProbabilities()).containsExactly(0.1, 0.2, 0.3, 0.4);
  }

  @Test
  void pride_recordedPriorOfOtherOptions_isADeadLetter() {
    Prior recorded = new Prior("r1", "m1", "c1", "g", 2, 1, List.of("q9"), List.of(0.5, 0.5), "1");
    intake.send(Topics.PROMPTS, "q0", pride("q0", false));
    ballot.send(Topics.PRIORS, group(recorded), recorded);
    Request request = requests().getFirst();
    answerTo(request, votes(request, CLEAR, FIRST_PLACE, 0));
    assertThat(ballot.deadLetters()).singleElement().satisfies(letter -> assertThat(letter.reason()).contains("a prior of 2 positions for 4 options"));
  }

  private Verdict lastVerdict;
  private Request lastRequest;

  private static Choice.Builder adaptive() {
    return choice().setOptions(List.of("Mars", "Jupiter", "Venus", "Saturn")).setOrders(OrderRule.ADAPTIVE);
  }

  private static Prompt pride(String id, boolean member) {
    Choice choice = adaptive().setOrders(OrderRule.PRIDE).setCalibration(new Calibration("g", 2, member)).build();
    return prompt(choice).setId(id).build();
  }

  private void ask(Choice choice) {
    intake.send(Topics.PROMPTS, "p1", prompt(choice).build());
  }

  /** Carries requests, answers and follow-ups until nothing more comes; the verdicts. */
  private List<Verdict> settle(Function<Request, Object> answering) {
    List<Verdict> verdicts = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (List<Request> asked = requests(); !asked.isEmpty(); asked = requests()) {
      for (Request request : asked) {
        assertThat(ids.add(request.getId())).as("a round has an id of its own").isTrue();
        answerTo(request, answering.apply(request));
      }
      verdicts.addAll(ballot.read(Topics.VERDICTS, Verdict.class));
      followups().forEach(this::want);
    }
    lastVerdict = verdicts.getLast();
    return verdicts;
  }

  private void answerTo(Request request, Object outcome) {
    lastRequest = request;
    Answer answer = answer(request.getEnvelope(), "m1", outcome, 10 + given.size());
    given.add(answer);
    ballot.send(Topics.ANSWERS, request.getEnvelope().getPrompt(), answer);
  }

  private List<Request> requests() {
    return intake.read(Topics.requests("m1"), Request.class);
  }

  private List<Followup> followups() {
    return ballot.read(Topics.FOLLOWUPS, Followup.class);
  }

  private void want(Followup followup) {
    intake.send(Topics.FOLLOWUPS, followup.getPrompt(), followup);
  }

  /** Takes the prior that the stage recorded, and gives it to the stage as the log would. */
  private Prior recordPrior() {
    List<TestRecord<byte[], byte[]>> recorded = ballot.read(Topics.PRIORS);
    assertThat(recorded).hasSize(1);
    ballot.send(Topics.PRIORS, recorded.getFirst());
    return RecordCodec.of(registry, Prior.class).decode(recorded.getFirst().value());
  }

  private static String group(Prior prior) {
    return dev.assay.topology.StoreKey.of(prior.getRun(), prior.getModel(), prior.getCheckpoint(), prior.getGroup());
  }

  private List<DeadLetter> letters() {
    List<DeadLetter> letters = new ArrayList<>(intake.deadLetters());
    letters.addAll(ballot.deadLetters());
    return letters;
  }

  private static ChoiceVerdict onlyChoice(List<Verdict> verdicts) {
    assertThat(verdicts).hasSize(1);
    return (ChoiceVerdict) verdicts.getFirst().getOutcome();
  }
}
