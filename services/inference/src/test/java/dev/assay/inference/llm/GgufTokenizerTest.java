package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Index.atIndex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.llm.weights.GgufWriter;
import dev.assay.inference.llm.weights.WeightSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tokenizers of GGUF files. SentencePiece ones against sentencepiece itself; sentencepiece_vocabularies.py asked it. */
class GgufTokenizerTest {
  @TempDir private Path folder;

  static List<JsonNode> vocabularies() throws IOException {
    try (InputStream in = GgufTokenizerTest.class.getResourceAsStream("weights/sentencepiece_vocabularies.json")) {
      return StreamSupport.stream(new ObjectMapper().readTree(in).path("cases").spliterator(), false).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("vocabularies")
  void encode_agreesWithSentencePiece(JsonNode vocabulary) throws IOException {
    try (WeightSource source = WeightSource.open(write(vocabulary));
        Tokens tokens = Tokens.of(source.tokenizerJson(), OptionalInt.empty())) {
      for (JsonNode one : vocabulary.path("texts")) {
        String text = one.path("text").asText();
        assertThat(tokens.encode(text)).as(text).containsExactly(Shared.ints(one.path("ids")));
        assertThat(tokens.decode(tokens.encode(text))).isEqualTo(text);
      }
    }
  }

  @Test
  void encode_putsTheStartTokenBeforeEveryText_once() throws IOException {
    JsonNode vocabulary = vocabularies().getFirst();
    try (WeightSource source = WeightSource.open(write(vocabulary))) {
      assertThat(source.addsStart()).isTrue();
      try (Tokens tokens = Tokens.of(source.tokenizerJson(), source.startToken())) {
        int[] plain = Shared.ints(vocabulary.path("texts").get(0).path("ids"));
        String text = vocabulary.path("texts").get(0).path("text").asText();
        assertThat(tokens.encode(text)).startsWith(1).endsWith(plain).hasSize(plain.length + 1);
        assertThat(tokens.encode("<s>" + text)).startsWith(1).doesNotContain(1, atIndex(1));
        assertThat(tokens.encode("")).containsExactly(1);
      }
    }
  }

  private Path write(JsonNode vocabulary) throws IOException {
    GgufWriter out = TinyGguf.withoutTokenizer(TinyModels.model("llama"));
    out.meta("tokenizer.ggml.model", "llama")
        .meta("tokenizer.ggml.bos_token_id", 1)
        .meta("tokenizer.ggml.add_space_prefix", vocabulary.path("add_space_prefix").asBoolean())
        .meta("tokenizer.ggml.tokens", list(vocabulary.path("tokens"), JsonNode::asText))
        .meta("tokenizer.ggml.scores", list(vocabulary.path("scores"), node -> (float) node.asDouble()))
        .meta("tokenizer.ggml.token_type", list(vocabulary.path("types"), JsonNode::asInt));
    return Files.write(folder.resolve("tiny.gguf"), out.bytes());
  }

  private static <T> List<T> list(JsonNode array, Function<JsonNode, T> reader) {
    return StreamSupport.stream(array.spliterator(), false).map(reader).toList();
  }
}
