package dev.assay.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.bench.Expectation;
import dev.assay.bench.Feeder;
import dev.assay.bench.MetricsWatch;
import dev.assay.cli.stack.Stage;
import dev.assay.bench.QuestionSet;
import dev.assay.bench.Service;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.records.Prompt;
import dev.assay.schemas.Topics;
import dev.assay.topology.tables.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/** A whole pipeline whose every part is a process that can be killed, and one set of questions with its stored answers. */
final class Rig implements AutoCloseable {

  static final List<String> MODELS = List.of("amber", "birch", "cedar");
  static final int PROMPTS = 360;
  static final QuestionSet QUESTIONS = QuestionSet.mixed(PROMPTS);

  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final Duration LOOK = Duration.ofMillis(10);

  /** As long as analyses may lie between two of their ticks. */
  private static final int QUIET_LOOKS = 60;

  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final int MAX_BATCH = 32;

  private final Path directory;
  private final Stack stack;
  private final Map<Stage, Service> stages = new EnumMap<>(Stage.class);
  private final Map<String, Path> answers = new TreeMap<>();
  private Service workers;
  private final Feeder feeder;
  private final MetricsWatch watch;

  Rig(Path directory) throws IOException {
    this.directory = directory;
    for (String model : MODELS) {
      answers.put(model, QUESTIONS.writeAnswers(directory.resolve(model + ".jsonl"), model));
    }
    this.stack = Stack.embedded(directory.resolve("stack"), StackOptions.defaults());
    stack.ensureTopics(Topics.all());
    for (Stage stage : Stage.USUAL) {
      stages.put(stage, startStage(stage, "1", 1));
    }
    this.workers = startWorkers("whole", -1);
    this.feeder = new Feeder(stack.settings());
    this.watch = MetricsWatch.open(stack.settings());
    stages.values().forEach(Service::awaitReady);
  }

  Stack stack() {
    return stack;
  }

  Feeder feeder() {
    return feeder;
  }

  Service stage(Stage stage) {
    return stages.get(stage);
  }

  Service workers() {
    return workers;
  }

  Map<String, Path> answers() {
    return answers;
  }

  /** Starts an instance of a stage beside what runs. */
  Service startStage(Stage stage, String instance, int threads) {
    return Service.stages(stack.settings(), directory, stage + "-" + instance, Service.SHORT_LIVED, threads, stage);
  }

  /** Another instance is the one that runs from now on. */
  void replaceStage(Stage stage, Service by) {
    Service before = stages.put(stage, by);
    if (before != null) {
      before.close();
    }
  }

  /** Starts workers beside those that run. */
  Service startWorkers(String instance, int stallAfter) {
    return Service.workers(stack.settings(), directory, instance, Service.SHORT_LIVED, MAX_BATCH, LEASE, stallAfter, answers);
  }

  static List<Prompt> prompts(String run) {
    return QUESTIONS.prompts(run, PROMPTS, MODELS);
  }

  /** The given quarters of a run's prompts, counted from 0; {@code until} exclusive. */
  static List<Prompt> quarters(String run, int from, int until) {
    return prompts(run).subList(from * PROMPTS / 4, until * PROMPTS / 4);
  }

  /** Reads metric rows until the condition holds. */
  void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("%s within %s", what, LIMIT).isNegative();
      watch.poll();
    }
  }

  /** Waits until every model has verdicts in the table. */
  void awaitVerdicts(String run, int atLeast) {
    await(
        atLeast + " verdicts of each model",
        () -> MODELS.stream().allMatch(model -> watch.flow(run, model, Metrics.FLOW_VERDICTS) >= atLeast));
  }

  /** Waits for the whole table of a run, which must have kept invariant 2 in every row on its way. */
  SortedMap<String, String> finish(String run) {
    Expectation expected = Expectation.of(run, QUESTIONS, PROMPTS, MODELS).withAnalyses(QUESTIONS, PROMPTS, MODELS);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!watch.catchUp().isComplete(expected)) {
      assertThat(System.nanoTime() - deadline).as("missing of %s after %s: %s", run, LIMIT, watch.missing(expected)).isNegative();
      sleep();
    }
    // A question's row has its count when two models answered, and its value when the last did.
    SortedMap<String, String> before = new TreeMap<>();
    for (int still = 0; still < QUIET_LOOKS; still++) {
      sleep();
      if (!watch.catchUp().table(run).equals(before)) {
        before = new TreeMap<>(watch.table(run));
        still = 0;
      }
    }
    assertThat(watch.violations()).isEmpty();
    assertThat(watch.flowSheets()).isPositive();
    return watch.table(run);
  }

  /** The same rows with the same bytes; says which differ. */
  static void assertSame(SortedMap<String, String> table, SortedMap<String, String> undisturbed) {
    TreeSet<String> keys = new TreeSet<>(undisturbed.keySet());
    keys.addAll(table.keySet());
    assertThat(keys.stream().filter(key -> !undisturbed.getOrDefault(key, "none").equals(table.get(key))))
        .as("rows that differ from the undisturbed run's")
        .map(key -> "%s%n  got  %s%n  want %s".formatted(key, table.get(key), undisturbed.get(key)))
        .isEmpty();
  }

  static void sleep() {
    try {
      Thread.sleep(LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  MetricsWatch watch() {
    return watch;
  }

  @Override
  public void close() {
    watch.close();
    feeder.close();
    workers.close();
    stages.values().forEach(Service::close);
    stack.close();
  }
}
