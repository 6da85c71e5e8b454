package dev.assay.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.inference.llm.ChatMessage;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainingText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which tokens of a row are learned. */
class TrainingDataIT {
  @TempDir private Path folder;

  @Test
  void of_learnsAnswersAlone() throws IOException {
    Path base = TinyBase.write(folder);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"chat_template\": \"{% for m in messages %}<{{ m.role }}>{{ m.content }};{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}\"}");
    try (TrainableModel model = TrainableModel.load(base, LoadOptions.defaults())) {
      TrainingRow answered = new TrainingRow.Answered("rows:1", "ABCD", "EF");
      TrainingRow talk =
          new TrainingRow.Conversation(
              "rows:2",
              List.of(new ChatMessage("user", "KLM"), new ChatMessage("assistant", "N"), new ChatMessage("user", "K"), new ChatMessage("assistant", "OO")));
      TrainingRow tooLong = new TrainingRow.Answered("rows:3", "A".repeat(40), "B");
      TrainingData data = TrainingData.of(List.of(answered, talk, tooLong), model, 32);
      assertThat(data.tooLong()).containsExactly("rows:3");
      assertThat(texts(model, data.texts().get(0))).containsExactly("ABCDEF2", "EF2");
      // The tokenizer has no letters behind o.
      assertThat(texts(model, data.texts().get(1))).containsExactly("<e>KLM;<aian>N;<e>K;<aian>OO;", "N;OO;");
      assertThatThrownBy(() -> TrainingData.of(List.of(tooLong), model, 32)).isInstanceOf(TrainingException.class).hasMessageContaining("no row is left");
    }
  }

  @Test
  void of_aConversation_forAModelWithoutTemplate_isRefused() throws IOException {
    TrainingRow talk = new TrainingRow.Conversation("rows:2", List.of(new ChatMessage("user", "K"), new ChatMessage("assistant", "N")));
    try (TrainableModel model = TrainableModel.load(TinyBase.write(folder), LoadOptions.defaults())) {
      assertThatThrownBy(() -> TrainingData.of(List.of(talk), model, 32))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("rows:2")
          .hasMessageContaining("no chat template");
    }
  }

  /** The whole text, and what is learned of it. */
  private static List<String> texts(TrainableModel model, TrainingText text) {
    List<Integer> learned = new ArrayList<>();
    text.learned().stream().forEach(place -> learned.add(text.tokens()[place]));
    return List.of(model.decode(text.tokens()).replace(" ", ""), model.decode(learned.stream().mapToInt(id -> id).toArray()).replace(" ", ""));
  }
}
