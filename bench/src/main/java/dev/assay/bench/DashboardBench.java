package dev.assay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.Stage;
import dev.assay.gateway.Gateway;
import dev.assay.gateway.GatewayOptions;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.records.MetricRow;
import dev.assay.records.OrderRule;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.Scope;
import dev.assay.records.TaskPlan;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.scoring.ConfidenceSequence;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.tables.Metrics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The dashboard in headless Chromium before a real broker. First stored answers flow through all stages while the page is open: from the time
 * that the worker gave the k-th answer's record until the page counts k (the k-th to be counted need not be the k-th to be answered; the mean is
 * the answers' own). Then synthetic rows, written to the topic of metrics as the tables write them, and changed all the time: what a
 * redraw takes, from the state to the end of the layout.
 */
@Command(name = "dashboard", mixinStandardHelpOptions = true)
public final class DashboardBench implements Callable<Integer> {

  private static final String MODEL = "recorded";
  private static final String METRIC = Metrics.ACCURACY_MEAN_LOGPROB;
  private static final int DIFFERENT_QUESTIONS = 2_000;
  private static final int QUESTIONS_A_CELL = 100;
  private static final int CHANGES_AT_ONCE = 50;
  /** In which the page's scripts and the stages' code for the new run are compiled; printed by themselves. */
  private static final Duration FIRST = Duration.ofSeconds(5);

  private static final Duration BETWEEN_CHANGES = Duration.ofMillis(100);
  private static final double[] QUANTILES = {0.5, 0.95, 0.99};
  private static final String LIVE = "document.documentElement.dataset.phase === 'live'";

  @Option(names = "--rate", description = "prompts a second; default ${DEFAULT-VALUE}")
  private int rate = 20;

  @Option(names = "--seconds", description = "how long each part is watched; default ${DEFAULT-VALUE}")
  private int seconds = 20;

  @Option(names = "--runs", description = "synthetic runs; default ${DEFAULT-VALUE}")
  private int runs = 200;

  @Option(names = "--models", description = "models of each; default ${DEFAULT-VALUE}")
  private int models = 20;

