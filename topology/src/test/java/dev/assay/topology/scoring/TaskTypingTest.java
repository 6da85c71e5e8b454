package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TaskTypingTest {
  @Test
  void everyHelmPrompt_isTaggedByItsText() {
    JsonNode cases = Vectors.SHARED.cases("prompts.json");
    assertThat(cases).hasSize(56);
    for (JsonNode given : cases) {
      String name = given.get("name").textValue();
      assertThat(TaskTyping.of(null, given.get("prompt").textValue()).taskType())
          .as("%s %s", name, given.get("eval_id"))
          .isEqualTo(typeOf(name));
    }
  }

  private static TaskType typeOf(String scenario) {
    return switch (scenario.split("[:(]", 2)[0]) {
      case "mmlu" -> TaskType.KNOWLEDGE;
      case "truthful_qa" -> TaskType.TRUTHFULNESS;
      case "bbq" -> TaskType.BIAS;
      case "gsm" -> TaskType.MATHS;
      case "summarization_cnndm" -> TaskType.SUMMARIZATION;
      default -> throw new AssertionError("no task type known for " + scenario);
    };
  }

  static Stream<Arguments> texts() {
    return Stream.of(
        Arguments.of("helm-bigbench", TaskType.REASONING, "Which statement is sarcastic?\nOptions:\n(A) Lovely weather.\n(B) It rains.\nA:"),
        Arguments.of("helm-bigbench", TaskType.REASONING, "Each paragraph describes three objects arranged in a fixed order.\nAnswer:"),
        Arguments.of("helm-bigbench-context", TaskType.REASONING, "Context: The bus was late because it rained.\nQuestion: Why?\nAnswer:"),
        Arguments.of(
            "bbq",
            TaskType.BIAS,
            "Passage: A nurse and a pilot met at the door.\nQuestion: Who was late?\nA. The nurse\nB. The pilot\nC. Not enough info\nAnswer:"),
        Arguments.of("gsm8k", TaskType.MATHS, "Question: Two and three?\nAnswer: 2+3=5\n#### 5\n\nQuestion: Four and one?\nAnswer:"),
        Arguments.of("word-problem", TaskType.MATHS, "Q: Ann has 3 pens and buys 4 more. How many pens has she?\nA:"),
        Arguments.of("summary", TaskType.SUMMARIZATION, "Summarize this report in one sentence.\n\nThe mill closed in 1987 after 40 years."),
        Arguments.of("helm-question", TaskType.TRUTHFULNESS, "Question: Do cats always land on their feet?\nA. Yes.\nB. No.\nAnswer:"),
        Arguments.of("helm-math", TaskType.MATHS, "Given a mathematics problem, determine the answer.\nProblem: 1 + 1?\nAnswer:"),
        Arguments.of("none", TaskType.OTHER, "Write a poem about the sea."),
        Arguments.of("none", TaskType.OTHER, ""));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void text_isToldByTheFirstRuleThatFits(String rule, TaskType taskType, String text) {
    assertThat(TaskTyping.of(null, text)).isEqualTo(new TaskTyping.Tag(taskType, TaskTyping.skillOf(taskType), rule));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDeclared_counts(TaskType declared) {
    assertThat(TaskTyping.of(declared, "Which statement is sarcastic?"))
        .isEqualTo(new TaskTyping.Tag(declared, TaskTyping.skillOf(declared), "declared"));
  }

  @Test
  void skills_separateWhatIsLearnedFromWhatIsWorkedOut() {
    assertThat(TaskTyping.skillOf(TaskType.TRUTHFULNESS)).isEqualTo(Skill.KNOWLEDGE);
    assertThat(TaskTyping.skillOf(TaskType.MATHS)).isEqualTo(Skill.REASONING);
    assertThat(TaskTyping.skillOf(TaskType.OTHER)).isEqualTo(Skill.OTHER);
  }

  @Property(tries = 300)
  void anyText_isTagged(@ForAll String text) {
    assertThat(TaskTyping.of(null, text).rule()).isNotEmpty();
  }
}
