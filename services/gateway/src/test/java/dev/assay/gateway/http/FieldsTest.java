package dev.assay.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {

  private static Fields fields(String json) throws Exception {
    return new Fields((ObjectNode) new ObjectMapper().readTree(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "17", "1.5", "\"3\"", "true", "[1]", "1e400", "99999999999999999999"})
  void integer_thatIsNone_orOutside_saysWhatWasGot(String value) throws Exception {
    Fields fields = fields("{\"n\": " + value + "}");
    assertThatThrownBy(() -> fields.integer("n", 1, 16))
        .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.param()).isEqualTo("n"))
        .hasMessageContaining("expected");
  }

  @Test
  void integer_writtenAsADouble_isTaken() throws Exception {
    assertThat(fields("{\"n\": 3.0}").integer("n", 1, 16)).hasValue(3);
    assertThat(fields("{\"n\": null}").integer("n", 1, 16)).isEmpty();
  }

  @Test
  void texts_takeOneOrSeveral_andNoEmptyOne() throws Exception {
    assertThat(fields("{\"stop\": \"a\"}").texts("stop", 4)).containsExactly("a");
    assertThat(fields("{\"stop\": [\"a\", \"b\"]}").texts("stop", 4)).containsExactly("a", "b");
    Fields empty = fields("{\"stop\": [\"\"]}");
    assertThatThrownBy(() -> empty.texts("stop", 4)).isInstanceOf(Problem.class);
  }

  @Test
  void refuseOthers_namesTheFieldThatNobodyRead() throws Exception {
    Fields fields = fields("{\"prompt\": \"x\", \"max_token\": 3, \"user\": \"u\"}");
    fields.requiredText("prompt");
    assertThatThrownBy(() -> fields.refuseOthers(Set.of("user"))).isInstanceOf(Problem.class).hasMessageContaining("unknown field max_token");
  }
}
