package dev.assay.inference.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.inference.AnsweringModel;
import dev.assay.platform.TestStack;
import dev.assay.records.Answer;
import dev.assay.records.Failure;
import dev.assay.records.Model;
import dev.assay.records.Request;
import dev.assay.records.Text;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class WorkerIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static WorkerBench bench;

  @BeforeAll
  static void topics() {
    STACK.stack().ensureTopics(Topics.all());
    bench = new WorkerBench(STACK.settings());
  }

  @Test
  void requests_areAnsweredOnceEach_withTheirEnvelope() {
    String model = "plain";
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> requests = WorkerBench.questions(model, 0, 300);
    bench.send(Topics.requests(model), requests);
    WorkerMeters meters;
    List<Answer> answers;
    try (RunningWorker worker = RunningWorker.start(bench, FirstOption.instant(model), WorkerSettings.of("w1", 32))) {
      answers = bench.awaitAnswers(model, requests.size());
      meters = worker.meters();
    }

    assertThat(WorkerBench.ids(answers.stream())).containsExactlyInAnyOrder(WorkerBench.ids(requests));
    assertThat(answers)
        .allSatisfy(
            answer -> {
              String prompt = answer.getEnvelope().getPrompt();
              assertThat(answer.getEnvelope()).isEqualTo(WorkerBench.question(model, prompt).getEnvelope());
              assertThat(((Text) answer.getOutcome()).getText()).isEqualTo("A " + prompt);
              assertThat(answer.getCheckpoint()).isEqualTo("0123456789ab");
              assertThat(answer.getWorker()).isEqualTo("w1");
              assertThat(answer.getQueuedMicros()).isNotNegative();
              assertThat(answer.getComputeMicros()).isNotNegative();
              assertThat(List.of(answer.getTokensAsked(), answer.getTokensComputed(), answer.getTokensGenerated()))
                  .containsExactly(7L, 3L, 2L);
            });
    assertThat(bench.records(Topics.ANSWERS))
        .allSatisfy(record -> assertThat(new String(record.key(), StandardCharsets.UTF_8)).startsWith("p"));
    assertThat(meters.requests()).isEqualTo(300);
    assertThat(meters.tokensComputed()).isEqualTo(900);
    assertThat(meters.failures()).isZero();
    assertThat(meters.batches()).isBetween(300 / 32L, 300L);
  }

  @Test
  void start_createsTheTopic_thenAnnouncesTheModel() {
    String model = "org/new model";
    try (RunningWorker _ = RunningWorker.start(bench, FirstOption.instant(model), WorkerSettings.of("w1", 4))) {
      WorkerBench.await("the announcement", () -> !bench.announcements(model).isEmpty());
    }
    Model announced = bench.announcements(model).getFirst();
    assertThat(announced.getTopic()).isEqualTo(Topics.requests(model));
    assertThat(announced.getCheckpoint()).isEqualTo("0123456789ab");
    assertThat(bench.records(announced.getTopic())).isEmpty();
    assertThat(Worker.group(model)).isEqualTo("assay-workers." + Topics.requests(model).substring("assay.requests.".length()));
  }

  @Test
  void recordsThatAreNoRequestToTheModel_becomeDeadLetters_andTheRestIsAnswered() {
    String model = "strict";
    String topic = Topics.requests(model);
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    byte[] garbage = "no Avro at all".getBytes(StandardCharsets.UTF_8);
    byte[] unknownId = {0, 0x7f, 0, 0, 1, 2, 3};
    bench.sendBytes(
        List.of(
            new ProducerRecord<>(topic, "g".getBytes(StandardCharsets.UTF_8), garbage),
            new ProducerRecord<>(topic, null, unknownId),
            new ProducerRecord<>(topic, "t".getBytes(StandardCharsets.UTF_8), null)));
    bench.send(topic, List.of(WorkerBench.question("another", "p0"), WorkerBench.question(model, "p1")));

    try (RunningWorker worker = RunningWorker.start(bench, FirstOption.instant(model), WorkerSettings.of("w1", 32))) {
      bench.awaitAnswers(model, 1);
      WorkerBench.await("dead letters", () -> worker.meters().deadLetters() == 4);
    }

    assertThat(WorkerBench.ids(bench.answers(model).stream())).containsExactly("run-1/p1/" + model);
    List<ConsumerRecord<byte[], byte[]>> letters =
        bench.records(Topics.DEAD_LETTERS).stream().filter(letter -> read(letter).topic().equals(topic)).toList();
    assertThat(letters).hasSize(4).allSatisfy(letter -> assertThat(read(letter).stage()).isEqualTo("worker"));
    assertThat(letters)
        .anySatisfy(
            letter -> {
              assertThat(letter.value()).isEqualTo(garbage);
              assertThat(read(letter).prompt()).isEqualTo("g");
              assertThat(read(letter).model()).isEqualTo(model);
              assertThat(read(letter).reason()).contains("14 bytes", "expected a Request");
            })
        .anySatisfy(letter -> assertThat(read(letter).reason()).contains("registry does not know"))
        .anySatisfy(letter -> assertThat(read(letter).reason()).contains("without a value"))
        .anySatisfy(
            letter -> {
              assertThat(read(letter).reason()).contains("got a request for model another", Topics.requests("another"));
              assertThat(read(letter).run()).isEqualTo("run-1");
              assertThat(read(letter).prompt()).isEqualTo("p0");
              assertThat(read(letter).model()).isEqualTo("another");
            });
  }

  @Test
  void modelThatThrowsOnARequest_failsThatRequestOnly() {
    String model = "touchy";
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> requests = WorkerBench.questions(model, 0, 20);
    bench.send(Topics.requests(model), requests);
    FirstOption touchy =
        new FirstOption(
            model,
            batch -> {
              if (batch.stream().anyMatch(request -> request.getEnvelope().getPrompt().equals("p7"))) {
                throw new IllegalStateException("p7 is too much");
              }
            });
    List<Answer> answers;
    try (RunningWorker _ = RunningWorker.start(bench, touchy, WorkerSettings.of("w1", 32))) {
      answers = bench.awaitAnswers(model, 20);
    }
    assertThat(WorkerBench.ids(answers.stream())).containsExactlyInAnyOrder(WorkerBench.ids(requests));
    List<Answer> failures = answers.stream().filter(answer -> answer.getOutcome() instanceof Failure).toList();
    assertThat(failures).singleElement().satisfies(answer -> assertThat(answer.getEnvelope().getPrompt()).isEqualTo("p7"));
    assertThat(((Failure) failures.getFirst().getOutcome()).getReason()).contains("p7 is too much", "touchy");
  }

  @Test
  void answerLargerThanTheTopicTakes_isAFailureThatSaysSo() {
    String model = "verbose";
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    String huge = Stream.generate(() -> UUID.randomUUID().toString()).limit(400_000).collect(Collectors.joining());
    bench.send(Topics.requests(model), WorkerBench.questions(model, 0, 2));
    AnsweringModel verbose = new Verbose(model, huge);
    List<Answer> answers;
    try (RunningWorker _ = RunningWorker.start(bench, verbose, WorkerSettings.of("w1", 32))) {
      answers = bench.awaitAnswers(model, 2);
    }
    assertThat(answers)
        .allSatisfy(answer -> assertThat(((Failure) answer.getOutcome()).getReason()).contains("larger than topic assay.answers"));
  }

  @Test
  void requestAtItsLastDelivery_isAnsweredWithAFailure_andNotGivenToTheModel() {
    String model = "poisoned";
    String topic = Topics.requests(model);
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    STACK.stack().shareGroup(Worker.group(model), WorkerSettings.DEFAULT_LEASE);
    bench.send(topic, List.of(WorkerBench.question(model, "p0")));
    deliver(model, RequestGroup.DELIVERY_LIMIT - 1);
    bench.send(topic, List.of(WorkerBench.question(model, "p1")));

    List<Answer> answers;
    WorkerMeters meters;
    try (RunningWorker worker = RunningWorker.start(bench, FirstOption.instant(model), WorkerSettings.of("w1", 32))) {
      answers = bench.awaitAnswers(model, 2);
      meters = worker.meters();
    }
    assertThat(answers).hasSize(2);
    for (Answer answer : answers) {
      if (answer.getEnvelope().getPrompt().equals("p0")) {
        assertThat(((Failure) answer.getOutcome()).getReason()).contains("delivered 10 times");
      } else {
        assertThat(answer.getOutcome()).isInstanceOf(Text.class);
      }
    }
    assertThat(meters.requests()).isEqualTo(1);
  }

  /** Takes the only record of a topic so often and gives it back each time, as crashes do. */
  private static void deliver(String model, int times) {
    Properties settings = STACK.settings().shareConsumer(Worker.group(model), "crashing");
    try (var consumer = new KafkaShareConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(Topics.requests(model)));
      int delivered = 0;
      while (delivered < times) {
        for (ConsumerRecord<byte[], byte[]> source : consumer.poll(Duration.ofMillis(200))) {
          delivered = source.deliveryCount().orElseThrow();
          consumer.acknowledge(source, AcknowledgeType.RELEASE);
        }
      }
      consumer.commitSync();
    }
  }

  @Test
  void close_finishesTheBatchInHand_andLosesNothing() {
    String model = "drained";
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> requests = WorkerBench.questions(model, 0, 12);
    bench.send(Topics.requests(model), requests);
    CountDownLatch computing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    FirstOption held =
        new FirstOption(
            model,
            batch -> {
              if (first.getAndSet(false)) {
                computing.countDown();
                awaitLatch(goOn);
              }
            });
    RunningWorker worker = RunningWorker.start(bench, held, WorkerSettings.of("w1", 4));
    awaitLatch(computing);
    Thread closing = Thread.ofPlatform().start(worker::close);
    goOn.countDown();
    WorkerBench.await("the close", () -> !closing.isAlive());
    int answered = bench.answers(model).size();
    assertThat(answered).isBetween(1, 4);
    assertThat(held.closed()).hasValue(0);

    List<Answer> all;
    try (RunningWorker _ = RunningWorker.start(bench, FirstOption.instant(model), WorkerSettings.of("w2", 4))) {
      all = bench.awaitAnswers(model, requests.size());
    }
    assertThat(WorkerBench.ids(all.stream())).containsExactlyInAnyOrder(WorkerBench.ids(requests));
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static DeadLetter read(ConsumerRecord<byte[], byte[]> letter) {
    DeadLetter read = DeadLetter.read(letter.headers());
    assertThat(read).isNotNull();
    return read;
  }
}
