package dev.assay.cli;

import dev.assay.benchmarks.BenchmarkFileException;
import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.FileCheck;
import dev.assay.benchmarks.RecordedAnswer;
import dev.assay.benchmarks.RecordedAnswers;
import dev.assay.benchmarks.TaskListing;
import dev.assay.benchmarks.published.Completeness;
import dev.assay.benchmarks.published.DataPull;
import dev.assay.benchmarks.published.PublishedFile;
import dev.assay.benchmarks.published.PullException;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.TextTable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What questions and stored answers there are on this machine. */
@Command(
    name = "data",
    description = "Lists, fetches and checks the benchmarks on this machine, and converts published answers of large models.",
    footer = {"  assay data list --data ~/benchmarks", "  assay data pull --data ~/benchmarks gsm8k", "  assay data check --data ~/benchmarks", "  assay data recorded --from gsm8k_openai --list"})
final class DataCommand implements Runnable {

  private static final int MISSING_NAMED = 5;

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  DataCommand(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    throw new ParameterException(commandSpec().commandLine(), "expected list, pull, check or recorded");
  }

  @Command(
      name = "list",
      description = "Lists the tasks with their questions; the starter benchmark's are always there.",
      footer = {"  assay data list", "  assay data list --data ~/benchmarks --json"})
  Integer list(
      @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks.") @Nullable Path data,
      @Option(names = "--json", description = "Print the tasks as JSON.") boolean json) {
    Benchmarks benchmarks = Benchmarks.open(Optional.ofNullable(data));
    List<TaskListing> tasks = benchmarks.list();
    if (json) {
      context.console().json(tasks.stream().map(DataCommand::tree).toList());
      return 0;
    }
    TextTable table = new TextTable().words("task").words("type").numbers("questions").numbers("examples").words("problem");
    tasks.forEach(
        task ->
            table.row(
                task.task(),
                task.benchmark().taskType().name().toLowerCase(java.util.Locale.ROOT),
                Integer.toString(task.questions()),
                Integer.toString(task.examples()),
                task.problem().orElse("")));
    table.lines().forEach(context.console()::line);
    context.console().line("%,d tasks, %,d questions".formatted(tasks.size(), tasks.stream().mapToInt(TaskListing::questions).sum()));
    if (!benchmarks.missing().isEmpty()) {
      context.console().note("no task of " + String.join(", ", benchmarks.missing()) + " in " + data);
    }
    return 0;
  }

  @Command(
      name = "check",
      description = "Reads every file, says which are sound and how much of each benchmark is here. Exit status 1 when a file is refused.",
      footer = {"  assay data check --data ~/benchmarks", "  assay data check --json"})
  Integer check(
      @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks.") @Nullable Path data,
      @Option(names = "--json", description = "Print the files as JSON.") boolean json) {
    List<FileCheck> checks = Benchmarks.open(Optional.ofNullable(data)).check();
    List<FileCheck> refused = checks.stream().filter(check -> check.problem().isPresent()).toList();
    if (json) {
      context.console().json(checks.stream().map(DataCommand::tree).toList());
    } else {
      checks.forEach(
          check ->
              context.console().line(
                  check.problem().map(problem -> "refused  " + problem.getMessage()).orElseGet(() -> "ok       %s: %,d rows".formatted(check.file(), check.rows()))));
      if (data != null) {
        Completeness.of(data).stream().map(DataCommand::said).forEach(context.console()::line);
      }
      context.console().line("%,d files sound, %,d refused".formatted(checks.size() - refused.size(), refused.size()));
    }
    return refused.isEmpty() ? 0 : 1;
  }

