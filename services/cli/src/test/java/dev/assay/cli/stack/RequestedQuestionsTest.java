package dev.assay.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.gateway.evaluation.RefusedQuestionsException;
import dev.assay.gateway.evaluation.RunRequest;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestedQuestionsTest {

  private static final RequestedQuestions QUESTIONS = new RequestedQuestions(Benchmarks.open(Optional.empty()));

  private static RunRequest request(List<String> tasks, List<RunRequest.Given> given, String orders, int limit) {
    return new RunRequest("r", List.of("m"), tasks, given, orders, 0, limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit), 5, "helm", OptionalInt.empty());
  }

  private static RunRequest.Given given(int id, Object ask, boolean saysOrders) {
    Prompt prompt = Prompt.newBuilder().setId(Integer.toString(id)).setRun("r").setTask("quiz").setModels(List.of("m")).setAsk(ask).build();
    return new RunRequest.Given(prompt, saysOrders);
  }

  private static Choice choice(String... options) {
    return Choice.newBuilder().setQuestion("Which?").setOptions(List.of(options)).setGold(List.of(0)).build();
  }

  @Test
  void tasks_giveTheQuestionsOfTheStarter_asTheRunWantsThem() {
    List<Prompt> prompts = QUESTIONS.of(request(List.of("starter/mmlu", "starter/mmlu/astronomy"), List.of(), "sampled:3", 2));

    assertThat(prompts).hasSize(10).allSatisfy(prompt -> {
      assertThat(prompt.getRun()).isEqualTo("r");
      assertThat(prompt.getModels()).containsExactly("m");
      assertThat(((Choice) prompt.getAsk()).getOrders()).isEqualTo(OrderRule.SAMPLED);
      assertThat(((Choice) prompt.getAsk()).getMostOrders()).isEqualTo(3);
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/examples/own/rivers.yaml", "../../etc/passwd", "/etc/passwd.jsonl", "starter/mml", "challenge", ""})
  void names_ofFilesOrOfNothing_areRefused(String name) {
    assertThatThrownBy(() -> QUESTIONS.of(request(List.of(name), List.of(), "one", 0)))
        .isInstanceOfSatisfying(RefusedQuestionsException.class, e -> assertThat(e.field()).isEqualTo("tasks"))
        .hasMessageContaining("starter/");
  }

  @Test
  void given_takeTheRunsOrders_unlessTheySayTheirOwn_andTheLimitIsOfEachTask() {
    Generation text = Generation.newBuilder().setInput("1 +").setReferences(List.of("2")).build();
    List<RunRequest.Given> given = List.of(given(1, choice("a", "b"), false), given(2, choice("a", "b"), true), given(3, text, true), given(4, text, true));

    List<Prompt> prompts = QUESTIONS.of(request(List.of(), given, "adaptive:0.1", 3));

    assertThat(prompts).extracting(Prompt::getId).containsExactly("1", "2", "3");
    assertThat(Stream.of(0, 1).map(i -> ((Choice) prompts.get(i).getAsk()).getOrders())).containsExactly(OrderRule.ADAPTIVE, OrderRule.ONE);
    assertThat(((Choice) prompts.getFirst().getAsk()).getErrorRate()).isEqualTo(0.1);
  }

  @Test
  void given_areHeldToTheIntakesRules_andTheFirstThatBreaksThemIsNamed() {
    List<RunRequest.Given> given = List.of(given(1, choice("a", "b"), false), given(2, choice("a"), false));

    assertThatThrownBy(() -> QUESTIONS.of(request(List.of(), given, "one", 0)))
        .isInstanceOfSatisfying(RefusedQuestionsException.class, e -> assertThat(e.field()).isEqualTo("prompts[1]"))
        .hasMessageContaining("got 1 options");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pride", "some", "adaptive:2", "one:1"})
  void orders_thatCannotBe_areRefused(String orders) {
    assertThatThrownBy(() -> QUESTIONS.of(request(List.of(), List.of(given(1, choice("a", "b"), false)), orders, 0)))
        .isInstanceOfSatisfying(RefusedQuestionsException.class, e -> assertThat(e.field()).isEqualTo("orders"));
  }
}
