package dev.assay.cli;

import dev.assay.cli.report.RecordTree;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.routes.OutcomeFiles;
import dev.assay.cli.routes.RouterReport;
import dev.assay.cli.routes.RouterStudy;
import dev.assay.cli.routes.TextMeaning;
import dev.assay.cli.routes.VerdictOutcomes;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.TextTable;
import dev.assay.inference.baseline.Embedder;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.Basis;
import dev.assay.records.Member;
import dev.assay.records.MetricRow;
import dev.assay.records.Prompt;
import dev.assay.records.Route;
import dev.assay.records.Verdict;
import dev.assay.schemas.Topics;
import dev.assay.topology.routing.EnsembleStudy;
import dev.assay.topology.routing.QuestionText;
import dev.assay.topology.routing.Votes;
import dev.assay.topology.routing.policy.Meaning;
import dev.assay.topology.routing.policy.Outcome;
import dev.assay.topology.scoring.PairedDifference;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which model answers what, and what routers would have brought. */
@Command(
    name = "routes",
    description = {
      "Lists and explains which model the router takes for which task type, and says from answers that are there what routers would have",
      "brought, without asking a model again."
    },
    footer = {"  assay routes list", "  assay routes explain KNOWLEDGE", "  assay routes evaluate --run exam", "  assay routes evaluate --outcomes DIR --train 1531"})
final class RoutesCommand implements Runnable {

  private static final double ALPHA = 0.05;

