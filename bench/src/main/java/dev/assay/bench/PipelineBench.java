package dev.assay.bench;

import dev.assay.cli.stack.Stage;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.records.OrderRule;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prompt to metric row with recorded answers, exactly once, on a real broker: verdicts a second, and what each process computed for one. */
@Command(name = "pipeline", mixinStandardHelpOptions = true)
public final class PipelineBench implements Callable<Integer> {

  private static final int DIFFERENT_QUESTIONS = 2_000;
  private static final int WORKER_BATCH = 256;
  private static final Duration LIMIT = Duration.ofMinutes(8);
  private static final Duration A_MOMENT = Duration.ofMillis(20);

  @Option(names = "--prompts", description = "prompts of the measured run; default ${DEFAULT-VALUE}")
  private int prompts = 20_000;

  @Option(names = "--warm-up", description = "prompts of the run before it; default ${DEFAULT-VALUE}")
  private int warmUp = 5_000;

  @Option(names = "--models", description = "recorded models asked of each; default ${DEFAULT-VALUE}")
  private int models = 3;

  @Option(names = "--orders", description = "ONE, CYCLIC or ALL; default ${DEFAULT-VALUE}")
  private OrderRule orders = OrderRule.ONE;

  @Option(names = "--threads", description = "stream threads of each stage; default ${DEFAULT-VALUE}")
  private int threads = 1;

  @Option(names = "--routing", description = "run the routing stage too")
  private boolean routing;

  @Option(names = "--profile", description = "record where the services compute, and print it")
  private boolean profile;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private PipelineBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new PipelineBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.create()) {
      run(workplace.directory());
    }
    return 0;
  }

  private void run(Path directory) throws IOException {
    QuestionSet questions = QuestionSet.choices(DIFFERENT_QUESTIONS, orders);
    List<String> names = IntStream.range(0, models).mapToObj(i -> "recorded-" + i).toList();
    Map<String, Path> answers = new TreeMap<>();
    for (String name : names) {
      answers.put(name, questions.writeAnswers(directory.resolve(name + ".jsonl"), name));
    }
    try (Stack stack = Stack.embedded(directory.resolve("stack"), StackOptions.defaults())) {
      stack.ensureCatalogue();
      try (Service workers =
              Service.workers(
                  stack.settings(), directory, "recorded", options("workers", directory), WORKER_BATCH, Duration.ofSeconds(30), -1, answers);
          Service stages =
              Service.stages(stack.settings(), directory, "all", options("stages", directory), threads, stages())) {
        workers.awaitReady();
        stages.awaitReady();
        measure(stack, Map.of("stages", stages.process(), "workers", workers.process()), questions, names);
      }
    }
    if (profile) {
      for (String service : List.of("stages", "workers")) {
        System.out.printf("%nWhere the %s computed, warm-up included:%n", service);
        CpuProfile.read(directory.resolve(service + ".jfr")).forEach(System.out::println);
      }
    }
  }

  private Stage[] stages() {
    return routing ? Stage.values() : Stage.USUAL.toArray(Stage[]::new);
  }

  private List<String> options(String service, Path directory) {
    List<String> options = new ArrayList<>(List.of("-Xmx512m", "-XX:+UseSerialGC"));
    if (profile) {
      options.add("-XX:StartFlightRecording=settings=profile,dumponexit=true,filename=" + directory.resolve(service + ".jfr"));
    }
    return options;
  }

  private void measure(Stack stack, Map<String, ProcessHandle> services, QuestionSet questions, List<String> names) throws IOException {
    Map<String, ProcessHandle> processes = new LinkedHashMap<>();
    processes.put("broker", stack.broker().orElseThrow().process());
    processes.putAll(services);
    processes.put("benchmark", ProcessHandle.current());
    run(stack, questions, "warm-up", warmUp, names);
    Map<String, Duration> before = Load.cpu(processes);
    double seconds = run(stack, questions, "measured", prompts, names);
    Map<String, Duration> after = Load.cpu(processes);
    double verdicts = (double) prompts * models;

    Report report = new Report("pipeline");
    report.figure("prompts", prompts, "prompts of %d models, orders %s".formatted(models, orders));
    report.figure("pipeline", verdicts / seconds, "verdicts/s", "1,500 now, 3,000 in the end");
    report.figure("pipeline", seconds, "s");
    double all = 0;
    for (String process : processes.keySet()) {
      double used = after.get(process).minus(before.get(process)).toNanos() / 1e6;
      all += used;
      report.figure("computing: " + process, used / verdicts * 1000, "µs/verdict");
    }
    report.figure("computing: all", all / verdicts * 1000, "µs/verdict");
    report.figure("processors used", all / 1000 / seconds, "of " + Runtime.getRuntime().availableProcessors());
    report.figure("machine's load, last minute", Load.machine(), "runnable threads");

    List<byte[]> records = new ArrayList<>(Rates.read(stack.settings(), Topics.PROMPTS));
    for (String name : names) {
      records.addAll(Rates.read(stack.settings(), Topics.requests(name)));
    }
    records.addAll(Rates.read(stack.settings(), Topics.ANSWERS));
    records.addAll(Rates.read(stack.settings(), Topics.VERDICTS));
    double raw = Rates.writeAndRead(stack, "bench.raw", records);
    double counted = (double) (prompts + warmUp) * models;
    report.figure("baseline: the same records written and read, no more", counted / raw, "verdicts/s");
    report.figure("baseline", records.size() / raw, "records/s");
    report.publish(json);
  }

  /** Seconds from the first prompt sent until every verdict is in a readable row. */
  private static double run(Stack stack, QuestionSet questions, String run, int size, List<String> names) {
    try (Feeder feeder = new Feeder(stack.settings());
        FlowMeter meter = new FlowMeter(stack.settings(), run)) {
      List<ProducerRecord<String, byte[]>> records = questions.prompts(run, size, names).stream().map(feeder::record).toList();
      long expected = (long) size * names.size();
      long begin = System.nanoTime();
      feeder.send(records);
      while (meter.poll(A_MOMENT) < expected) {
        if (System.nanoTime() - begin > LIMIT.toNanos()) {
          throw new IllegalStateException("%s: %d of %d verdicts after %s".formatted(run, meter.poll(A_MOMENT), expected, LIMIT));
        }
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      verify(stack, Expectation.of(run, questions, size, names));
      return seconds;
    }
  }

  /** A fast pipeline that counts wrongly would be worth nothing. */
  private static void verify(Stack stack, Expectation expected) {
    try (MetricsWatch watch = MetricsWatch.open(stack.settings())) {
      if (!Await.until(LIMIT, () -> watch.catchUp().isComplete(expected))) {
        throw new IllegalStateException(expected.run() + " lacks " + watch.missing(expected));
      }
      if (!watch.violations().isEmpty()) {
        throw new IllegalStateException("invariant 2 is broken: " + watch.violations());
      }
    }
  }
}
