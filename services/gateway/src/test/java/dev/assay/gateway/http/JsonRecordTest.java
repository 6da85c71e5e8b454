package dev.assay.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.records.Calibration;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.records.TaskType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonRecordTest {

  private static Prompt read(String json) throws Exception {
    ObjectNode node = (ObjectNode) new ObjectMapper().readTree(json);
    return (Prompt) JsonRecord.read(Prompt.getClassSchema(), new Fields(node), Map.of("id", "7"), Set.of("run"));
  }

  @Test
  void whatRecordJsonWrites_isReadBackEqual() throws Exception {
    Choice choice =
        Choice.newBuilder()
            .setQuestion("Which?")
            .setOptions(List.of("a", "b"))
            .setGold(List.of(0, 1))
            .setPresentation(Presentation.LABELLED)
            .setOrders(OrderRule.PRIDE)
            .setErrorRate(0.1)
            .setCalibration(new Calibration("group", 3, true))
            .build();
    Generation generation = Generation.newBuilder().setInput("1 +").setReferences(List.of("2")).setTemperature(0.5).setStop(List.of("\n")).build();
    for (Object ask : List.of(choice, generation)) {
      Prompt prompt =
          Prompt.newBuilder().setId("a/1").setTask("sums").setTaskType(TaskType.MATHS).setModels(List.of("m")).setAsk(ask).setSeed(Long.MAX_VALUE).build();
      ObjectNode written = RecordJson.of(prompt);
      written.remove("run");
      assertThat(read(written.toString())).isEqualTo(prompt);
    }
  }

  @Test
  void whatIsAbsentOrNull_takesWhatIsGivenInstead_orTheSchemasDefault() throws Exception {
    Prompt prompt = read("{\"task\": null, \"ask\": {\"input\": \"a\", \"references\": [\"b\"]}}");

    assertThat(prompt).isEqualTo(Prompt.newBuilder().setId("7").setAsk(Generation.newBuilder().setInput("a").setReferences(List.of("b")).build()).build());
    prompt.getModels().add("other");
    assertThat(read("{\"ask\": {\"input\": \"a\", \"references\": [\"b\"]}}").getModels()).as("defaults are not shared").isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|ask|a Choice|question, options, gold",
        "{\"ask\": {\"input\": \"a\", \"references\": [\"b\"]}, \"run\": \"r\"}|run|unknown field|run",
        "{\"ask\": {\"input\": \"a\", \"references\": [\"b\"], \"topP\": \"1\"}}|ask.topP|a number|\"1\"",
        "{\"ask\": {\"question\": \"a\", \"options\": [\"b\"], \"gold\": [0.5]}}|ask.gold|whole numbers|gold",
        "{\"ask\": {\"question\": \"a\", \"options\": [\"b\"], \"gold\": [0], \"orders\": \"SOME\"}}|ask.orders|ADAPTIVE|ask.orders",
        "{\"ask\": [1]}|ask|an object|array",
        "{\"seed\": 1.5, \"ask\": {\"input\": \"a\", \"references\": [\"b\"]}}|seed|whole number|1.5",
      })
  void whatIsWrong_isNamedWithItsPlace(String json, String place, String expected, String also) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.param()).isEqualTo(place))
        .hasMessageContaining(expected)
        .hasMessageContaining(also);
  }
}