  /** RouteLLM learned from as many labels. */
  private static final int MOST_TRAINING = 1531;

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  RoutesCommand(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "expected list, explain, evaluate or ensemble");
  }

  @Command(
      name = "list",
      description = "Lists the routes in force.",
      footer = {"  assay routes list", "  assay routes list --json"})
  Integer list(@Mixin StackChoice choice, @Option(names = "--json", description = "Print them as JSON.") boolean json) {
    Map<String, Route> routes = routes(choice);
    if (json) {
      context.console().json(routes.values().stream().map(RecordTree::of).toList());
    } else if (routes.isEmpty()) {
      context.console().note("no route yet; the stage 'assay routing' makes them from the metrics of two models or more");
    } else {
      TextTable table = new TextTable().words("task type").words("model").words("policy").words("decided").words("why");
      routes.forEach(
          (type, route) -> table.row(type, route.getModel(), route.getPolicy(), route.getDecidedAt().toString(), route.getReason()));
      table.lines().forEach(context.console()::line);
    }
    return 0;
  }

  @Command(
      name = "explain",
      description = {
        "Explains a route: the cells that it rests on, with their counts and 95 %% bounds, and since when it is in force. Or, with --prompt, what",
        "@router decided about one question: the policy, the model, and what that rests on, such as neighbours or a threshold."
      },
      footer = {"  assay routes explain TRUTHFULNESS", "  assay routes explain --run exam --prompt mmlu/anatomy/12"})
  Integer explain(
      @Mixin StackChoice choice,
      @Parameters(paramLabel = "TYPE", arity = "0..1", description = "As 'assay routes list' shows it.") @Nullable String type,
      @Option(names = "--prompt", paramLabel = "ID", description = "A question of a run, instead of a task type.") @Nullable String prompt,
      @Option(names = "--run", paramLabel = "RUN", description = "With --prompt: the run (default: the latest).") @Nullable String run) {
    if ((type == null) == (prompt == null) || (run != null && prompt == null)) {
      throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "expected a task type, or --prompt ID with or without --run RUN");
    }
    if (prompt != null) {
      explain(decided(choice, run, prompt));
      return 0;
    }
    Map<String, Route> routes = routes(choice);
    Route route = routes.get(type.toUpperCase(Locale.ROOT));
    if (route == null) {
      throw new CommandFailure("got the task type %s; expected one with a route: %s".formatted(type, routes.keySet()));
    }
    context.console().line("%s goes to %s".formatted(route.getTaskType(), route.getModel()));
    explain("%s, version %d".formatted(route.getPolicy(), route.getVersion()), route.getDecidedAt(), route.getReason(), route.getEvidence());
    if (route.getExplores() != null) {
      context.console()
          .line("  explores %s, of which least is known, with %.1f %% of the questions".formatted(route.getExplores(), 100 * route.getExploreShare()));
    }
    return 0;
  }

  private void explain(Verdict verdict) {
    Basis basis = Objects.requireNonNull(verdict.getBasis());
    String checkpoints = basis.getMembers().stream().filter(member -> member.getModel().equals(basis.getChosen())).map(Member::getCheckpoint).findFirst().orElse("?");
    context.console().line("%s went to %s (checkpoint %s)".formatted(verdict.getPrompt(), basis.getChosen(), checkpoints));
    explain(basis.getRule(), Instant.ofEpochMilli(basis.getDecidedAt()), basis.getReason(), basis.getEvidence());
    if (basis.getRouteDecidedAt() > 0) {
      context.console().line("  route    decided " + Instant.ofEpochMilli(basis.getRouteDecidedAt()));
    }
  }

  private void explain(String policy, Instant since, String why, List<String> evidence) {
    context.console().line("  policy   " + policy);
    context.console().line("  since    " + since);
    context.console().line("  why      " + why);
    evidence.forEach(cell -> context.console().line("  cell     " + cell));
  }

  private Verdict decided(StackChoice choice, @Nullable String run, String prompt) {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      String wanted = wanted(site, run, choice);
      StandingVerdicts verdicts = RunsCommand.verdicts(site, List.of(wanted));
      return verdicts.contestants().stream()
          .filter(contestant -> contestant.model().equals(Votes.ROUTER))
          .map(contestant -> verdicts.of(contestant).get(prompt))
          .filter(verdict -> verdict != null && verdict.getBasis() != null)
          .findFirst()
          .orElseThrow(
              () ->
                  new CommandFailure(
                      "run %s has no verdict of @router on '%s'; expected the id of a prompt that it answered: ask @router, or let --routing run".formatted(wanted, prompt)));
    }
  }

  @Command(
      name = "evaluate",
      description = {
        "Says what each policy would have answered on answers that are there: quality, cost, whose answer; the oracle and the best single model",
        "beside it; and for a weak and a strong model how much of the gap each router recovers (PGR, APGR, CPT as RouteLLM defines them)."
      },
      footer = {
        "  assay routes evaluate --run exam --weak minilm --strong smollm2-135m-instruct",
        "  assay routes evaluate --outcomes mmlu_routellm --train 1531 --seeds 5 --json"
      })
  Integer evaluate(
      @Mixin StackChoice choice,
      @Option(
              names = "--outcomes",
              paramLabel = "PATH",
              description = "CSV files with the column 'prompt' and one a model (True, False or a number in [0, 1]), instead of a run.")
          @Nullable Path outcomes,
      @Option(names = "--run", paramLabel = "RUN", description = "Whose verdicts (default: the latest run).") @Nullable String run,
      @Option(names = "--weak", paramLabel = "MODEL", description = "The cheap model (default: the first of two).") @Nullable String weak,
      @Option(names = "--strong", paramLabel = "MODEL", description = "The dear model (default: the last of two).") @Nullable String strong,
      @Option(names = "--train", paramLabel = "N", description = "Answers to learn from (default: 1531, at most half).") @Nullable Integer train,
      @Option(names = "--seeds", paramLabel = "N", defaultValue = "5", description = "How often those are drawn (default: ${DEFAULT-VALUE}).") int seeds,
      @Option(names = "--meaning", description = "Look at the texts' meaning too (MiniLM, some milliseconds a question).") boolean meaning,
      @Option(names = "--json", description = "Print the findings as JSON.") boolean json) {
    if (seeds < 1) {
      throw new CommandFailure("got --seeds %d; expected one at least".formatted(seeds));
    }
    if (outcomes != null && run != null) {
      throw new CommandFailure("got --outcomes beside --run; expected one of them");
    }
    List<Outcome> all = outcomes != null ? OutcomeFiles.read(outcomes) : outcomes(choice, run);
    List<String> models = all.getFirst().query().models();
    String cheap = model("--weak", weak, models, models.getFirst());
    String dear = model("--strong", strong, models, models.getLast());
    int training = train == null ? Math.min(MOST_TRAINING, all.size() / 2) : train;
    try (Embedder embedder = meaning ? Embedder.load() : null) {
      RouterStudy study = new RouterStudy(cheap, dear, training, seeds, embedder == null ? Meaning.NONE : Meaning.remembering(TextMeaning.of(embedder), Integer.MAX_VALUE));
      RouterReport report = new RouterReport(study, study.of(all), all.size());
      if (json) {
        context.console().json(report.tree());
      } else {
        report.lines().forEach(context.console()::line);
      }
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
    return 0;
  }

  @Command(
      name = "ensemble",
      description = {
        "Says which model adds what to the ensemble of all: the ensemble beside each model alone, and beside the ensemble without it, on the prompts",
        "that every model of the run has answered. 95 %% intervals of differences prompt by prompt, for one look."
      },
      footer = "  assay routes ensemble --run exam")
  Integer ensemble(
      @Mixin StackChoice choice,
      @Option(names = "--run", paramLabel = "RUN", description = "Whose verdicts (default: the latest run).") @Nullable String run) {
    SortedMap<String, List<Verdict>> byPrompt = new TreeMap<>();
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      StandingVerdicts verdicts = RunsCommand.verdicts(site, List.of(wanted(site, run, choice)));
      verdicts
          .contestants()
          .forEach(one -> verdicts.of(one).forEach((prompt, verdict) -> byPrompt.computeIfAbsent(prompt, _ -> new ArrayList<>()).add(verdict)));
    }
    EnsembleStudy study;
    try {
      study = EnsembleStudy.of(byPrompt.values());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
    TextTable table = new TextTable().words("model").numbers("alone").numbers("all minus it alone").numbers("all minus all without it");
    study.members().forEach((model, worth) -> table.row(model, percent(worth.alone()), points(worth.ahead()), points(worth.adds())));
    context
        .console()
        .line("%,d prompts: ensemble %s, any model right %s".formatted(study.prompts(), percent(study.ensemble()), percent(study.oracle())));
    table.lines().forEach(context.console()::line);
    return 0;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static String points(PairedDifference difference) {
    return difference
        .interval(ALPHA)
        .map(interval -> String.format(Locale.ROOT, "%+.2f [%+.2f, %+.2f]", 100 * difference.mean(), 100 * interval.low(), 100 * interval.high()))
        .orElse("–");
  }

  private static String wanted(Site site, @Nullable String run, StackChoice choice) {
    try (TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
      return RunsCommand.wanted("--run", run, RunsCommand.known(site, metrics.rows().values()), choice);
    }
  }

  private static String model(String option, @Nullable String asked, List<String> models, String otherwise) {
    if (asked == null && models.size() == 2) {
      return otherwise;
    }
    List<String> fitting = models.stream().filter(model -> model.equals(asked) || model.startsWith(asked + "@")).toList();
    if (asked == null || fitting.size() != 1) {
      throw new CommandFailure("got %s for %s; expected one of %s".formatted(asked == null ? "nothing" : asked, option, models));
    }
    return fitting.getFirst();
  }

  private Map<String, Route> routes(StackChoice choice) {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults());
        TopicView<Route> routes = site.view(Topics.ROUTES, Route.class).catchUp()) {
      return new TreeMap<>(routes.rows());
    }
  }

  private List<Outcome> outcomes(StackChoice choice, @Nullable String run) {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      String wanted = wanted(site, run, choice);
      StandingVerdicts verdicts = RunsCommand.verdicts(site, List.of(wanted));
      Map<String, String> texts = new HashMap<>();
      site.scan(
          Topics.PROMPTS,
          Prompt.class,
          prompt -> {
            if (prompt.getRun().equals(wanted)) {
              texts.put(prompt.getId(), QuestionText.of(prompt));
            }
          });
      return VerdictOutcomes.of(verdicts, texts);
    }
  }
}
