package dev.assay.benchmarks;

import dev.assay.benchmarks.perturbation.Perturbation;
import dev.assay.records.Prompt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The benchmarks on this machine: the starter benchmark, and those under a data folder that has one subfolder a benchmark, each in its
 * authors' own layout ({@link Benchmark}). Files are read when asked for; whatever is wrong in one is refused before any prompt is made.
 */
public final class Benchmarks {
  /** Ends the name of MMLU's questions for training alone. */
  static final String AUXILIARY = "/auxiliary_train";

  private final Optional<Path> dataFolder;
  private final Optional<BenchmarkFolder> data;
  private final List<TaskFiles> starterTasks;
  private final List<TaskFiles> dataTasks;

  private Benchmarks(Optional<Path> dataFolder) {
    this.dataFolder = dataFolder;
    data = dataFolder.map(folder -> new BenchmarkFolder(folder, ""));
    starterTasks = List.copyOf(new BenchmarkFolder(Starter.folder(), Starter.PREFIX).tasks());
    dataTasks = data.map(folder -> List.copyOf(folder.tasks())).orElse(List.of());
  }

  /** Finds the tasks; throws {@link BenchmarkFileException} when the data folder is not there. */
  public static Benchmarks open(Optional<Path> dataFolder) {
    dataFolder.ifPresent(
        folder -> {
          if (!Files.isDirectory(folder)) {
            throw new BenchmarkFileException(
                folder, 0, "no such folder", "a folder with one subfolder a benchmark, such as mmlu", "check the folder given as --data");
          }
        });
    return new Benchmarks(dataFolder);
  }

  /** Every task with its counts, the starter's first; a file that is refused shows its problem. */
  public List<TaskListing> list() {
    return tasks().map(Benchmarks::listing).toList();
  }

  /** Names of all tasks, the starter's first; reads no file. */
  public List<String> taskNames() {
    return tasks().map(TaskFiles::task).toList();
  }

  /** Benchmarks of which the data folder holds no task, by folder name; empty without a data folder. */
  public List<String> missing() {
    return data.map(BenchmarkFolder::missing).orElse(List.of());
  }

  /** Reads every file and says of each whether it is sound. */
  public List<FileCheck> check() {
    List<FileCheck> checks = new ArrayList<>();
    tasks().forEach(
        task -> {
          checks.add(check(task.task(), task.asked(), () -> TaskReader.readAsked(task)));
          task.examples()
              .filter(Files::exists)
              .ifPresent(file -> checks.add(check(task.task(), file, () -> TaskReader.readExamples(task))));
        });
    return checks;
  }

  /**
   * The prompts of the selected tasks. Pure but for reading files: the same files and plan give the same prompts.
   *
   * @throws UnknownTaskException when a name means no task
   * @throws BenchmarkFileException when a file is refused; then there are no prompts at all
   */
  public PromptBatch prompts(TaskSelector selector, EvaluationPlan plan) {
    return prompts(selector, plan, List.of());
  }

  /**
   * The prompts of the selected tasks, each followed by its perturbed copies: the question and, under perturbations of fairness, its
   * options or references are perturbed, worked examples are not. A perturbation that changes nothing makes no copy. Errors as above.
   *
   * @param perturbations applied to each question by itself
   */
  public PromptBatch prompts(TaskSelector selector, EvaluationPlan plan, List<Perturbation> perturbations) {
    List<Prompt> prompts = new ArrayList<>();
    List<TaskCount> counts = new ArrayList<>();
    for (TaskFiles files : select(selector)) {
      TaskQuestions questions = TaskReader.read(files);
      requireExamples(questions, plan);
      TaskPrompts task = worded(questions, plan);
      List<Prompt> written = PromptWriter.write(questions, task, plan, perturbations);
      prompts.addAll(written);
      counts.add(new TaskCount(files.task(), written.size(), task.shots(), task.format()));
    }
    return new PromptBatch(CalibrationShare.mark(prompts, plan.orders(), plan.seed()), counts);
  }

