package dev.assay.bench;

import dev.assay.cli.stack.Stage;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.records.OrderRule;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Prompts at a steady rate, whether the pipeline keeps up or not: from the moment when the k-th prompt was due until a committed row counts
 * k verdicts. The k-th to be counted need not be the k-th that was sent, so single delays are of the queue, not of one prompt; their mean is
 * the prompts' own mean (Little's law).
 */
@Command(name = "latency", mixinStandardHelpOptions = true)
public final class LatencyBench implements Callable<Integer> {

  private static final String MODEL = "recorded";
  private static final int DIFFERENT_QUESTIONS = 2_000;
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration A_MOMENT = Duration.ofMillis(5);
  private static final double[] QUANTILES = {0.5, 0.9, 0.99};
  private static final List<String> TARGETS = List.of("150", "", "500");

  @Option(names = "--rate", description = "prompts a second; default ${DEFAULT-VALUE}")
  private int rate = 200;

  @Option(names = "--seconds", description = "how long; default ${DEFAULT-VALUE}")
  private int seconds = 30;

  @Option(names = "--hops", description = "also watch every topic on the way, which takes a quarter of a processor and so lengthens the way")
  private boolean hops;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private LatencyBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new LatencyBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.create()) {
      run(workplace.directory());
    }
    return 0;
  }

  private void run(Path directory) throws IOException {
    QuestionSet questions = QuestionSet.choices(DIFFERENT_QUESTIONS, OrderRule.CYCLIC);
    Path answers = questions.writeAnswers(directory.resolve("recorded.jsonl"), MODEL);
    // As the launcher starts them: at this rate the second compiler would take more of two processors than its code gives back in minutes.
    List<String> options = List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    try (Stack stack = Stack.embedded(directory.resolve("stack"), StackOptions.defaults())) {
      stack.ensureCatalogue();
      try (Service workers =
              Service.workers(stack.settings(), directory, "recorded", options, 64, Duration.ofSeconds(30), -1, Map.of(MODEL, answers));
          Service stages = Service.stages(stack.settings(), directory, "all", options, 1, Stage.USUAL.toArray(Stage[]::new))) {
        workers.awaitReady();
        stages.awaitReady();
        Map<String, Double> means = new LinkedHashMap<>();
        run(stack, questions, "warm-up", rate * 10, means);
        Map<String, ProcessHandle> processes = new LinkedHashMap<>();
        processes.put("broker", stack.broker().orElseThrow().process());
        processes.put("stages", stages.process());
        processes.put("workers", workers.process());
        processes.put("benchmark", ProcessHandle.current());
        Map<String, Duration> before = Load.cpu(processes);
        long begin = System.nanoTime();
        double[] millis = run(stack, questions, "measured", rate * seconds, means);
        double took = (System.nanoTime() - begin) / 1e9;
        Map<String, Duration> after = Load.cpu(processes);
        Arrays.sort(millis);
        Report report = new Report("latency");
        report.figure("prompts", millis.length, "at %d a second".formatted(rate));
        for (int i = 0; i < QUANTILES.length; i++) {
          int at = (int) Math.ceil(QUANTILES[i] * millis.length) - 1;
          report.figure("prompt due → row readable, p%.0f".formatted(QUANTILES[i] * 100), millis[at], "ms", TARGETS.get(i));
        }
        report.figure("mean", Arrays.stream(millis).average().orElseThrow(), "ms");
        report.figure("most", millis[millis.length - 1], "ms");
        means.forEach((topic, mean) -> report.figure("mean, due → readable in " + topic, mean, "ms"));
        for (String process : processes.keySet()) {
          report.figure("processors used: " + process, after.get(process).minus(before.get(process)).toNanos() / 1e9 / took, "processors");
        }
        report.figure("machine's load, last minute", Load.machine(), "runnable threads");
        report.publish(json);
      }
    }
  }

  /** The delay of each row, ms; {@code means} takes the mean delay of the records of each topic that is watched, ms. */
  private double[] run(Stack stack, QuestionSet questions, String run, int size, Map<String, Double> means) {
    double[] millis = new double[size];
    long start = System.nanoTime();
    try (Feeder feeder = new Feeder(stack.settings());
        FlowMeter meter = new FlowMeter(stack.settings(), run);
        HopMeter onTheWay = new HopMeter(stack.settings(), start, hops ? List.of(Topics.PROMPTS, Topics.requests(MODEL), Topics.ANSWERS, Topics.VERDICTS) : List.of());
        KafkaProducer<String, byte[]> producer =
            new KafkaProducer<>(stack.settings().producer("bench-latency"), new StringSerializer(), new ByteArraySerializer())) {
      List<ProducerRecord<String, byte[]>> records = questions.prompts(run, size, List.of(MODEL)).stream().map(feeder::record).toList();
      long between = Duration.ofSeconds(1).toNanos() / rate;
      long begin = System.nanoTime() + Duration.ofMillis(100).toNanos();
      Thread sending =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < size; i++) {
                      long due = begin + i * between;
                      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                        LockSupport.parkNanos(left);
                      }
                      var _ = producer.send(records.get(i));
                    }
                  });
      int counted = 0;
      while (counted < size) {
        long verdicts = meter.poll(A_MOMENT);
        long now = System.nanoTime();
        for (; counted < verdicts; counted++) {
          millis[counted] = (now - begin - counted * between) / 1e6;
        }
        if (now - begin > size * between + LIMIT.toNanos()) {
          throw new IllegalStateException("%d of %d verdicts %s after the last prompt".formatted(counted, size, LIMIT));
        }
      }
      join(sending);
      double meanDue = (begin - start + (size - 1) / 2.0 * between) / 1e6;
      onTheWay.means().forEach((topic, arrival) -> means.put(topic, arrival - meanDue));
    }
    return millis;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
