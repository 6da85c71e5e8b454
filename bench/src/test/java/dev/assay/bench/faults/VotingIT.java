package dev.assay.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.bench.Feeder;
import dev.assay.cli.stack.Stage;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.TestStack;
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
import dev.assay.records.Verdict;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.StreamsService;
import dev.assay.topology.scoring.OrderRounds;
import dev.assay.topology.scoring.Voting;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The loop from the ballot back to the intake, and the priors, on a real broker with all partitions. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class VotingIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final String RUN = "voting";
  private static final String MODEL = "places";
  private static final int OPTIONS = 4;
  private static final int ADAPTIVE = 40;
  private static final int PRIDE = 40;
  private static final int CALIBRATION = 10;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  /** Likes the first place, knows every second question, and is noisy. */
  private record Places() implements AnsweringModel {
    @Override
    public ModelCard card() {
      return new ModelCard(MODEL, "0123456789ab", "recorded", 0, 0);
    }

    @Override
    public List<ModelAnswer> answer(List<Request> batch) {
      return batch.stream()
          .map(
              request ->
                  new ModelAnswer(
                      new Votes(((Score) request.getWork()).getVariants().stream().map(one -> vote(request.getEnvelope().getPrompt(), one.getOrder())).toList()),
                      10, 5, 0))
          .toList();
    }

    @Override
    public void close() {}
  }

  @Test
  void adaptiveQuestionsAskUntilTheyAreDecided_andPrideWaitsForItsPrior() throws InterruptedException {
    KafkaSettings settings = STACK.settings();
    STACK.stack().ensureTopics(Topics.all());
    SchemaRegistryClient registry = Registries.connect(settings.registryUrl());
    List<StreamsService> stages = Stage.USUAL.stream().map(stage -> stage.service(settings, "voting", 2)).toList();
    Worker worker =
        new Worker(Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()), registry, new Places(), WorkerSettings.of(RUN, 16));
    Thread serving = Thread.ofPlatform().start(worker);
    try (Feeder feeder = new Feeder(settings);
        TopicReader verdicts = TopicReader.committed(settings, Topics.VERDICTS);
        TopicReader followups = TopicReader.committed(settings, Topics.FOLLOWUPS);
        TopicReader priors = TopicReader.committed(settings, Topics.PRIORS);
        TopicReader letters = TopicReader.committed(settings, Topics.DEAD_LETTERS)) {
      stages.forEach(StreamsService::start);
      feeder.feed(prompts());
      Map<String, ChoiceVerdict> judged = await(verdicts, registry);
      assertAdaptive(judged);
      Prior prior = RecordCodec.of(registry, Prior.class).decode(only(priors.readToEnd()).value());
      assertThat(prior.getQuestions()).hasSize(CALIBRATION);
      assertThat(judged.entrySet().stream().filter(one -> one.getKey().startsWith("pride") && one.getValue().getVotes().size() == 1))
          .hasSize(PRIDE - CALIBRATION)
          .allSatisfy(one -> assertThat(one.getValue().getVoted().getPrior().getProbabilities()).isEqualTo(prior.getProbabilities()));
      assertInThePromptsPartition(followups, registry);
      assertThat(letters.readToEnd()).isEmpty();
    } finally {
      worker.close();
      serving.join(LIMIT);
      stages.forEach(StreamsService::close);
    }
  }

  private static void assertAdaptive(Map<String, ChoiceVerdict> judged) {
    for (int number = 0; number < ADAPTIVE; number++) {
      String id = "adaptive-" + number;
      ChoiceVerdict verdict = judged.get(id);
      StopReason reason = verdict.getVoted().getStopping().getReason();
      assertThat(reason).as(id).isIn(StopReason.CERTIFIED, StopReason.COMPLETE);
      assertThat(verdict.getVotes()).as(id).hasSize(OPTIONS * verdict.getVoted().getStopping().getRounds());
      if (reason == StopReason.COMPLETE) {
        List<Vote> all = rounds(id).everyOne().stream().map(order -> vote(id, order)).toList();
        assertThat(verdict.getProbabilities()).as(id).isEqualTo(Voting.merge(all, OPTIONS).probabilities());
      }
    }
    List<Integer> rounds =
        judged.entrySet().stream().filter(one -> one.getKey().startsWith("adaptive")).map(one -> one.getValue().getVoted().getStopping().getRounds()).toList();
    assertThat(rounds).as("some know at once, others only at the end").contains(1, 6);
  }

  private static void assertInThePromptsPartition(TopicReader followups, SchemaRegistryClient registry) {
    List<ConsumerRecord<String, byte[]>> wanted = followups.readToEnd();
    assertThat(wanted).hasSizeGreaterThanOrEqualTo(ADAPTIVE);
    RecordCodec<Followup> codec = RecordCodec.of(registry, Followup.class);
    assertThat(wanted).allSatisfy(record -> assertThat(codec.decode(record.value()).getPartition()).isEqualTo(record.partition()));
    assertThat(wanted.stream().map(ConsumerRecord::partition).distinct().count()).isGreaterThan(1);
  }

  private static List<Prompt> prompts() {
    List<Prompt> prompts = new ArrayList<>();
    for (int number = 0; number < ADAPTIVE; number++) {
      prompts.add(prompt("adaptive-" + number, Choice.newBuilder().setOrders(OrderRule.ADAPTIVE)));
    }
    for (int number = 0; number < PRIDE; number++) {
      Calibration calibration = new Calibration("all", CALIBRATION, number >= PRIDE - CALIBRATION);
      prompts.add(prompt("pride-" + number, Choice.newBuilder().setOrders(OrderRule.PRIDE).setCalibration(calibration)));
    }
    return prompts;
  }

  private static Prompt prompt(String id, Choice.Builder choice) {
    Choice ask = choice.setQuestion("Which lamp burns, by " + id + "?").setOptions(List.of("red", "green", "blue", "white")).setGold(List.of(1)).build();
    return Prompt.newBuilder().setId(id).setRun(RUN).setTask("lamps").setModels(List.of(MODEL)).setAsk(ask).build();
  }

  private static Map<String, ChoiceVerdict> await(TopicReader verdicts, SchemaRegistryClient registry) {
    RecordCodec<Verdict> codec = RecordCodec.of(registry, Verdict.class);
    Map<String, ChoiceVerdict> judged = new TreeMap<>();
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (judged.size() < ADAPTIVE + PRIDE) {
      assertThat(System.nanoTime() - deadline).as("%d verdicts; got those on %s", ADAPTIVE + PRIDE, judged.keySet()).isNegative();
      for (ConsumerRecord<String, byte[]> record : verdicts.poll()) {
        Verdict verdict = codec.decode(record.value());
        assertThat(judged.put(verdict.getPrompt(), (ChoiceVerdict) verdict.getOutcome())).as("a second verdict on %s", verdict.getPrompt()).isNull();
      }
    }
    return judged;
  }

  private static Vote vote(String prompt, List<Integer> order) {
    int number = Integer.parseInt(prompt.substring(prompt.indexOf('-') + 1));
    double knows = number % 2 == 0 ? 6 : 0;
    SplittableRandom noise = new SplittableRandom(31L * prompt.hashCode() + order.hashCode());
    return new Vote(
        order, IntStream.range(0, OPTIONS).mapToObj(place -> (order.get(place) == 1 ? knows : 0) + (place == 0 ? 2 : 0) + noise.nextDouble() - 10).toList());
  }

  private static OrderRounds rounds(String prompt) {
    return OrderRounds.of(OPTIONS, IntStream.range(0, OPTIONS).boxed().toList(), 0, prompt);
  }

  private static <T> T only(List<T> found) {
    assertThat(found).hasSize(1);
    return found.getFirst();
  }
}
