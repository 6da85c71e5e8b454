package dev.assay.cli;

import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.PromptBatch;
import dev.assay.cli.evaluation.Evaluation;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.report.DecisionReport;
import dev.assay.cli.report.Flow;
import dev.assay.cli.report.RecordTree;
import dev.assay.cli.report.RunReport;
import dev.assay.cli.stack.DeadLetterLog.Letter;
import dev.assay.cli.stack.DeadLetterLog;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.LiveView;
import dev.assay.platform.StackOptions;
import dev.assay.records.Run;
import dev.assay.topology.routing.RouterSettings;
import dev.assay.topology.routing.Votes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation as people see it: models fetched, the stack and the workers started where they do not run, the questions followed with
 * the table that moves, and the tables at the end.
 *
 * @param context what every command works with
 * @param choice which stack
 * @param models whose workers it starts; beside them {@code @router} may be asked
 * @param plan how
 * @param batch what
 * @param note the command, for people
 * @param output folder for the rows as JSON
 * @param json whether the rows are printed as JSON instead of tables
 * @param untilDecided whether it ends as soon as every pair of models is decided
 * @param routing how the routing stage decides, where it is to run
 */
record EvaluationShow(
    Context context,
    StackChoice choice,
    List<NamedModel> models,
    EvaluationPlan plan,
    PromptBatch batch,
    String note,
    Optional<Path> output,
    boolean json,
    boolean untilDecided,
    Optional<RouterSettings> routing) {

  /** Dead letters shown at the end; the rest are counted. */
  private static final int SHOWN_LETTERS = 20;

  private static final int STREAM_THREADS = 1;

  /** Exit status of a shell's command that was ended by Ctrl-C. */
  private static final int INTERRUPTED = 130;

  /**
   * Runs it.
   *
   * @param before what is done when stack and models are ready
   * @param afterwards what is done at the end, while the stack still runs
   * @return the exit status
   */
  int run(Consumer<Site> before, Consumer<Site> afterwards) throws InterruptedException, IOException {
    Logging.toFile(choice.logs());
    OpenedModel.fetch(models, context.console());
    Stopwatch watch = new Stopwatch();
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = open()) {
      if (RunsCommand.all(site).stream().map(Run::getName).anyMatch(plan.run()::equals)) {
        throw new CommandFailure("there is a run %s already; give this one another name with --run".formatted(plan.run()));
      }
      site.startStages(STREAM_THREADS, routing);
      List<NamedModel> served = plan.models().contains(Votes.ROUTER) ? RouteWorkers.with(models, site, console()) : models;
      site.startWorkers(served);
      site.awaitStages();
      site.awaitWorkers(served, context.interruption());
      console().note("stack and models ready after " + watch);
      before.accept(site);
      Evaluation evaluation = new Evaluation(site, plan, batch, note, untilDecided);
      console().note(
          "run %s: %,d questions × %d model%s".formatted(plan.run(), batch.prompts().size(), plan.models().size(), plan.models().size() == 1 ? "" : "s"));
      Stopwatch asked = new Stopwatch();
      Evaluation.Standing end = follow(evaluation);
      console().note("%,d answers in %s".formatted(end.flow().settled(), asked));
      int status = report(site, end);
      afterwards.accept(site);
      return status;
    }
  }

  private Site open() {
    if (choice.running().isEmpty()) {
      console().note("starting broker and schema registry in " + choice.directory() + " …");
    }
    return Site.open(choice, StackOptions.defaults());
  }

  private Console console() {
    return context.console();
  }

  private Evaluation.Standing follow(Evaluation evaluation) {
    try (LiveView view = LiveView.begin(console(), "asking", " answers", 1, evaluation.expected())) {
      return evaluation.run(context.interruption(), standing -> show(view, standing));
    }
  }

  private void show(LiveView view, Evaluation.Standing standing) {
    Flow flow = standing.flow();
    view.done(flow.settled());
    view.remark(flow.deadLetters() == 0 ? "" : " " + letters(flow.deadLetters()));
    view.picture(RunReport.of(plan.run(), standing.rows()).overview());
  }

  private int report(Site site, Evaluation.Standing end) throws IOException {
    output.ifPresent(folder -> write(folder, end));
    if (json) {
      console().json(end.rows().stream().map(RecordTree::of).toList());
    } else {
      RunReport.of(plan.run(), end.rows()).lines().forEach(console()::line);
    }
    if (!end.isDone()) {
      console().note(
          "stopped: %,d of %,d answers are outstanding; they are judged when a worker for their model runs again, and 'assay tables --run %s' shows them"
              .formatted(end.expected() - end.flow().settled(), end.expected(), plan.run()));
      return INTERRUPTED;
    }
    if (untilDecided) {
      DecisionReport.lines(end.decided(), plan.models(), batch.prompts().size(), end.saved()).forEach(json ? console()::note : console()::line);
    }
    return end.flow().deadLetters() == 0 ? 0 : reportDeadLetters(site);
  }

  private int reportDeadLetters(Site site) {
    List<Letter> letters =
        new DeadLetterLog(site.settings(), site.registry()).read().stream().filter(letter -> letter.about().run().equals(plan.run())).toList();
    console().note("");
    console().note(letters(letters.size()) + ":");
    DeadLettersCommand.table(letters.stream().limit(SHOWN_LETTERS).toList()).forEach(console()::note);
    console().note("'assay dead-letters list --run %s' shows them all, 'assay dead-letters retry --run %s' tries them again".formatted(plan.run(), plan.run()));
    return 1;
  }

  /** The whole file or none: what is read half-way would be taken for a result. */
  private void write(Path folder, Evaluation.Standing end) {
    Map<String, @Nullable Object> content = new LinkedHashMap<>();
    content.put("run", plan.run());
    content.put("done", end.isDone());
    content.put("expected", end.expected());
    content.put("saved_prompts", end.saved());
    content.put("verdicts", end.flow().verdicts());
    content.put("dead_letters", end.flow().deadLetters());
    content.put("metrics", end.rows().stream().map(RecordTree::of).toList());
    Path file = folder.resolve(plan.run() + ".json");
    Path partial = folder.resolve(plan.run() + ".json.partial");
    try {
      Files.createDirectories(folder);
      Files.writeString(partial, Console.toJson(content) + "\n");
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CommandFailure("cannot write " + file + ": " + e.getMessage() + "; choose another folder with --output", e);
    }
    console().note("rows written to " + file);
  }

  private static String letters(long count) {
    return "%,d dead letter%s".formatted(count, count == 1 ? "" : "s");
  }
}
