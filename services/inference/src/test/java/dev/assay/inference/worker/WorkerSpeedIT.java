package dev.assay.inference.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import dev.assay.inference.recorded.RecordedModel;
import dev.assay.platform.TestStack;
import dev.assay.records.Answer;
import dev.assay.records.Failure;
import dev.assay.records.Request;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Prints how fast stored answers go through a worker; fails only when some are missing, since the machine may be busy. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class WorkerSpeedIT {

  private static final int MANY = 40_000;
  private static final int PACED = 2_000;
  private static final int PACED_PER_SECOND = 200;

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static WorkerBench bench;

  @BeforeAll
  static void topics() {
    STACK.stack().ensureTopics(Topics.all());
    bench = new WorkerBench(STACK.settings());
  }

  @Test
  void manyStoredAnswers_goThrough(@TempDir Path folder) throws IOException {
    String model = "many";
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    List<Request> requests = WorkerBench.questions(model, 0, MANY);
    bench.send(Topics.requests(model), requests);
    RecordedModel stored = RecordedModel.load(store(folder, MANY), model);
    try (RunningWorker worker = RunningWorker.start(bench, stored, WorkerSettings.of("w1", 500))) {
      WorkerBench.await("the first answer", () -> worker.meters().answers() > 0);
      long begin = System.nanoTime();
      long computingBefore = computingNanos();
      long already = worker.meters().answers();
      WorkerBench.await("all answers", () -> worker.meters().answers() >= MANY);
      double seconds = (System.nanoTime() - begin) / (double) TimeUnit.SECONDS.toNanos(1);
      double micros = (computingNanos() - computingBefore) / (double) TimeUnit.MICROSECONDS.toNanos(MANY - already);
      System.out.printf(
          "recorded answers through one worker: %,.0f/s (%d in %.2f s, %d batches), %.0f µs of this process's computing an answer%n",
          (MANY - already) / seconds, MANY - already, seconds, worker.meters().batches(), micros);
    }
    List<Answer> answers = bench.answers(model);
    assertThat(answers).noneMatch(answer -> answer.getOutcome() instanceof Failure);
    assertThat(WorkerBench.ids(answers.stream())).containsExactlyInAnyOrder(WorkerBench.ids(requests));
  }

  @Test
  void pacedRequests_areAllAnswered(@TempDir Path folder) throws IOException {
    String model = "paced";
    String topic = Topics.requests(model);
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(model)));
    RecordedModel stored = RecordedModel.load(store(folder, PACED), model);
    RecordCodec<Request> codec = RecordCodec.of(bench.registry(), Request.class);
    try (RunningWorker worker = RunningWorker.start(bench, stored, WorkerSettings.of("w1", 500));
        var producer =
            new KafkaProducer<>(STACK.settings().producer("pace"), new ByteArraySerializer(), new ByteArraySerializer())) {
      bench.send(topic, List.of(WorkerBench.question(model, "p0")));
      WorkerBench.await("the worker", () -> worker.meters().answers() >= 1);
      long begin = System.nanoTime();
      for (int i = 1; i < PACED; i++) {
        Request request = WorkerBench.question(model, "p" + i);
        var _ = producer.send(new ProducerRecord<>(topic, ("p" + i).getBytes(StandardCharsets.UTF_8), codec.encode(topic, request)));
        LockSupport.parkNanos(begin + i * (TimeUnit.SECONDS.toNanos(1) / PACED_PER_SECOND) - System.nanoTime());
      }
      WorkerBench.await("all answers", () -> worker.meters().answers() >= PACED);
    }
    long[] millis = latencies(model).sorted().toArray();
    System.out.printf(
        "request to answer at %d/s: p50 %d ms, p99 %d ms%n",
        PACED_PER_SECOND, millis[millis.length / 2], millis[millis.length * 99 / 100]);
    assertThat(millis).hasSize(PACED);
  }

  /** From the request's record to the answer's record, both as their producers stamp them. */
  private static LongStream latencies(String model) {
    var asked =
        bench.records(Topics.requests(model)).stream()
            .collect(Collectors.toMap(record -> new String(record.key(), StandardCharsets.UTF_8), record -> record.timestamp()));
    RecordCodec<Answer> codec = RecordCodec.of(bench.registry(), Answer.class);
    return bench.records(Topics.ANSWERS).stream()
        .filter(record -> codec.decode(record.value()).getModel().equals(model))
        .mapToLong(record -> record.timestamp() - asked.getOrDefault(new String(record.key(), StandardCharsets.UTF_8), Long.MAX_VALUE));
  }

  /** The machine may be busy with other work; what this process has computed shows the cost all the same. */
  private static long computingNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static Path store(Path folder, int answers) throws IOException {
    return Files.write(
        folder.resolve("answers.jsonl"),
        IntStream.range(0, answers).mapToObj("{\"prompt\": \"p%d\", \"text\": \"A\"}"::formatted).toList());
  }
}
