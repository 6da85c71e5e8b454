package dev.assay.cli;

import dev.assay.cli.report.Page;
import dev.assay.cli.report.RecordTree;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.TextTable;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.store.ModelStoreException;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.Checkpoint;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.training.CheckpointEvents;
import dev.assay.training.CheckpointWatcher;
import dev.assay.training.TrainingException;
import dev.assay.training.TrainingOutlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checkpoints that any trainer writes, and the events that announce them. */
@Command(
    name = "checkpoints",
    description = {
      "Lists the checkpoints that are announced, and announces those that other trainers write: LoRA adapters in PEFT's layout, and whole models in",
      "that of transformers. Only safetensors are taken, and only when they are whole."
    },
    footer = {"  assay checkpoints list", "  assay checkpoints add runs/checkpoint-500 --base smollm2-135m-instruct", "  assay checkpoints watch runs --base smollm2-135m-instruct", "  assay checkpoints series --training tuned"})
final class CheckpointsCommand implements Runnable {

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  CheckpointsCommand(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "expected list, add, watch or series");
  }

  @Command(name = "list", description = "Lists the checkpoints that are announced, the oldest first.", footer = {"  assay checkpoints list", "  assay checkpoints list --json"})
  Integer list(@Mixin StackChoice choice, @Option(names = "--json", description = "Print them as JSON.") boolean json) {
    Logging.toFile(choice.logs());
    KafkaSettings settings = choice.requireRunning();
    List<Checkpoint> all;
    try (TopicView<Checkpoint> view = TopicView.open(settings, Registries.connect(settings.registryUrl()), Topics.CHECKPOINTS, Checkpoint.class)) {
      all = view.catchUp().rows().values().stream().sorted(Comparator.comparing(Checkpoint::getCreatedAt)).toList();
    }
    if (json) {
      context.console().json(all.stream().map(RecordTree::of).toList());
    } else if (all.isEmpty()) {
      context.console().note("no checkpoint is announced; 'assay train' and 'assay checkpoints add' announce them");
    } else {
      TextTable table = new TextTable().words("checkpoint").words("base").numbers("step").numbers("epoch").numbers("loss").words("written").words("files");
      for (Checkpoint one : all) {
        Double loss = one.getMetrics().get("loss");
        table.row(
            one.getName(),
            one.getBase() == null ? "–" : one.getBase(),
            Long.toString(one.getStep()),
            "%.2f".formatted(one.getEpoch()),
            loss == null ? "–" : "%.4f".formatted(loss),
            one.getCreatedAt().toString(),
            one.getUri());
      }
      table.lines().forEach(context.console()::line);
    }
    return 0;
  }

  @Command(
      name = "add",
      description = "Checks a checkpoint's files, hashes and announces them.",
      footer = {"  assay checkpoints add runs/checkpoint-500 --base smollm2-135m-instruct", "  assay checkpoints add merged --job tuned --step 1200"})
  Integer add(
      @Mixin StackChoice choice,
      @Parameters(paramLabel = "DIR", description = "The checkpoint's folder.") Path folder,
      @Option(names = "--base", paramLabel = "NAME", description = "The model that an adapter changes, as workers serve it (default: as its configuration says).") @Nullable String base,
      @Option(names = "--job", paramLabel = "NAME", description = "The training run (default: the name of the folder above).") @Nullable String job,
      @Option(names = "--step", paramLabel = "N", description = "Optimiser steps done (default: as trainer_state.json or the folder's name says).") @Nullable Long step) {
    Path whole = folder.toAbsolutePath().normalize();
    Checkpoint event;
    try {
      Path parent = whole.getParent();
      event = CheckpointEvents.read(whole, parent == null ? whole : parent, said(base, job, step));
    } catch (ModelFileException | ModelStoreException | TrainingException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new CommandFailure("cannot read %s: %s".formatted(whole, e.getMessage()), e);
    }
    Logging.toFile(choice.logs());
    KafkaSettings settings = choice.requireRunning();
    refuseOther(settings, event);
    try (TrainingOutlet outlet = outlet(settings)) {
      announce(outlet, event);
      if (outlet.pending() > 0) {
        throw new CommandFailure(event.getName() + " is not announced: the broker did not take it; see " + choice.logs());
      }
    }
    return 0;
  }

  @Command(
      name = "watch",
      description = {
        "Announces the checkpoints that appear in a folder, each once nothing in its own folder changes any more and all its files are whole,",
        "until Ctrl-C."
      },
      footer = {"  assay checkpoints watch runs --base smollm2-135m-instruct", "  assay checkpoints watch runs --job tuned --every 5"})
  Integer watch(
      @Mixin StackChoice choice,
      @Parameters(paramLabel = "DIR", description = "The folder in which each checkpoint has its own, such as a trainer's output_dir.") Path folder,
      @Option(names = "--base", paramLabel = "NAME", description = "The model that adapters change, as workers serve it (default: as their configuration says).") @Nullable String base,
      @Option(names = "--job", paramLabel = "NAME", description = "The training run (default: the folder's name).") @Nullable String job,
      @Option(names = "--every", paramLabel = "SECONDS", defaultValue = "1", description = "From one look to the next (default: ${DEFAULT-VALUE}).") double every)
      throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CommandFailure("no folder at %s; expected one that a trainer writes checkpoints to".formatted(folder));
    }
    if (!(every > 0 && every <= 3600)) {
      throw new CommandFailure("got --every %s; expected seconds above 0, up to 3600".formatted(every));
    }
    Logging.toFile(choice.logs());
    KafkaSettings settings = choice.requireRunning();
    CheckpointWatcher watcher = new CheckpointWatcher(folder, said(base, job, null));
    Duration pause = Duration.ofMillis((long) (every * 1000));
    context.console().note("watching " + folder.toAbsolutePath().normalize());
    try (Interruption.Hold _ = context.interruption().hold();
        TrainingOutlet outlet = outlet(settings)) {
      do {
        CheckpointWatcher.Look look = watcher.look();
        look.refused().forEach(context.console()::note);
        look.whole().forEach(event -> announce(outlet, event));
        outlet.flush();
      } while (!context.interruption().await(pause));
    }
    return 0;
  }

  @Command(
      name = "series",
      description = {
        "Shows how a training's checkpoints fared on each benchmark, step by step: the base, the differences to the checkpoint before, to the base and to",
        "the best, what became significantly worse, and who is best at each task type. Reads the log alone."
      },
      footer = {"  assay checkpoints series", "  assay checkpoints series --training tuned --json", "  assay checkpoints series --run eval-20260102-030405"})
  Integer series(
      @Mixin StackChoice choice,
      @Option(names = "--training", paramLabel = "JOB", description = "The training run (default: that of the checkpoint announced last).") @Nullable String training,
      @Option(names = "--run", paramLabel = "RUN", description = "Only what this run has asked; of a plan's run, what the plan has asked.") @Nullable String run,
      @Option(names = "--json", description = "Print all numbers as JSON, those of every metric.") boolean json) {
    Logging.toFile(choice.logs());
    List<SeriesReading.Told> told;
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      SeriesReading reading = SeriesReading.open(site);
      if (training != null && !reading.trainings().contains(training)) {
        throw new CommandFailure("got --training %s; expected one of %s".formatted(training, reading.trainings()));
      }
      Optional<String> wanted = Optional.ofNullable(training).or(() -> run == null ? reading.latestTraining() : Optional.empty());
      if (run == null && wanted.isEmpty()) {
        throw new CommandFailure("no checkpoint is announced; 'assay train' and 'assay checkpoints add' announce them");
      }
      told = reading.series(run == null ? reading.verdictsOn(site, wanted.orElseThrow()) : RunsCommand.verdicts(site, reading.runsBeside(run)), wanted);
      if (told.isEmpty()) {
        throw new CommandFailure(
            "no checkpoint of %s has a verdict yet; 'assay plan add' has them asked, and 'assay eval --models NAME@STEP' asks one"
                .formatted(run == null ? "training " + wanted.orElseThrow() : "run " + run));
      }
    }
    if (json) {
      context.console().json(told.stream().map(SeriesReading.Told::tree).toList());
    } else {
      told.stream().flatMap(one -> new Page(one.title(), one.sections()).lines().stream().skip(2)).forEach(context.console()::line);
    }
    return 0;
  }

  private void announce(TrainingOutlet outlet, Checkpoint event) {
    outlet.saved(event);
    if (outlet.pending() == 0) {
      context.console().line("%s  %s".formatted(event.getName(), event.getUri()));
    }
  }

  /** The same name with other files would replace what stands. */
  private static void refuseOther(KafkaSettings settings, Checkpoint event) {
    try (TopicView<Checkpoint> view = TopicView.open(settings, Registries.connect(settings.registryUrl()), Topics.CHECKPOINTS, Checkpoint.class)) {
      Checkpoint known = view.catchUp().rows().get(event.getName());
      if (known != null && !known.getFiles().equals(event.getFiles())) {
        throw new CommandFailure(
            "%s is announced already, with other files, in %s; give this one another --job or --step".formatted(event.getName(), known.getUri()));
      }
    }
  }

  private static CheckpointEvents.Said said(@Nullable String base, @Nullable String job, @Nullable Long step) {
    return new CheckpointEvents.Said(
        Optional.ofNullable(job), Optional.ofNullable(base), step == null ? OptionalLong.empty() : OptionalLong.of(step));
  }

  private static TrainingOutlet outlet(KafkaSettings settings) {
    try (Stack stack = Stack.external(settings.bootstrapServers(), settings.registryUrl(), settings.stateDirectory())) {
      stack.ensureCatalogue();
    }
    return new TrainingOutlet(
        Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()), Registries.connect(settings.registryUrl()));
  }
}
