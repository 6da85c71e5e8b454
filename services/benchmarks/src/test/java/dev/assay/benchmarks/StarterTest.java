package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.benchmarks.python.PythonText;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.TaskType;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StarterTest {
  private static final Pattern ANNOTATION = Pattern.compile("<<([^=<>]+)=([^<>]+)>>");
  private static final Pattern FINAL = Pattern.compile("#### (-?[\\d.]+)\\z");

  private static List<TaskQuestions> tasks() {
    return new BenchmarkFolder(Starter.folder(), Starter.PREFIX).tasks().stream().map(TaskReader::read).toList();
  }

  private static List<Question> everyQuestion() {
    return tasks().stream().flatMap(t -> Stream.concat(t.examples().stream(), t.rows().stream())).toList();
  }

  @Test
  void holdsAllKindsOfTasksInNumbers() {
    Map<Benchmark, Integer> counts = new EnumMap<>(Benchmark.class);
    Set<String> names = new HashSet<>();
    for (TaskQuestions task : tasks()) {
      counts.merge(task.files().benchmark(), task.rows().size(), Integer::sum);
      names.add(task.files().task());
    }
    assertThat(counts)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                Benchmark.MMLU, 60, Benchmark.TRUTHFULQA, 20, Benchmark.BBQ, 32, Benchmark.CNNDM, 6, Benchmark.GSM8K, 20,
                Benchmark.BIGBENCH, 30));
    assertThat(names).hasSize(5 + 1 + 2 + 1 + 1 + 3).contains("starter/mmlu/astronomy", "starter/bbq/age", "starter/gsm8k");
  }

  @Test
  void asksMoreThan160PromptsWithAllTaskTypesDeclared() {
    EvaluationPlan plan =
        new EvaluationPlan("demo", List.of("m"), 2, OrderRule.ALL, OptionalInt.empty(), 0, PromptFormat.HELM, OptionalInt.of(96));
    PromptBatch batch = Benchmarks.open(Optional.empty()).prompts(TaskSelector.parse("starter"), plan);
    assertThat(batch.prompts()).hasSize(164).extracting(Prompt::getId).doesNotHaveDuplicates();
    assertThat(batch.prompts().stream().map(Prompt::getTaskType).distinct())
        .containsExactlyInAnyOrder(
            TaskType.KNOWLEDGE, TaskType.TRUTHFULNESS, TaskType.BIAS, TaskType.SUMMARIZATION, TaskType.MATHS, TaskType.REASONING);
    assertThat(batch.counts().stream().mapToInt(TaskCount::prompts).sum()).isEqualTo(164);
    for (Prompt prompt : batch.prompts()) {
      switch (prompt.getAsk()) {
        case Choice choice -> assertThat(choice.getOrders()).isEqualTo(OrderRule.ALL);
        case Generation generation -> assertThat(generation.getMaxTokens()).isLessThanOrEqualTo(96);
        default -> throw new AssertionError("unknown question " + prompt.getAsk());
      }
    }
  }

  /** All 24 orders are asked on a laptop, so options are short, and there is one right one, at each position equally often. */
  @Test
  void choicesAreShortDistinctAndBalanced() {
    for (TaskQuestions task : tasks()) {
      List<ChoiceQuestion> choices = choices(task);
      if (choices.isEmpty()) {
        continue;
      }
      int options = choices.getFirst().options().size();
      int[] places = new int[options];
      for (ChoiceQuestion choice : choices) {
        assertThat(choice.options()).as(choice.id()).hasSize(options).doesNotHaveDuplicates().allSatisfy(o -> assertThat(o).isNotBlank());
        assertThat(choice.options()).as(choice.id()).allSatisfy(o -> assertThat(PythonText.split(o)).hasSizeLessThanOrEqualTo(10));
        assertThat(choice.gold()).as(choice.id()).hasSize(1);
        places[choice.gold().getFirst()]++;
      }
      for (int place : places) {
        assertThat(place).as(task.files().task()).isBetween(choices.size() / options - 1, (choices.size() + options - 1) / options + 1);
      }
    }
  }

  private static List<ChoiceQuestion> choices(TaskQuestions task) {
    List<ChoiceQuestion> choices = new ArrayList<>();
    for (Question question : HelmSplit.of(task).asked()) {
      if (HelmFormat.worded(question, task.files().benchmark()) instanceof ChoiceQuestion choice) {
        choices.add(choice);
      }
    }
    return choices;
  }

  @Test
  void noQuestionStandsTwice() {
    Set<String> seen = new HashSet<>();
    for (Question question : everyQuestion()) {
      String text =
          switch (question) {
            case ChoiceQuestion q -> q.passage() + "\n" + q.text();
            case TextQuestion q -> q.text();
          };
      assertThat(seen.add(text)).as(question.id() + ": " + text).isTrue();
    }
  }

  @Test
  void biasQuestionsComeInAmbiguousAndDisambiguatedPairsOfBothPolarities() {
    for (TaskQuestions task : tasks()) {
      if (task.files().benchmark() == Benchmark.BBQ) {
        List<Json> rows = Json.lines(task.files().asked());
        for (int i = 0; i < rows.size(); i += 2) {
          Json ambiguous = rows.get(i);
          Json clear = rows.get(i + 1);
          assertThat(ambiguous.text("context_condition")).isEqualTo("ambig");
          assertThat(clear.text("context_condition")).isEqualTo("disambig");
          assertThat(clear.text("context")).startsWith(ambiguous.text("context"));
          assertThat(clear.text("question")).isEqualTo(ambiguous.text("question"));
          assertThat(role(ambiguous)).isEqualTo("unknown");
          assertThat(role(clear)).isNotEqualTo("unknown");
        }
        assertThat(rows.stream().filter(r -> r.text("question_polarity").equals("neg"))).hasSize(rows.size() / 2);
        // Half of the disambiguated answers go against the stereotype: a biased reader cannot be right by its bias.
        assertThat(rows.stream().filter(r -> r.text("context_condition").equals("disambig") && stereotyped(r))).hasSize(rows.size() / 4);
      }
    }
  }

  private static String role(Json row) {
    return row.child("answer_info").texts("ans" + row.integer("label", 0, 2)).get(1);
  }

  private static boolean stereotyped(Json row) {
    return row.child("additional_metadata").texts("stereotyped_groups").contains(role(row));
  }

  @Test
  void workedAnswersComputeWhatTheySay() {
    int computed = 0;
    for (Question question : everyQuestion()) {
      if (question.id().startsWith("starter/gsm8k")) {
        String answer = ((TextQuestion) question).references().getFirst();
        Matcher annotations = ANNOTATION.matcher(answer);
        BigDecimal last = BigDecimal.ZERO;
        while (annotations.find()) {
          last = new BigDecimal(annotations.group(2));
          assertThat(value(annotations.group(1))).as(question.id() + " " + annotations.group()).isEqualByComparingTo(last);
          computed++;
        }
        Matcher end = FINAL.matcher(answer);
        assertThat(end.find()).as(question.id()).isTrue();
        assertThat(new BigDecimal(end.group(1))).as(question.id()).isEqualByComparingTo(last);
      }
    }
    assertThat(computed).isGreaterThanOrEqualTo(45);
  }

  /** Sums of products and quotients, left to right. */
  private static BigDecimal value(String expression) {
    BigDecimal sum = BigDecimal.ZERO;
    for (String term : expression.replace("-", "+-").split("\\+", -1)) {
      Matcher factors = Pattern.compile("([*/]?)(-?[\\d.]+)").matcher(term);
      BigDecimal product = BigDecimal.ONE;
      while (factors.find()) {
        BigDecimal factor = new BigDecimal(factors.group(2));
        product = factors.group(1).equals("/") ? product.divide(factor, MathContext.DECIMAL64) : product.multiply(factor);
      }
      sum = sum.add(product);
    }
    return sum;
  }

  @Test
  void articlesAreShortEnoughForEveryModel() {
    for (Question question : everyQuestion()) {
      if (question.id().startsWith("starter/cnndm")) {
        assertThat(PythonText.split(((TextQuestion) question).text())).as(question.id()).hasSizeBetween(80, 130);
      }
    }
  }
}
