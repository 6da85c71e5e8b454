package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.records.Choice;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderPlanTest {
  @ParameterizedTest
  @ValueSource(strings = {"one", "cyclic", "all", "sampled:7", "adaptive:0.01", "pride:0.2"})
  void whatIsWritten_isReadAgain(String text) {
    assertThat(OrderPlan.parse(text)).hasToString(text);
  }

  @Test
  void rulesWithoutTheirNumber_haveTheUsualOne() {
    assertThat(OrderPlan.parse("sampled")).hasToString("sampled:24");
    assertThat(OrderPlan.parse("Adaptive")).hasToString("adaptive:0.05");
    assertThat(OrderPlan.parse("pride")).hasToString("pride:0.05");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "some", "one:2", "all:24", "sampled:", "sampled:0", "sampled:121", "sampled:2.5", "adaptive:0", "adaptive:0.6", "adaptive:NaN", "pride:0", "pride:1.1", "pride:x"})
  void whatIsNoRule_isRefused(String text) {
    assertThatThrownBy(() -> OrderPlan.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("got ").hasMessageContaining("expected ");
  }

  @Test
  void pride_picksItsQuestionsByTheSeed_andTellsEveryPromptHowManyThereAre() {
    List<Prompt> prompts = prompts(0);
    assertThat(prompts).filteredOn(OrderPlanTest::isMember).hasSize(10);
    assertThat(prompts).filteredOn(prompt -> prompt.getAsk() instanceof Choice).allSatisfy(prompt -> {
      Choice choice = (Choice) prompt.getAsk();
      assertThat(choice.getOrders()).isEqualTo(OrderRule.PRIDE);
      assertThat(choice.getCalibration().getGroup()).isEqualTo("all:" + choice.getOptions().size());
    });
    assertThat(prompts(0)).isEqualTo(prompts);
    assertThat(prompts(1).stream().filter(OrderPlanTest::isMember).map(Prompt::getId))
        .isNotEqualTo(prompts.stream().filter(OrderPlanTest::isMember).map(Prompt::getId));
  }

  private static boolean isMember(Prompt prompt) {
    return prompt.getAsk() instanceof Choice choice && choice.getCalibration() != null && choice.getOptions().size() == 4 && choice.getCalibration().getMember();
  }

  private static List<Prompt> prompts(long seed) {
    EvaluationPlan plan =
        new EvaluationPlan("r", List.of("m"), 0, OrderPlan.parse("pride"), OptionalInt.empty(), seed, PromptFormat.HELM, OptionalInt.empty());
    return Benchmarks.open(Optional.empty()).prompts(TaskSelector.parse("starter"), plan).prompts();
  }
}