  @Option(names = "--tasks", description = "tasks of each; default ${DEFAULT-VALUE}")
  private int tasks = 60;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private DashboardBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new DashboardBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Report report = new Report("dashboard");
    try (Workplace workplace = Workplace.create();
        Stack stack = Stack.embedded(workplace.resolve("stack"), StackOptions.defaults())) {
      stack.ensureCatalogue();
      SchemaRegistryClient registry = Registries.connect(stack.settings().registryUrl());
      Registries.registerSchemas(registry);
      try (Gateway gateway = Gateway.start(stack.settings(), GatewayOptions.onPort(0, Site::typeOf));
          Browser browser = Browser.start()) {
        System.out.println("browser: " + browser.version());
        latency(stack, workplace.directory(), gateway, browser, report);
        redraws(stack.settings(), registry, gateway, browser, report);
      }
    }
    report.figure("machine's load, last minute", Load.machine(), "runnable threads");
    report.publish(json);
    return 0;
  }

  private void latency(Stack stack, Path directory, Gateway gateway, Browser browser, Report report) throws IOException {
    QuestionSet questions = QuestionSet.choices(DIFFERENT_QUESTIONS, OrderRule.CYCLIC);
    Path answers = questions.writeAnswers(directory.resolve("recorded.jsonl"), MODEL);
    List<String> options = List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    try (Service workers =
            Service.workers(stack.settings(), directory, "recorded", options, 64, Duration.ofSeconds(30), -1, Map.of(MODEL, answers));
        Service stages = Service.stages(stack.settings(), directory, "all", options, 1, Stage.USUAL.toArray(Stage[]::new));
        Feeder feeder = new Feeder(stack.settings())) {
      workers.awaitReady();
      stages.awaitReady();
      int first = rate * (int) FIRST.toSeconds();
      int size = first + rate * seconds;
      feeder.feed(questions.prompts("warm-up", rate * 5, List.of(MODEL)));
      browser.open(gateway.address() + "/#/leaderboard?run=live");
      browser.await(LIVE);
      // What stands on the page, at the time of each change of it.
      browser.run(
          """
          window.seen = [];
          new MutationObserver(() => {
            const found = /([0-9,]+) answers? of/.exec(document.getElementById('summary').textContent);
            if (found) window.seen.push([performance.timeOrigin + performance.now(), Number(found[1].replaceAll(',', ''))]);
          }).observe(document.getElementById('summary'), {subtree: true, childList: true, characterData: true});
          """);
      List<ProducerRecord<String, byte[]>> records = questions.prompts("live", size, List.of(MODEL)).stream().map(feeder::record).toList();
      long between = Duration.ofSeconds(1).toNanos() / rate;
      long begin = System.nanoTime();
      for (int i = 0; i < size; i++) {
        for (long left = begin + i * between - System.nanoTime(); left > 0; left = begin + i * between - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        feeder.send(List.of(records.get(i)));
      }
      browser.await("window.seen.some(one => one[1] >= %d)".formatted(size));
      double[] millis = delays(answeredAt(stack.settings(), size), browser.run("return window.seen"));
      double[] atFirst = sorted(Arrays.copyOf(millis, first));
      double[] then = sorted(Arrays.copyOfRange(millis, first, size));
      for (double quantile : QUANTILES) {
        report.figure("answer → visible on the page, p%.0f".formatted(100 * quantile), quantile(then, quantile), "ms", quantile == 0.95 ? "1000" : "");
      }
      report.figure("answer → visible, first %d s of the run and of the page, p95".formatted(FIRST.toSeconds()), quantile(atFirst, 0.95), "ms");
    }
  }

  /** When the worker gave each answer of the measured run, in order. */
  private static List<Long> answeredAt(KafkaSettings settings, int size) {
    List<Long> times = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings.reader("bench-answers"), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> places =
          consumer.partitionsFor(Topics.ANSWERS).stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
      consumer.assign(places);
      consumer.seekToBeginning(places);
      Map<TopicPartition, Long> ends = consumer.endOffsets(places);
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> times.add(record.timestamp()));
      }
    }
    Collections.sort(times);
    // Those before are of the warm-up.
    return times.subList(times.size() - size, times.size());
  }

  private static double[] delays(List<Long> answered, JsonNode seen) {
    double[] millis = new double[answered.size()];
    int counted = 0;
    for (JsonNode one : seen) {
      for (; counted < Math.min(answered.size(), one.get(1).asInt()); counted++) {
        millis[counted] = one.get(0).asDouble() - answered.get(counted);
      }
    }
    return millis;
  }

  private static double[] sorted(double[] values) {
    Arrays.sort(values);
    return values;
  }

  private void redraws(KafkaSettings settings, SchemaRegistryClient registry, Gateway gateway, Browser browser, Report report) {
    RecordCodec<MetricRow> rows = RecordCodec.of(registry, MetricRow.class);
    RecordCodec<Run> plans = RecordCodec.of(registry, Run.class);
    try (Feeder feeder = new Feeder(settings)) {
      Random random = new Random(1);
      for (int run = 0; run < runs; run++) {
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        records.add(new ProducerRecord<>(Topics.RUNS, name(run), plans.encode(Topics.RUNS, plan(run))));
        for (int model = 0; model < models; model++) {
          records.add(record(rows, cell(run, model, -1, random)));
          for (int task = 0; task < tasks; task++) {
            records.add(record(rows, cell(run, model, task, random)));
          }
        }
        feeder.send(records);
      }
      AtomicBoolean over = new AtomicBoolean();
      Thread changing = Thread.ofPlatform().start(() -> change(feeder, rows, over));
      try {
        long cells = (long) runs * models * (tasks + 1);
        String side = String.join("", IntStream.range(0, Math.min(8, runs)).mapToObj(run -> "&run=" + name(runs - 1 - run)).toList());
        redraw(gateway, browser, report, "task × model, one run", "#/tasks?run=" + name(runs - 1), (long) models * (tasks + 1));
        redraw(gateway, browser, report, "task × model, eight runs side by side", "#/tasks?" + side.substring(1), 8L * models * (tasks + 1));
        redraw(gateway, browser, report, "leaderboards, eight runs side by side", "#/leaderboard?" + side.substring(1), 8L * models * (tasks + 1));
        redraw(gateway, browser, report, "from run to run, all runs", "#/series?by=run&run=" + name(runs - 1), cells);
      } finally {
        over.set(true);
        join(changing);
      }
    }
  }

  private void redraw(Gateway gateway, Browser browser, Report report, String what, String hash, long rows) {
    browser.open("about:blank");
    long begin = System.nanoTime();
    browser.open(gateway.address() + "/" + hash);
    browser.await(LIVE + " && assayStore.tables.size >= " + rows);
    report.figure(what + ": open → all rows there", (System.nanoTime() - begin) / 1e6, "ms");
    browser.run("window.assayRedraws.length = 0");
    LockSupport.parkNanos(Duration.ofSeconds(seconds).toNanos());
    double[] millis =
        StreamSupport.stream(browser.run("return window.assayRedraws.map(one => one.millis)").spliterator(), false).mapToDouble(JsonNode::asDouble).sorted().toArray();
    report.figure(what + ": redraws", millis.length, "in %d s".formatted(seconds));
    report.figure(what + ": a redraw, p50", quantile(millis, 0.5), "ms");
    report.figure(what + ": a redraw, p95", quantile(millis, 0.95), "ms", "100");
  }

  /** Changes cells of the last run again and again, as answers would. */
  private void change(Feeder feeder, RecordCodec<MetricRow> rows, AtomicBoolean over) {
    Random random = new Random(2);
    while (!over.get()) {
      feeder.send(
          IntStream.range(0, CHANGES_AT_ONCE)
              .mapToObj(_ -> record(rows, cell(runs - 1, random.nextInt(models), random.nextInt(-1, tasks), random)))
              .toList());
      LockSupport.parkNanos(BETWEEN_CHANGES.toNanos());
    }
  }

  private static String name(int run) {
    return "synthetic-%03d".formatted(run);
  }

  private Run plan(int run) {
    return Run.newBuilder()
        .setName(name(run))
        .setCreatedAt(Instant.now().plusMillis(run))
        .setState(RunState.DONE)
        .setModels(IntStream.range(0, models).mapToObj(model -> "model-%02d".formatted(model)).toList())
        .setTasks(IntStream.range(0, tasks).mapToObj(task -> new TaskPlan("synthetic/task-%02d".formatted(task), QUESTIONS_A_CELL)).toList())
        .setExpected((long) models * tasks * QUESTIONS_A_CELL)
        .setNote("rows made by bench/run dashboard, not by any model")
        .build();
  }

  /** A cell of a task, or of the whole run when the task is below 0. */
  private MetricRow cell(int run, int model, int task, Random random) {
    long n = task < 0 ? (long) tasks * QUESTIONS_A_CELL : QUESTIONS_A_CELL;
    long sum = Math.round(n * Math.clamp(0.2 + 0.6 * model / models + 0.1 * random.nextGaussian(), 0, 1));
    Interval interval = ConfidenceSequence.betaBinomialMixture(n, (double) sum, ConfidenceSequence.ALPHA);
    return MetricRow.newBuilder()
        .setRun(name(run))
        .setModel("model-%02d".formatted(model))
        .setCheckpoint("c0")
        .setScope(task < 0 ? Scope.RUN : Scope.TASK)
        .setTask(task < 0 ? "*" : "synthetic/task-%02d".formatted(task))
        .setMetric(METRIC)
        .setN(n)
        .setMean((double) sum / n)
        .setStandardError(null)
        .setLow(interval.low())
        .setHigh(interval.high())
        .setSum(Long.toString(sum))
        .setSumOfSquares(Long.toString(sum))
        .build();
  }

  private static ProducerRecord<String, byte[]> record(RecordCodec<MetricRow> codec, MetricRow row) {
    return new ProducerRecord<>(Topics.METRICS, MetricKey.of(row).toString(), codec.encode(Topics.METRICS, row));
  }

  private static double quantile(double[] sorted, double quantile) {
    return sorted.length == 0 ? Double.NaN : sorted[(int) Math.ceil(quantile * sorted.length) - 1];
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