  /**
   * What benchmarks set apart for training, in their published layouts: MMLU's dev questions, and its {@code auxiliary_train} where that is
   * named; the training files of GSM8K and CNN/DM; what HELM never asks of a BIG-bench task; the worked examples of a user's own benchmark. They
   * are worded in HELM's zero-shot form, as those that are asked. Errors as above.
   *
   * @param selector each name must have training questions
   */
  public TrainingBatch training(TaskSelector selector) {
    Map<Path, List<TrainingPrompt>> parts = new LinkedHashMap<>();
    List<String> asked = new ArrayList<>();
    for (String name : selector.names()) {
      List<Path> auxiliary = name.equals(Benchmark.MMLU.label() + AUXILIARY) ? data.map(BenchmarkFolder::auxiliary).orElse(List.of()) : List.of();
      auxiliary.forEach(file -> parts.put(file, TrainingPart.of(name, file)));
      asked.add(auxiliary.isEmpty() ? name : Benchmark.MMLU.label());
      if (auxiliary.isEmpty()) {
        List<TaskFiles> tasks = select(name);
        List<List<TrainingPrompt>> found = tasks.stream().map(TrainingPart::of).toList();
        if (found.stream().allMatch(List::isEmpty)) {
          throw TrainingPart.none(name, tasks.getFirst());
        }
        // Tasks may share a file of training questions.
        IntStream.range(0, tasks.size()).forEach(i -> parts.put(tasks.get(i).examples().orElse(tasks.get(i).asked()), found.get(i)));
      }
    }
    return new TrainingBatch(parts.values().stream().flatMap(List::stream).toList(), new TaskSelector(asked));
  }

  private static TaskPrompts worded(TaskQuestions questions, EvaluationPlan plan) {
    if (questions.wording().orElse(null) instanceof OwnWording own) {
      return OwnFormat.prompts(questions, own, plan);
    }
    boolean helms = plan.format() == PromptFormat.HELM && questions.files().benchmark() != Benchmark.TRUTHFULQA_MC2;
    return helms ? HelmFormat.prompts(questions, plan) : LmEvalFormat.prompts(questions, plan);
  }

  private List<TaskFiles> select(TaskSelector selector) {
    Map<String, TaskFiles> selected = new LinkedHashMap<>();
    for (String name : selector.names()) {
      for (TaskFiles files : select(name)) {
        TaskFiles other = selected.putIfAbsent(files.task(), files);
        if (other != null && !other.equals(files)) {
          throw new BenchmarkFileException(
              files.asked(), 0, "a second file of the task " + files.task() + ", which is " + other.asked() + " too", "one file a task", "rename one");
        }
      }
    }
    return List.copyOf(selected.values());
  }

  private List<TaskFiles> select(String name) {
    if (name.equals(TaskSelector.ALL)) {
      return dataFolder.isPresent() ? dataTasks : starterTasks;
    }
    if (OwnFile.isNamed(name)) {
      return List.of(BenchmarkFolder.own(Path.of(name)));
    }
    List<TaskFiles> selected = tasks().filter(task -> TaskSelector.means(name, task.task())).toList();
    if (selected.isEmpty()) {
      String where = dataFolder.map(folder -> folder + " and the starter benchmark").orElse("the starter benchmark (no data folder was given)");
      throw new UnknownTaskException(name, NearNames.of(name, tasks().map(TaskFiles::task).toList()), where);
    }
    return selected;
  }

  private Stream<TaskFiles> tasks() {
    return Stream.concat(starterTasks.stream(), dataTasks.stream());
  }

  /** A five-shot score of MMLU or GSM8K without worked examples would be mistaken for one with them. */
  private static void requireExamples(TaskQuestions questions, EvaluationPlan plan) {
    TaskFiles files = questions.files();
    boolean published = files.benchmark() == Benchmark.MMLU || files.benchmark() == Benchmark.GSM8K;
    if (published && plan.shots() > 0 && questions.examples().isEmpty()) {
      throw new BenchmarkFileException(
          files.examples().orElseThrow(), 0, "no worked examples", "a file of worked examples, because " + plan.shots() + " shots are wanted",
          "add the file or ask with 0 shots");
    }
  }

  private static TaskListing listing(TaskFiles files) {
    String file = files.asked().toString();
    try {
      TaskQuestions read = TaskReader.read(files);
      return new TaskListing(files.task(), files.benchmark(), read.rows().size(), read.examples().size(), file, Optional.empty());
    } catch (BenchmarkFileException e) {
      return new TaskListing(files.task(), files.benchmark(), 0, 0, file, Optional.of(e.getMessage()));
    }
  }

  private static FileCheck check(String task, Path file, Supplier<List<Question>> read) {
    try {
      return new FileCheck(task, file.toString(), read.get().size(), Optional.empty());
    } catch (BenchmarkFileException e) {
      return new FileCheck(task, file.toString(), 0, Optional.of(e));
    }
  }
}
