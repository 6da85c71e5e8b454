package dev.assay.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Finds the tasks in a folder that has one subfolder a benchmark; reads no file. */
final class BenchmarkFolder {
  private static final String TEST_SUFFIX = "_test.csv";
  private static final String DEV_SUFFIX = "_dev.csv";
  private static final String TRAIN_FILE = "train.jsonl";
  private static final String TASK_FILE = "task.json";

  private final Path root;
  private final String prefix;

  /**
   * @param prefix begins each task's name: empty, or {@code starter/}
   */
  BenchmarkFolder(Path root, String prefix) {
    this.root = root;
    this.prefix = prefix;
  }

  /** All tasks, benchmarks in their order, tasks by name. */
  List<TaskFiles> tasks() {
    List<TaskFiles> tasks = new ArrayList<>();
    for (Benchmark benchmark : Benchmark.values()) {
      Path folder = root.resolve(benchmark.folder());
      // The starter benchmark asks each question in one form.
      boolean wanted = benchmark != Benchmark.TRUTHFULQA_MC2 || prefix.isEmpty();
      if (wanted && Files.isDirectory(folder)) {
        tasks.addAll(tasks(benchmark, folder, prefix + benchmark.label()));
      }
    }
    return tasks;
  }

  /** Folders of benchmarks, relative to the root, that are not there or hold no task. */
  List<String> missing() {
    List<String> found = tasks().stream().map(t -> t.benchmark().folder()).distinct().toList();
    return Stream.of(Benchmark.values())
        .filter(benchmark -> benchmark != Benchmark.OWN)
        .map(Benchmark::folder)
        .distinct().filter(f -> !found.contains(f)).toList();
  }

  private static List<TaskFiles> tasks(Benchmark benchmark, Path folder, String name) {
    return switch (benchmark) {
      case MMLU -> mmlu(folder, name);
      case TRUTHFULQA, TRUTHFULQA_MC2 ->
          files(folder, "TruthfulQA.csv"::equals).stream().map(f -> TaskFiles.of(name, benchmark, f)).toList();
      case BBQ -> named(benchmark, folder, name, ".jsonl");
      case CNNDM -> articles(folder, name);
      case GSM8K ->
          files(folder, "test.jsonl"::equals).stream()
              .map(f -> new TaskFiles(name, benchmark, f, Optional.of(folder.resolve(TRAIN_FILE))))
              .toList();
      case BIGBENCH -> bigBench(folder, name);
      case BIGBENCH_HARD -> named(benchmark, folder, name, ".json");
      case OWN -> files(folder, OwnFile::isNamed).stream().map(BenchmarkFolder::own).toList();
    };
  }

  /** The files of MMLU's questions that are for training alone, by name; none where they were not fetched. */
  List<Path> auxiliary() {
    return files(root.resolve(Benchmark.MMLU.folder()).resolve("auxiliary_train"), f -> f.endsWith(".csv"));
  }

  /** The task of a user's own file. */
  static TaskFiles own(Path file) {
    return TaskFiles.of(Benchmark.OWN.label() + "/" + OwnFile.task(file), Benchmark.OWN, file);
  }

  private static List<TaskFiles> mmlu(Path folder, String name) {
    List<TaskFiles> tasks = new ArrayList<>();
    for (Path file : files(folder.resolve("test"), f -> f.endsWith(TEST_SUFFIX))) {
      String subject = without(TEST_SUFFIX, file);
      Path dev = folder.resolve("dev").resolve(subject + DEV_SUFFIX);
      tasks.add(new TaskFiles(name + "/" + subject, Benchmark.MMLU, file, Optional.of(dev)));
    }
    return tasks;
  }

  private static List<TaskFiles> named(Benchmark benchmark, Path folder, String name, String suffix) {
    return files(folder, f -> f.endsWith(suffix)).stream()
        .map(f -> TaskFiles.of(name + "/" + without(suffix, f).toLowerCase(Locale.ROOT), benchmark, f))
        .toList();
  }

  /** One file of articles is the benchmark; several are its parts. Those for training give worked examples, the first of them. */
  private static List<TaskFiles> articles(Path folder, String name) {
    List<Path> training = files(folder, f -> CnnDmFile.isNamed(f) && f.startsWith("train"));
    List<Path> asked = files(folder, f -> CnnDmFile.isNamed(f) && !f.startsWith("train") && !f.startsWith("validation"));
    Path examples = training.isEmpty() ? folder.resolve(TRAIN_FILE) : training.getFirst();
    return asked.stream()
        .map(f -> new TaskFiles(asked.size() == 1 ? name : name + "/" + stem(f), Benchmark.CNNDM, f, Optional.of(examples)))
        .toList();
  }

  /** A file's name without its ending. */
  static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  private static List<TaskFiles> bigBench(Path folder, String name) {
    try (Stream<Path> below = Files.walk(folder, 3)) {
      return below
          .filter(f -> f.getFileName().toString().equals(TASK_FILE))
          .sorted()
          .map(f -> TaskFiles.of(name + "/" + folder.relativize(f.getParent()).toString().replace('\\', '/'), Benchmark.BIGBENCH, f))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder, e);
    }
  }

  private static List<Path> files(Path folder, Predicate<String> name) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> name.test(f.getFileName().toString()) && Files.isRegularFile(f)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder, e);
    }
  }

  private static String without(String suffix, Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - suffix.length());
  }
}
