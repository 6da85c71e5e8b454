package dev.assay.bench;

import dev.assay.cli.Assay;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.records.OrderRule;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Stored answers judged again, from the log to the final table, on a real broker; and what the log takes on the disk and as a file. */
@Command(name = "replay", mixinStandardHelpOptions = true)
public final class ReplayBench implements Callable<Integer> {

  private static final int DIFFERENT_QUESTIONS = 2_000;
  private static final int RECORDS_AT_A_TIME = 5_000;
  private static final double MILLION = 1e6;
  private static final double MEBIBYTE = 1 << 20;

  @Option(names = "--prompts", description = "prompts of the measured run; default ${DEFAULT-VALUE}")
  private int prompts = 60_000;

  @Option(names = "--warm-up", description = "prompts of the run before it; default ${DEFAULT-VALUE}")
  private int warmUp = 10_000;

  @Option(names = "--models", description = "models whose answers to each are stored; default ${DEFAULT-VALUE}")
  private int models = 3;

  @Option(names = "--orders", description = "ONE, CYCLIC or ALL; default ${DEFAULT-VALUE}")
  private OrderRule orders = OrderRule.ONE;

  @Option(names = "--partitions", description = "of the topics that carry questions; one is one thread's work; default ${DEFAULT-VALUE}, as on a cluster")
  private int partitions = Topics.FLOW_PARTITIONS;

  @Option(names = "--threads", description = "partitions judged at a time; default: two a processor, as the command has it")
  private int threads = 2 * Runtime.getRuntime().availableProcessors();

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private ReplayBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new ReplayBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.create();
        Stack stack = Stack.embedded(workplace.resolve("stack"), StackOptions.defaults())) {
      stack.ensureTopics(Topics.all(partitions));
      SchemaRegistryClient registry = Registries.connect(stack.settings().registryUrl());
      Registries.registerSchemas(registry);
      measure(workplace, stack, registry);
    }
    return 0;
  }

  private void measure(Workplace workplace, Stack stack, SchemaRegistryClient registry) throws IOException {
    store(stack, registry, "warm-up", warmUp);
    replay(workplace, stack, "warm-up");
    long before = size(workplace.resolve("stack"));
    store(stack, registry, "measured", prompts);
    Map<String, Long> stored = sizes(workplace.resolve("stack"));
    Map<String, ProcessHandle> processes = new LinkedHashMap<>();
    processes.put("broker", stack.broker().orElseThrow().process());
    processes.put("replay", ProcessHandle.current());
    Map<String, Duration> cpuBefore = Load.cpu(processes);
    double seconds = replay(workplace, stack, "measured");
    Map<String, Duration> cpuAfter = Load.cpu(processes);

    double answers = (double) prompts * models;
    Report report = new Report("replay");
    report.figure("stored answers", answers, "of %d models, orders %s, in %d partitions, beside %,d of another run".formatted(models, orders, partitions, warmUp * models));
    report.figure("replay, from the log to the final table", answers / seconds, "answers/s", "20,000");
    report.figure("replay", seconds, "s");
    double all = 0;
    for (String process : processes.keySet()) {
      double used = cpuAfter.get(process).minus(cpuBefore.get(process)).toNanos() / 1e3;
      all += used;
      report.figure("computing: " + process, used / answers, "µs/answer");
    }
    report.figure("two processors of their own would do", 2 * MILLION / (all / answers), "answers/s", "20,000");
    report.figure("processors used", all / MILLION / seconds, "of " + Runtime.getRuntime().availableProcessors());
    report.figure("machine's load, last minute", Load.machine(), "runnable threads");
    report.figure("memory of the replaying process", Load.residentMib(ProcessHandle.current()), "MiB");

    double each = (double) prompts + warmUp;
    for (String topic : List.of(Topics.PROMPTS, Topics.ANSWERS)) {
      report.figure("on the disk: " + topic, stored.getOrDefault(topic, 0L) / MEBIBYTE / each * MILLION, "MiB a million prompts");
    }
    long verdicts = sizes(workplace.resolve("stack")).getOrDefault(Topics.VERDICTS, 0L);
    report.figure("on the disk: " + Topics.VERDICTS, verdicts / MEBIBYTE / each * MILLION, "MiB a million prompts");
    Path file = workplace.resolve("measured.assaylog");
    long begin = System.nanoTime();
    run(stack, "export", "--dir", workplace.resolve("cli").toString(), "--format", "log", "--run", "measured", "--output", file.toString());
    report.figure("as a file: prompts and answers", Files.size(file) / MEBIBYTE / prompts * MILLION, "MiB a million prompts");
    report.figure("export", answers / ((System.nanoTime() - begin) / 1e9), "answers/s");
    report.figure("disk before the measured run", before / MEBIBYTE, "MiB");
    report.publish(json);
  }

  /** Prompts and answers as a run leaves them; no stage reads them. */
  private void store(Stack stack, SchemaRegistryClient registry, String run, int size) {
    QuestionSet questions = QuestionSet.choices(DIFFERENT_QUESTIONS, orders);
    List<String> names = IntStream.range(0, models).mapToObj(i -> "stored-" + i).toList();
    try (Feeder feeder = new Feeder(stack.settings())) {
      Stream<ProducerRecord<String, byte[]>> asked = questions.prompts(run, size, names).stream().map(feeder::record);
      Iterator<ProducerRecord<String, byte[]>> records = Stream.concat(asked, StoredAnswers.of(registry, questions, run, size, names)).iterator();
      List<ProducerRecord<String, byte[]>> some = new ArrayList<>();
      while (records.hasNext()) {
        some.add(records.next());
        if (some.size() == RECORDS_AT_A_TIME || !records.hasNext()) {
          feeder.send(some);
          some.clear();
        }
      }
    }
  }

  /** Seconds of the whole command, its rows readable at the end. */
  private double replay(Workplace workplace, Stack stack, String run) {
    long begin = System.nanoTime();
    String said =
        run(
            stack, "replay", "--dir", workplace.resolve("cli").toString(), "--run", run, "--as", run + "-again", "--threads", Integer.toString(threads), "--json");
    double seconds = (System.nanoTime() - begin) / 1e9;
    int wanted = (run.equals("measured") ? prompts : warmUp) * models;
    if (!said.contains("%,d verdicts, 0 dead letters".formatted(wanted))) {
      throw new IllegalStateException("expected %,d verdicts; the command said: %s".formatted(wanted, said));
    }
    return seconds;
  }

  private static String run(Stack stack, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all =
        Stream.concat(
                Stream.of(arguments), Stream.of("--bootstrap-servers", stack.settings().bootstrapServers(), "--schema-registry", stack.settings().registryUrl()))
            .toArray(String[]::new);
    int status = Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), new Interruption()).execute(all);
    if (status != 0) {
      throw new IllegalStateException("the command ended with %d: %s".formatted(status, err));
    }
    return err.toString();
  }

  /** Bytes of the log segments by topic. */
  private static Map<String, Long> sizes(Path folder) throws IOException {
    Map<String, Long> sizes = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".log") && one.getParent() != null).toList()) {
        String partition = String.valueOf(file.getParent().getFileName());
        int dash = partition.lastIndexOf('-');
        if (dash > 0) {
          sizes.merge(partition.substring(0, dash), Files.size(file), Long::sum);
        }
      }
    }
    return sizes;
  }

  private static long size(Path folder) throws IOException {
    return sizes(folder).values().stream().mapToLong(Long::longValue).sum();
  }
}
