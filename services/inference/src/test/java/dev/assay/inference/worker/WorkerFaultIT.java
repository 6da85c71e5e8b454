package dev.assay.inference.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.records.Answer;
import dev.assay.records.Failure;
import dev.assay.records.Request;
import dev.assay.schemas.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers, brokers and leases that end at the worst moment; on an embedded stack, since its broker can be killed and allows short leases. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class WorkerFaultIT {

  private static final Duration SHORT_LEASE = Duration.ofSeconds(2);

  /** Renewed every third of it, which a busy machine must not miss twice. */
  private static final Duration RENEWED_LEASE = Duration.ofSeconds(5);

  @TempDir static Path directory;

  private static Stack stack;
  private static WorkerBench bench;

  @BeforeAll
  static void start() {
    stack = Stack.embedded(directory.resolve("stack"), StackOptions.defaults());
    stack.ensureTopics(Topics.all());
    bench = new WorkerBench(stack.settings());
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void workerKilledInMidBatch_leavesNothingUnanswered() throws IOException, InterruptedException {
    String model = "killed";
    stack.ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> requests = WorkerBench.questions(model, 0, 40);
    bench.send(Topics.requests(model), requests);
    Process victim = spawn(SlowWorker.class, model, 16);
    try (BufferedReader output = victim.inputReader()) {
      String line = output.readLine();
      while (line != null && !line.startsWith("BATCH")) {
        line = output.readLine();
      }
      assertThat(line).startsWith("BATCH");
    } finally {
      victim.destroyForcibly().waitFor();
    }
    assertThat(bench.answers(model)).isEmpty();

    List<Answer> answers;
    try (RunningWorker _ = RunningWorker.start(bench, FirstOption.instant(model), new WorkerSettings("w2", 16, SHORT_LEASE))) {
      answers = bench.awaitAnswers(model, requests.size());
    }
    assertThat(answers).extracting(Answer::getRequest).contains(WorkerBench.ids(requests));
    assertThat(answers).noneMatch(answer -> answer.getOutcome() instanceof Failure);
  }

  @Test
  void workerEndedBySignal_finishesWhatItHas_andGivesBackTheRest() throws IOException, InterruptedException {
    String model = "drained";
    stack.ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> requests = WorkerBench.questions(model, 0, 12);
    bench.send(Topics.requests(model), requests);
    Process leaving = spawn(DrainingWorker.class, model, 4);
    try (BufferedReader output = leaving.inputReader()) {
      String line = output.readLine();
      while (line != null && !line.startsWith("BATCH")) {
        line = output.readLine();
      }
      assertThat(line).startsWith("BATCH");
      int inHand = Integer.parseInt(line.substring("BATCH ".length()));
      leaving.destroy();
      assertThat(leaving.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(bench.answers(model)).hasSizeGreaterThanOrEqualTo(inHand).hasSizeLessThan(requests.size());
    } finally {
      leaving.destroyForcibly().waitFor();
    }

    // What was given back needs no lease to end: its second delivery comes at once.
    List<Answer> answers;
    WorkerSettings settings = new WorkerSettings("w2", 16, WorkerSettings.DEFAULT_LEASE);
    try (RunningWorker _ = RunningWorker.start(bench, FirstOption.instant(model), settings)) {
      answers = bench.awaitAnswers(model, requests.size());
    }
    assertThat(WorkerBench.ids(answers.stream())).containsExactlyInAnyOrder(WorkerBench.ids(requests));
  }

  @Test
  void batchLongerThanTheLease_isKept_andAnsweredOnce() {
    String model = "lengthy";
    stack.ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> requests = WorkerBench.questions(model, 0, 8);
    bench.send(Topics.requests(model), requests);
    FirstOption lengthy = FirstOption.slow(model, RENEWED_LEASE.multipliedBy(3));
    List<Answer> answers;
    WorkerMeters first;
    WorkerMeters second;
    WorkerSettings settings = new WorkerSettings("w1", 8, RENEWED_LEASE);
    try (RunningWorker one = RunningWorker.start(bench, lengthy, settings);
        RunningWorker two = RunningWorker.start(bench, lengthy, new WorkerSettings("w2", 8, RENEWED_LEASE))) {
      answers = bench.awaitAnswers(model, requests.size());
      first = one.meters();
      second = two.meters();
    }
    assertThat(WorkerBench.ids(answers.stream())).containsExactlyInAnyOrder(WorkerBench.ids(requests));
    assertThat(first.leaseRenewals() + second.leaseRenewals()).isGreaterThanOrEqualTo(requests.size() * 4L);
    assertThat(first.leasesLost() + second.leasesLost()).isZero();
    assertThat(first.requests() + second.requests()).isEqualTo(requests.size());
  }

  @Test
  void brokerKilledAndRestarted_theWorkerGoesOn() {
    String model = "steady";
    stack.ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> before = WorkerBench.questions(model, 0, 60);
    List<Request> after = WorkerBench.questions(model, 60, 100);
    bench.send(Topics.requests(model), before);
    AtomicInteger batches = new AtomicInteger();
    FirstOption steady =
        new FirstOption(
            model,
            batch -> {
              batches.incrementAndGet();
              FirstOption.sleep(Duration.ofMillis(200));
            });
    List<Answer> answers;
    try (RunningWorker worker = RunningWorker.start(bench, steady, new WorkerSettings("w1", 4, SHORT_LEASE))) {
      WorkerBench.await("some batches", () -> batches.get() >= 3);
      stack.broker().orElseThrow().kill();
      int killedAt = batches.get();
      stack.restartEnded();
      bench.send(Topics.requests(model), after);
      answers = bench.awaitAnswers(model, before.size() + after.size());
      assertThat(batches.get()).isGreaterThan(killedAt);
      assertThat(worker.end()).isNotDone();
    }
    assertThat(answers).extracting(Answer::getRequest).contains(WorkerBench.ids(before)).contains(WorkerBench.ids(after));
    assertThat(answers).noneMatch(answer -> answer.getOutcome() instanceof Failure);
  }

  private static Process spawn(Class<?> main, String model, int maxBatch) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            stack.settings().bootstrapServers(),
            stack.settings().registryUrl(),
            model,
            Integer.toString(maxBatch),
            Long.toString(SHORT_LEASE.toMillis()))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
