package dev.assay.benchmarks;

import dev.assay.records.Prompt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The questions that a benchmark sets apart for training and no format asks, worded in HELM's zero-shot form as those that are asked. */
final class TrainingPart {
  private TrainingPart() {}

  /** The training questions of a task; none where its layout has none, or the file is not there. */
  static List<TrainingPrompt> of(TaskFiles files) {
    if (reasonForNone(files).isPresent()) {
      return List.of();
    }
    TaskQuestions read = TaskReader.read(files);
    List<Question> questions = HelmSplit.of(read).pool();
    PromptStyle style = read.wording().orElse(null) instanceof OwnWording own ? own.style() : HelmFormat.style(read);
    return worded(read, questions, style);
  }

  /** The questions of a file that is all training, of no task. */
  static List<TrainingPrompt> of(String task, Path file) {
    TaskFiles files = TaskFiles.of(task, Benchmark.MMLU, file);
    List<Question> questions = MmluFile.read(file, task + "/" + BenchmarkFolder.stem(file) + "/");
    TaskQuestions read = new TaskQuestions(files, questions, List.of(), 0, Optional.empty());
    return worded(read, questions, HelmFormat.style(read));
  }

  private static List<TrainingPrompt> worded(TaskQuestions read, List<Question> questions, PromptStyle style) {
    Benchmark benchmark = read.files().benchmark();
    List<AskedQuestion> asked =
        questions.stream()
            .map(question -> benchmark == Benchmark.OWN ? question : HelmFormat.worded(question, benchmark))
            .map(question -> new AskedQuestion(question, question.id(), List.of()))
            .toList();
    EvaluationPlan plan = EvaluationPlan.of("training", List.of());
    List<Prompt> prompts = PromptWriter.write(read, new TaskPrompts(asked, style, PromptFormat.HELM), plan, List.of());
    return IntStream.range(0, asked.size())
        .mapToObj(i -> new TrainingPrompt(prompts.get(i), style.answer(asked.get(i).question())))
        .toList();
  }

  /** Refuses a name that means no training question. */
  static BenchmarkFileException none(String name, TaskFiles files) {
    String reason = reasonForNone(files).orElse("no training question: none is set apart of those that it has");
    return new BenchmarkFileException(
        files.asked(),
        0,
        name + " has " + reason,
        "a training part: mmlu's dev questions or mmlu/auxiliary_train, gsm8k's train.jsonl, cnndm's train…, what HELM sets apart of a bigbench task, an own benchmark's worked examples",
        "leave it out, or train on rows of your own (--data)");
  }

  private static Optional<String> reasonForNone(TaskFiles files) {
    return switch (files.benchmark()) {
      case MMLU, GSM8K, CNNDM ->
          files.examples().filter(file -> !Files.exists(file)).map(file -> "no training part: there is no " + file);
      case TRUTHFULQA, TRUTHFULQA_MC2 -> Optional.of("no training part: its authors publish questions that are asked alone");
      case BBQ, BIGBENCH_HARD -> Optional.of("no training part: its authors publish none, and all its questions may be asked");
      case BIGBENCH, OWN -> Optional.empty();
    };
  }
}
