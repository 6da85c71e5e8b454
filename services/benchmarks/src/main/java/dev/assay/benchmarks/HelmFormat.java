package dev.assay.benchmarks;

import dev.assay.benchmarks.PromptStyle.Generating;
import dev.assay.benchmarks.python.NumpyDownsample;
import dev.assay.benchmarks.python.PythonText;
import dev.assay.records.Presentation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** HELM's prompts (stanford-crfm/helm v0.5.16, the run specs of its classic and lite suites). */
final class HelmFormat {
  private static final int ARTICLE_TOKENS = 512;
  private static final int EXAMPLE_ARTICLE_LEAST_TOKENS = 50;
  private static final int EXAMPLE_ARTICLE_MOST_TOKENS = 150;
  private static final Generating NOTHING_GENERATED = new Generating(1, List.of(), 0, List.of());

  private HelmFormat() {}

  static TaskPrompts prompts(TaskQuestions task, EvaluationPlan plan) {
    HelmSplit split = HelmSplit.of(task);
    Benchmark benchmark = task.files().benchmark();
    List<Question> pool = split.pool().stream().filter(usableAsExample(benchmark)).map(q -> worded(q, benchmark)).toList();
    List<Question> examples = HelmExamples.draw(pool, plan.shots(), plan.seed());
    // HELM numbers the instances of a scenario in its order, before it leaves any out.
    int first = split.pool().size() + task.unasked();
    List<AskedQuestion> asked =
        IntStream.range(0, split.asked().size())
            .mapToObj(i -> new AskedQuestion(worded(split.asked().get(i), benchmark), "id" + (first + i), examples))
            .toList();
    return new TaskPrompts(
        plan.limit().isPresent() ? NumpyDownsample.choose(asked, plan.limit().getAsInt()) : asked, style(task), PromptFormat.HELM);
  }

  static PromptStyle style(TaskQuestions task) {
    String name = task.files().task();
    return switch (task.files().benchmark()) {
      // Its questions for training alone are of no subject.
      case MMLU ->
          choice(instructions(name.endsWith(Benchmarks.AUXILIARY) ? "" : " about " + name.substring(name.lastIndexOf('/') + 1).replace('_', ' ')), "Question: ");
      case TRUTHFULQA -> choice("", "Question: ");
      case BBQ -> choice(instructions(""), "Passage: ");
      case CNNDM ->
          text(
              "###\nArticle: ",
              "\n\n",
              "Summarize the above article in 3 sentences.",
              "\n",
              new Generating(128, List.of("###"), 0.3, List.of("rouge_1", "rouge_2", "rouge_l")));
      case GSM8K ->
          text(
              "Q: ",
              "\n",
              "A:",
              " ",
              new Generating(400, List.of("\n\n"), 0, List.of("exact_match_indicator", "final_number_exact_match")));
      case BIGBENCH -> bigBench((BigBenchWording) task.wording().orElseThrow());
      case OWN -> ((OwnWording) task.wording().orElseThrow()).style();
      case TRUTHFULQA_MC2 -> throw new IllegalArgumentException(name + ": HELM has no such form; ask it as lm-eval does");
      case BIGBENCH_HARD ->
          text("Q: ", "\n", "A:", " ", new Generating(64, List.of("\n"), 0, List.of("exact_match", "quasi_exact_match")));
    };
  }

  private static String instructions(String about) {
    return "The following are multiple choice questions (with answers)" + about + ".\n\n";
  }

  private static PromptStyle choice(String instructions, String lead) {
    return new PromptStyle(instructions, lead, "\n", "Answer:", " ", "\n\n", Presentation.LABELLED, NOTHING_GENERATED);
  }

  private static PromptStyle text(String lead, String end, String cue, String answerLead, Generating generating) {
    return new PromptStyle("", lead, end, cue, answerLead, "\n\n", Presentation.LABELLED, generating);
  }

  private static PromptStyle bigBench(BigBenchWording wording) {
    // HELM strips the output prefix's trailing space where the model goes on; in worked examples it stays.
    String cue = wording.outputPrefix().stripTrailing();
    return new PromptStyle(
        wording.taskPrefix().isEmpty() ? "" : wording.taskPrefix() + "\n",
        wording.inputPrefix(),
        "\n",
        cue,
        wording.outputPrefix().substring(cue.length()),
        "\n\n",
        Presentation.LABELLED,
        new Generating(64, wording.stop().stream().toList(), 0, bigBenchMetrics(wording.metrics())));
  }

  private static List<String> bigBenchMetrics(List<String> metrics) {
    return Stream.concat(
            Stream.of("exact_match", "quasi_exact_match"),
            metrics.stream().anyMatch(m -> m.startsWith("rouge")) ? Stream.of("rouge_1", "rouge_2", "rouge_l") : Stream.of())
        .toList();
  }

  private static Predicate<Question> usableAsExample(Benchmark benchmark) {
    return question -> {
      if (benchmark != Benchmark.CNNDM || !(question instanceof TextQuestion text)) {
        return true;
      }
      int tokens = PythonText.split(text.text()).size();
      return tokens >= EXAMPLE_ARTICLE_LEAST_TOKENS && tokens <= EXAMPLE_ARTICLE_MOST_TOKENS;
    };
  }

  static Question worded(Question question, Benchmark benchmark) {
    return switch (question) {
      case ChoiceQuestion q when benchmark == Benchmark.TRUTHFULQA -> rotated(q);
      case ChoiceQuestion q -> joined(q);
      case TextQuestion q when benchmark == Benchmark.GSM8K -> told(q);
      case TextQuestion q when benchmark == Benchmark.CNNDM -> shortened(q);
      case TextQuestion q -> q;
    };
  }

  /** Answers get a final full stop; the best answer goes last, and the list is rotated by its first character's code. */
  private static Question rotated(ChoiceQuestion question) {
    List<String> references = new ArrayList<>(question.options().stream().map(HelmFormat::withFullStop).toList());
    Collections.rotate(references, -1);
    int best = references.size() - 1;
    int shift = references.getLast().codePointAt(0) % references.size();
    Collections.rotate(references, -shift);
    int place = Math.floorMod(best - shift, references.size());
    return new ChoiceQuestion(question.id(), question.source(), "", question.text(), references, List.of(place));
  }

  private static String withFullStop(String answer) {
    return answer.endsWith(".") ? answer : answer + ".";
  }

  private static Question joined(ChoiceQuestion q) {
    return q.passage().isEmpty()
        ? q
        : new ChoiceQuestion(q.id(), q.source(), "", q.passage() + "\nQuestion: " + q.text(), q.options(), q.gold());
  }

  private static Question told(TextQuestion q) {
    List<String> told =
        q.references().stream().map(answer -> answer.replace("####", "The answer is").replace("\n", " ") + ".").toList();
    return new TextQuestion(q.id(), q.source(), q.text(), told);
  }

  private static Question shortened(TextQuestion q) {
    List<String> article = PythonText.split(q.text());
    String text = String.join(" ", article.subList(0, Math.min(ARTICLE_TOKENS, article.size())));
    return new TextQuestion(q.id(), q.source(), text, q.references().stream().map(r -> String.join(" ", PythonText.split(r))).toList());
  }
}
