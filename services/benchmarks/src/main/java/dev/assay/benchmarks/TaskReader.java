package dev.assay.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads a task's files into questions; whatever is missing or wrong in them is a {@link BenchmarkFileException}. */
final class TaskReader {
  private TaskReader() {}

  /** All questions of the task. */
  static TaskQuestions read(TaskFiles files) {
    List<Question> examples = readExamples(files);
    if (files.benchmark() == Benchmark.BIGBENCH) {
      BigBenchFile file = BigBenchFile.read(files.asked(), files.task() + "/");
      return new TaskQuestions(files, examples, file.questions(), 0, Optional.of(file.wording()));
    }
    if (files.benchmark() == Benchmark.OWN) {
      OwnFile file = OwnFile.read(files.asked(), files.task() + "/");
      return new TaskQuestions(files, file.examples(), some(files.asked(), file.questions()), 0, Optional.of(file.wording()));
    }
    return new TaskQuestions(files, examples, readAsked(files), unasked(files), Optional.empty());
  }

  /** How many questions MMLU's validation file holds; HELM counts them between those of dev and those of test. */
  private static int unasked(TaskFiles files) {
    if (files.benchmark() != Benchmark.MMLU) {
      return 0;
    }
    String name = files.asked().getFileName().toString().replace("_test.csv", "_val.csv");
    Path file = files.asked().resolveSibling("..").resolve("val").resolve(name).normalize();
    return Files.exists(file) ? MmluFile.read(file, "").size() : 0;
  }

  /** The questions of the file that is asked; at least one. */
  static List<Question> readAsked(TaskFiles files) {
    return switch (files.benchmark()) {
      case MMLU, GSM8K -> rows(files, files.asked(), files.task() + "/test/");
      case TRUTHFULQA, TRUTHFULQA_MC2, BBQ, CNNDM, BIGBENCH, BIGBENCH_HARD, OWN -> rows(files, files.asked(), files.task() + "/");
    };
  }

  /** The questions of the file of worked examples; none when the layout has no such file or it is not there. */
  static List<Question> readExamples(TaskFiles files) {
    String part = files.benchmark() == Benchmark.MMLU ? "/dev/" : "/train/";
    return files.examples().filter(Files::exists).map(file -> rows(files, file, files.task() + part)).orElse(List.of());
  }

  private static List<Question> rows(TaskFiles files, Path file, String idPrefix) {
    List<Question> questions =
        switch (files.benchmark()) {
          case MMLU -> MmluFile.read(file, idPrefix);
          case TRUTHFULQA -> TruthfulQaFile.read(file, idPrefix);
          case TRUTHFULQA_MC2 -> TruthfulQaFile.readAll(file, idPrefix);
          case BBQ -> BbqFile.read(file, idPrefix);
          case CNNDM -> CnnDmFile.read(file, idPrefix);
          case GSM8K -> Gsm8kFile.read(file, idPrefix);
          case BIGBENCH -> BigBenchFile.read(file, idPrefix).questions();
          case BIGBENCH_HARD -> BigBenchHardFile.read(file, idPrefix);
          case OWN -> OwnFile.read(file, idPrefix).questions();
        };
    return some(file, questions);
  }

  private static List<Question> some(Path file, List<Question> questions) {
    if (questions.isEmpty()) {
      throw new BenchmarkFileException(file, 0, "no question", "at least one", "fetch the file again or remove it");
    }
    return questions;
  }
}
