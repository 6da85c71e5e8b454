package dev.assay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.assay.bench.MmluQuestions.Question;
import dev.assay.cli.Assay;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.Progress;
import dev.assay.platform.StackOptions;
import dev.assay.records.OrderRule;
import dev.assay.topology.scoring.Orders;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A whole evaluation, {@code assay eval} before a running stack with one worker, beside lm-evaluation-harness's own backend on the same questions
 * and weights: five-shot MMLU, all 24 orders of the options here and one order there, by turns in the same run. What is timed is the
 * command, from its start to the printed tables.
 */
@Command(name = "evaluation", mixinStandardHelpOptions = true)
public final class EvaluationBench implements Callable<Integer> {

  private static final int SHOTS = 5;
  private static final int QUESTIONS_A_SUBJECT = 25;
  private static final int HARNESS_BATCH = 8;
  private static final List<Integer> PUBLISHED = Orders.of(OrderRule.ONE, 4).getFirst();

  /** The subjects of {@code smollm2_mmlu_zero_shot.json} in its order, of each the first 25 test questions; two a turn. */
  private static final List<List<String>> TURNS =
      List.of(
          List.of("abstract_algebra", "anatomy"),
          List.of("college_computer_science", "global_facts"),
          List.of("high_school_us_history", "marketing"),
          List.of("professional_medicine", "world_religions"));

  @Option(names = "--vectors", description = "the questions as the harness asks them; default ${DEFAULT-VALUE}")
  private Path vectors = Path.of("../shared/vectors/smollm2_mmlu_zero_shot.json");

  @Option(names = "--data", description = "folder that holds mmlu; default ${DEFAULT-VALUE}")
  private Path data = Path.of("../shared/data");

  @Option(names = "--model", description = "default ${DEFAULT-VALUE}")
  private String model = "smollm2-135m-instruct";

  @Option(names = "--orders", split = ",", description = "rules to be timed; the second finds in the worker's memory what the first left; default ${DEFAULT-VALUE}")
  private List<String> orders = List.of("all");

  @Option(names = "--turns", description = "of two subjects each; default all four")
  private int turns = TURNS.size();

  @Option(names = "--venv", description = "a virtual environment that has the reference's packages; default one of the benchmark's own")
  private @Nullable Path environment;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private EvaluationBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new EvaluationBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    NamedModel named = NamedModel.parse(model);
    Path gguf = ModelStore.ofEnvironment().pull(ModelSpec.parse(model), Progress.SILENT);
    Report report = new Report("evaluation");
    try (Workplace workplace = Workplace.create();
        ReferenceEngine reference = ReferenceEngine.start(environment)) {
      StackChoice choice = CommandLine.populateCommand(new StackChoice(), "--dir", workplace.resolve("stack").toString());
      try (Site site = Site.open(choice, StackOptions.defaults())) {
        site.startStages(1, Optional.empty());
        site.startWorkers(List.of(named));
        site.awaitStages();
        site.awaitWorkers(List.of(named), new Interruption());
        int threads = Runtime.getRuntime().availableProcessors();
        System.out.println("beside " + reference.load(gguf, "float32", HARNESS_BATCH, threads));
        measure(workplace, reference, report);
      }
    }
    report.figure("machine's load, last minute", Load.machine(), "runnable threads");
    report.publish(json);
    return 0;
  }

  private void measure(Workplace workplace, ReferenceEngine reference, Report report) throws IOException {
    List<Question> questions = MmluQuestions.read(vectors, data.resolve("mmlu").resolve("dev"), SHOTS);
    // Neither is measured while it compiles or first touches its memory.
    evaluate(workplace, "warm-up", List.of("virology"), "all");
    var _ = reference.score(questions.subList(0, HARNESS_BATCH).stream().map(question -> question.prompt(PUBLISHED)).toList(), MmluQuestions.LETTERS);
    double harness = 0;
    double[] ours = new double[orders.size()];
    int asked = 0;
    for (int turn = 0; turn < turns; turn++) {
      List<String> subjects = TURNS.get(turn);
      int size = subjects.size() * QUESTIONS_A_SUBJECT;
      List<String> prompts = questions.subList(asked, asked + size).stream().map(question -> question.prompt(PUBLISHED)).toList();
      harness += reference.score(prompts, MmluQuestions.LETTERS).seconds();
      for (int rule = 0; rule < ours.length; rule++) {
        ours[rule] += evaluate(workplace, "turn-%d-%d".formatted(turn, rule), subjects, orders.get(rule));
      }
      asked += size;
      System.out.printf(Locale.ROOT, "%d questions: harness %.1f s, %s %s s%n", asked, harness, orders, Arrays.toString(ours));
    }
    report.figure("questions, five-shot", asked, "");
    report.figure("harness, one order", harness, "s");
    for (int rule = 0; rule < ours.length; rule++) {
      report.figure("assay eval --orders " + orders.get(rule), ours[rule], "s");
      report.figure("assay eval --orders " + orders.get(rule) + ": time by harness's for one order", ours[rule] / harness, "×", orders.get(rule).equals("all") ? "1.5" : "");
    }
  }

  /** Seconds of the whole command. */
  private double evaluate(Workplace workplace, String run, List<String> subjects, String rule) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String tasks = String.join(",", subjects.stream().map("mmlu/"::concat).toList());
    List<String> command =
        List.of(
            "eval", "--dir", workplace.resolve("stack").toString(), "--models", model, "--tasks", tasks, "--data", data.toString(), "--shots",
            Integer.toString(SHOTS), "--limit", Integer.toString(QUESTIONS_A_SUBJECT), "--format", "lm-eval", "--orders", rule, "--run", run, "--json");
    long begin = System.nanoTime();
    int status = Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), new Interruption()).execute(command.toArray(String[]::new));
    double seconds = (System.nanoTime() - begin) / 1e9;
    long counted = 0;
    for (JsonNode row : status == 0 ? new JsonMapper().readTree(out.toString()) : List.<JsonNode>of()) {
      if (row.path("metric").asText().equals("flow/verdicts") && row.path("scope").asText().equals("RUN")) {
        counted = row.path("n").asLong();
      }
    }
    if (counted != (long) subjects.size() * QUESTIONS_A_SUBJECT) {
      throw new IllegalStateException("%s: status %d, %d verdicts; expected 0 and %d: %s".formatted(command, status, counted, subjects.size() * QUESTIONS_A_SUBJECT, err));
    }
    return seconds;
  }
}
