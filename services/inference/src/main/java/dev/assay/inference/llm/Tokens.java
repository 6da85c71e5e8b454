package dev.assay.inference.llm;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/** Text to tokens and back; no token is added at the beginning or the end. */
final class Tokens implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  private Tokens(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * @param json the content of a {@code tokenizer.json}
   */
  static Tokens of(String json) throws IOException {
    TorchEngine.prepare();
    Map<String, String> options = Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    return new Tokens(HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), options));
  }

  int[] encode(String text) {
    return ids(tokenizer.encode(text));
  }

  /** Encodes many texts at once, equal ones once. */
  Map<String, int[]> encode(SequencedSet<String> texts) {
    Map<String, int[]> encoded = new HashMap<>();
    List<String> list = List.copyOf(texts);
    if (list.isEmpty()) {
      return encoded;
    }
    Encoding[] encodings = tokenizer.batchEncode(list);
    for (int i = 0; i < encodings.length; i++) {
      encoded.put(list.get(i), ids(encodings[i]));
    }
    return encoded;
  }

  String decode(int[] ids) {
    return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), false);
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  private static int[] ids(Encoding encoding) {
    return Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
  }
}