  @Command(
      name = "pull",
      description = {
        "Fetches benchmarks from where they are published, by commit, and keeps only files with the published sha256. What is here is not",
        "fetched again; a transfer that broke off goes on. CNN/DailyMail and BIG-bench are not among them: put their files there yourself."
      },
      footer = {"  assay data pull --data ~/benchmarks", "  assay data pull --data ~/benchmarks mmlu gsm8k"})
  Integer pull(
      @Option(names = "--data", required = true, paramLabel = "DIR", description = "Folder with the benchmarks.") Path data,
      @Option(names = "--from", paramLabel = "URL", description = "A mirror of raw.githubusercontent.com; ends in a slash.") @Nullable URI from,
      @Parameters(arity = "0..*", paramLabel = "BENCHMARK", description = "mmlu, truthfulqa, bbq, gsm8k, bigbench_hard (default: all).")
          @Nullable List<String> benchmarks)
      throws IOException, InterruptedException {
    List<PublishedFile> files = wanted(benchmarks == null ? List.of() : benchmarks);
    Map<DataPull.Outcome, Integer> outcomes = new EnumMap<>(DataPull.Outcome.class);
    try (DataPull pull = new DataPull(from == null ? DataPull.GITHUB : from)) {
      pull.pull(
          files,
          data,
          (file, outcome) -> {
            outcomes.merge(outcome, 1, Integer::sum);
            if (outcome == DataPull.Outcome.FETCHED) {
              context.console().note("%s, %,d bytes".formatted(file.file(), file.bytes()));
            }
          });
    } catch (PullException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandSpec().subcommands().get("pull"), "--from: " + e.getMessage(), e);
    }
    context
        .console()
        .line(
            "%,d files fetched, %,d were here"
                .formatted(outcomes.getOrDefault(DataPull.Outcome.FETCHED, 0), outcomes.getOrDefault(DataPull.Outcome.PRESENT, 0)));
    return 0;
  }

  private List<PublishedFile> wanted(List<String> benchmarks) {
    List<String> known = PublishedFile.all().stream().map(PublishedFile::benchmark).distinct().toList();
    for (String benchmark : benchmarks) {
      if (!known.contains(benchmark)) {
        throw new ParameterException(
            commandSpec().subcommands().get("pull"), "got the benchmark " + benchmark + "; expected some of " + String.join(", ", known));
      }
    }
    return PublishedFile.all().stream().filter(file -> benchmarks.isEmpty() || benchmarks.contains(file.benchmark())).toList();
  }

  private static String said(Completeness benchmark) {
    StringBuilder said = new StringBuilder(benchmark.isComplete() ? "complete " : "missing  ");
    said.append("%s: %d of %d files as published".formatted(benchmark.benchmark(), benchmark.pinned(), benchmark.files()));
    if (!benchmark.other().isEmpty()) {
      said.append(", ").append(benchmark.other().size()).append(" of another edition");
    }
    if (!benchmark.missing().isEmpty()) {
      List<String> named = benchmark.missing().subList(0, Math.min(MISSING_NAMED, benchmark.missing().size()));
      int more = benchmark.missing().size() - named.size();
      said.append("; not here: ").append(String.join(", ", named)).append(more > 0 ? " and " + more + " more" : "");
    }
    return said.toString();
  }

  @Command(
      name = "recorded",
      description = "Converts published answers of a model to a file that the model recorded:FILE reads.",
      footer = {
        "  assay data recorded --from model_outputs/mmlu_helm_combined --list",
        "  assay data recorded --from model_outputs/gsm8k_openai --model 175b_verification --to answers.jsonl"
      })
  Integer recorded(
      @Option(names = "--from", required = true, paramLabel = "DIR", description = "Folder of published answers, named as published.") Path from,
      @Option(names = "--list", description = "List the models whose answers it holds.") boolean list,
      @Option(names = "--model", paramLabel = "NAME", description = "The model whose answers are wanted.") @Nullable String model,
      @Option(names = "--to", paramLabel = "FILE", description = "Where they go, a JSON object a line.") @Nullable Path to,
      @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks: gives answers that only quote their question the ids of its prompts.")
          @Nullable Path data) {
    if (!Files.isDirectory(from)) {
      throw new BenchmarkFileException(from, 0, "no such folder", "a folder of published answers", "check --from");
    }
    if (list) {
      RecordedAnswers.models(from).forEach(context.console()::line);
      return 0;
    }
    if (model == null || to == null) {
      throw new ParameterException(commandSpec().subcommands().get("recorded"), "expected --list, or --model and --to");
    }
    try (Stream<RecordedAnswer> answers = RecordedAnswers.convert(from, model, Optional.ofNullable(data))) {
      context.console().note("%,d answers of %s in %s".formatted(write(answers, to.toAbsolutePath()), model, to));
    } catch (IOException e) {
      throw new CommandFailure("cannot write " + to + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandSpec().subcommands().get("recorded"), String.valueOf(e.getMessage()), e);
    }
    return 0;
  }

  /** The whole file or none. */
  private static long write(Stream<RecordedAnswer> answers, Path to) throws IOException {
    Path partial = to.resolveSibling(to.getFileName() + ".partial");
    long count = 0;
    try (BufferedWriter writer = Files.newBufferedWriter(partial)) {
      for (RecordedAnswer answer : (Iterable<RecordedAnswer>) answers::iterator) {
        writer.write(answer.toJson());
        writer.write('\n');
        count++;
      }
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(partial);
      throw e;
    }
    Files.move(partial, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return count;
  }

  private static Map<String, @Nullable Object> tree(TaskListing task) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("task", task.task());
    tree.put("type", task.benchmark().taskType().name());
    tree.put("questions", task.questions());
    tree.put("examples", task.examples());
    tree.put("file", task.file());
    tree.put("problem", task.problem().orElse(null));
    return tree;
  }

  private static Map<String, @Nullable Object> tree(FileCheck check) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("task", check.task());
    tree.put("file", check.file());
    tree.put("rows", check.rows());
    tree.put("line", check.problem().map(BenchmarkFileException::line).orElse(null));
    tree.put("problem", check.problem().map(Throwable::getMessage).orElse(null));
    return tree;
  }

  private CommandSpec commandSpec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
