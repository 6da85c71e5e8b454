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
import java.util.OptionalInt;
import java.util.SequencedSet;
import java.util.stream.IntStream;

/** Text to tokens and back. Before a text stands the token that the model's tokenizer puts there, if it does; none is added at the end. */
final class Tokens implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final OptionalInt start;

  private Tokens(HuggingFaceTokenizer tokenizer, OptionalInt start) {
    this.tokenizer = tokenizer;
    this.start = start;
  }

  /**
   * @param json the content of a {@code tokenizer.json}
   * @param start put before every text that does not begin with it, as a rendered chat template may; empty for none
   */
  static Tokens of(String json, OptionalInt start) throws IOException {
    TorchEngine.prepare();
    Map<String, String> options = Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    return new Tokens(HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), options), start);
  }

  int[] encode(String text) {
    return ids(tokenizer.encode(text));
  }

  /** Encodes a text with nothing put before it. */
  int[] encodePlain(String text) {
    return Arrays.stream(tokenizer.encode(text).getIds()).mapToInt(Math::toIntExact).toArray();
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

  private int[] ids(Encoding encoding) {
    int[] ids = Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
    if (start.isEmpty() || (ids.length > 0 && ids[0] == start.getAsInt())) {
      return ids;
    }
    return IntStream.concat(IntStream.of(start.getAsInt()), Arrays.stream(ids)).toArray();
  }
}
