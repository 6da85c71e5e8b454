package dev.assay.bench;

import dev.assay.cli.routes.OutcomeFiles;
import dev.assay.cli.routes.RouterReport;
import dev.assay.cli.routes.RouterStudy;
import dev.assay.cli.routes.TextMeaning;
import dev.assay.inference.baseline.Embedder;
import dev.assay.records.TaskType;
import dev.assay.topology.routing.policy.Cell;
import dev.assay.topology.routing.policy.Gain;
import dev.assay.topology.routing.policy.Known;
import dev.assay.topology.routing.policy.Meaning;
import dev.assay.topology.routing.policy.Outcome;
import dev.assay.topology.routing.policy.Policy;
import dev.assay.topology.routing.policy.Query;
import dev.assay.topology.routing.policy.RouterExam;
import dev.assay.topology.routing.policy.TaskTypePolicy;
import dev.assay.topology.routing.policy.TextGain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How much of the gap between a weak and a strong model routers recover on RouteLLM's outcomes, and what a decision costs. Exit status 1 when a
 * target is missed.
 */
@Command(name = "routing", mixinStandardHelpOptions = true)
public final class RoutingBench implements Callable<Integer> {
  /** As many as RouteLLM learned from. */
  private static final int TRAINING = 1_531;

  private static final double BY_TASK = 0.65;
  private static final double BY_TEXT = 0.61;
  private static final double TABLE_MILLIS = 1;
  private static final double EMBEDDER_MILLIS = 10;
  private static final int MODELS = 10;
  private static final int DECISIONS = 20_000;
  private static final int EMBEDDED_DECISIONS = 2_000;
  private static final double NANOS_A_MILLI = 1e6;

  @Option(names = "--data", description = "folder with model_outputs/mmlu_routellm (default: ../shared/data)")
  private Path data = Path.of("..", "shared", "data");

  @Option(names = "--seeds", description = "how often the training labels are drawn; default ${DEFAULT-VALUE}")
  private int seeds = 5;

  @Option(names = "--meaning", description = "learn from MiniLM's embeddings too: a quarter of an hour")
  private boolean meaning;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private RoutingBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new RoutingBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Report report = new Report("routing");
    List<Outcome> outcomes = OutcomeFiles.read(data.resolve("model_outputs").resolve("mmlu_routellm"));
    List<String> models = outcomes.getFirst().query().models();
    boolean met = true;
    try (Embedder embedder = Embedder.load()) {
      Meaning embedding = meaning ? Meaning.remembering(TextMeaning.of(embedder), Integer.MAX_VALUE) : Meaning.NONE;
      RouterStudy study = new RouterStudy(models.getFirst(), models.getLast(), TRAINING, seeds, embedding);
      RouterStudy.Findings findings = study.of(outcomes);
      new RouterReport(study, findings, outcomes.size()).lines().forEach(System.out::println);
      System.out.println();
      for (Map.Entry<String, RouterStudy.Curve> curve : findings.curves().entrySet()) {
        double target = curve.getKey().equals(RouterStudy.BY_TASK) ? BY_TASK : BY_TEXT;
        double apgr = curve.getValue().apgr();
        report.figure("APGR × 1,000 " + curve.getKey(), 1000 * apgr, "", "%.0f or more".formatted(1000 * target));
        met &= apgr >= target || curve.getKey().equals(RouterStudy.BY_NEIGHBOURS);
      }
      met &= decisions(report, outcomes, embedder, models);
    }
    report.figure("machine's load, last minute", Load.machine(), "runnable threads");
    report.publish(json);
    return met ? 0 : 1;
  }

  /** The time of single decisions, one after another, on this thread. */
  private static boolean decisions(Report report, List<Outcome> outcomes, Embedder embedder, List<String> models) {
    List<String> names = IntStream.range(0, MODELS).mapToObj(i -> "model-" + i).toList();
    List<Cell> cells = IntStream.range(0, MODELS).mapToObj(i -> Cell.of("cell-" + i, names.get(i), 1000, 500 + i)).toList();
    Known known = new Known(cells, Optional.of(names.getFirst()), Map.of());
    Query asked = new Query("q", TaskType.KNOWLEDGE, "task", "", names);
    Policy table = new TaskTypePolicy();
    double byTable = percentile99(DECISIONS, _ -> table.choose(asked, known));

    RouterExam exam = RouterExam.draw(outcomes, 300, 0);
    Gain gain = exam.learn(examples -> TextGain.learn(examples, TextMeaning.of(embedder)), models.getLast(), models.getFirst());
    double byText = percentile99(EMBEDDED_DECISIONS, i -> gain.of(exam.test().get(i).query()));
    report.figure("decision by tables, p99", byTable, "ms", "below 1");
    report.figure("decision with the embedder, p99", byText, "ms", "below 10");
    return byTable < TABLE_MILLIS && byText < EMBEDDER_MILLIS;
  }

  private static double percentile99(int decisions, IntConsumer decide) {
    long[] nanos = new long[decisions];
    for (int i = 0; i < decisions; i++) {
      long begin = System.nanoTime();
      decide.accept(i);
      nanos[i] = System.nanoTime() - begin;
    }
    Arrays.sort(nanos);
    return nanos[(int) (0.99 * decisions)] / NANOS_A_MILLI;
  }
}
