package dev.assay.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.cli.model.NamedModel.Origin;
import dev.assay.inference.remote.RemoteSpec;
import dev.assay.inference.store.Catalogue;
import dev.assay.inference.store.ModelSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NamedModelTest {

  @Test
  void parse_catalogueName_isItsOwnName() {
    NamedModel model = NamedModel.parse("smollm2-135m-instruct");

    assertThat(model.name()).isEqualTo("smollm2-135m-instruct");
    assertThat(model.origin()).isEqualTo(new Origin.Weights(new ModelSpec.Catalogued(Catalogue.SMOLLM2_135M_INSTRUCT)));
  }

  @Test
  void parse_recordedWithColumn_isCalledByTheColumn() {
    NamedModel model = NamedModel.parse("recorded:answers.csv#openai_gpt-4");

    assertThat(model.name()).isEqualTo("openai_gpt-4");
    assertThat(model.origin()).isEqualTo(new Origin.Recorded(Path.of("answers.csv").toAbsolutePath() + "#openai_gpt-4"));
  }

  @Test
  void parse_givenName_replacesTheOther() {
    assertThat(NamedModel.parse("mine=recorded:answers.jsonl").name()).isEqualTo("mine");
    assertThat(NamedModel.parse("floor=minilm").origin()).isEqualTo(new Origin.Baseline());
  }

  @Test
  void parse_hub_isCalledByItsRepository() {
    NamedModel model = NamedModel.parse("hf:org/name@v1");

    assertThat(model.name()).isEqualTo("org/name");
    assertThat(model.origin()).isEqualTo(new Origin.Weights(new ModelSpec.Hub("org/name", "v1")));
  }

  @Test
  void parse_server_isCalledByItsModel() {
    NamedModel model = NamedModel.parse("openai:http://127.0.0.1:8000/v1#llama3:8b?mode=chat");

    assertThat(model.name()).isEqualTo("llama3:8b");
    assertThat(model.origin()).isEqualTo(new Origin.Remote(RemoteSpec.parse("http://127.0.0.1:8000/v1#llama3:8b?mode=chat")));
    assertThatThrownBy(() -> NamedModel.parse("openai:http://127.0.0.1:8000/v1")).hasMessageContaining("BASE_URL#MODEL");
  }

  @Test
  void parse_ggufFile_isCalledByItsStem() {
    assertThat(NamedModel.parse("weights/tiny.q4.gguf").name()).isEqualTo("tiny.q4");
  }

  @Test
  void parse_modelWithAdapter_isCalledByBoth(@TempDir Path folder) {
    NamedModel model = NamedModel.parse("smollm2-135m-instruct+" + folder);

    assertThat(model.name()).isEqualTo("smollm2-135m-instruct+" + folder.getFileName());
    assertThat(model.origin())
        .isEqualTo(new Origin.Adapted(new ModelSpec.Catalogued(Catalogue.SMOLLM2_135M_INSTRUCT), folder.toAbsolutePath().normalize()));
    assertThat(NamedModel.parse(model.text())).isEqualTo(model);
    assertThat(NamedModel.parse("tuned=smollm2-135m-instruct+" + folder).name()).isEqualTo("tuned");
    assertThatThrownBy(() -> NamedModel.parse("minilm+" + folder)).hasMessageContaining("minilm, which has no weights");
    assertThatThrownBy(() -> NamedModel.parse("smollm2-135m-instruct+nowhere")).hasMessageContaining("no adapter at");
  }

  @ParameterizedTest
  @ValueSource(strings = {"minilm", "smollm2-135m-instruct", "recorded:/a/b.csv#c=d", "x=hf:org/name@main", "/models/tiny.gguf", "n=/models/x.gguf", "hf:org/name", "org/name=hf:org/name@v1",
    "openai:http://h:1/v1#m?mode=chat", "gpt=openai:http://h/v1#m", "openai:http://h/v1#org/m:8b?rpm=3&key-env=K", "a:b=recorded:/x=y.jsonl"})
  void parse_itsOwnText_givesTheSame(String text) {
    NamedModel model = NamedModel.parse(text);

    assertThat(NamedModel.parse(model.text())).isEqualTo(model);
  }

  @Test
  void parse_unknown_saysWhatIsPossible() {
    assertThatThrownBy(() -> NamedModel.parse("gpt-9"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gpt-9")
        .hasMessageContaining("smollm2-135m-instruct")
        .hasMessageContaining("recorded:FILE");
  }

  @Test
  void parse_virtualModelName_isRefused() {
    assertThatThrownBy(() -> NamedModel.parse("@router=minilm")).hasMessageContaining("'@router'");
  }
}
