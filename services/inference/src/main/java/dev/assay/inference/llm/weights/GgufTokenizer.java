package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Writes the byte-level BPE tokenizer that a GGUF file carries as a {@code tokenizer.json}, so that the library that trained it can run it.
 * The splits before BPE are those that {@code tokenizer.ggml.pre} names, as in llama-vocab.cpp of llama.cpp.
 */
final class GgufTokenizer {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** {@code tokenizer.ggml.token_type}: a control token, as {@code <|im_end|>}. */
  private static final int CONTROL = 3;

  /** {@code tokenizer.ggml.token_type}: a token that the user added; matched whole, but no control token. */
  private static final int USER_DEFINED = 4;

  private static final String LLAMA_3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String QWEN_2 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private GgufTokenizer() {}

  static String json(GgufFile gguf) {
    String model = gguf.text("tokenizer.ggml.model").orElse("none");
    if (!model.equals("gpt2")) {
      throw new ModelFileException(
          gguf.file().path() + ": the tokenizer " + model + " is not supported, expected gpt2 (byte-level BPE)");
    }
    List<String> tokens = gguf.texts("tokenizer.ggml.tokens");
    List<String> merges = gguf.texts("tokenizer.ggml.merges");
    List<Number> types = gguf.numbers("tokenizer.ggml.token_type");
    if (tokens.isEmpty() || merges.isEmpty() || (!types.isEmpty() && types.size() != tokens.size())) {
      throw new ModelFileException(
          "%s: the tokenizer has %d tokens, %d merges and %d token types; expected some of each and a type for every token"
              .formatted(gguf.file().path(), tokens.size(), merges.size(), types.size()));
    }
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < types.size(); id++) {
      int type = types.get(id).intValue();
      if (type == CONTROL || type == USER_DEFINED) {
        added
            .addObject()
            .put("id", id)
            .put("content", tokens.get(id))
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", type == CONTROL);
      }
    }
    String pre = gguf.text("tokenizer.ggml.pre").orElse("default");
    if (pre.equals("qwen2")) {
      root.putObject("normalizer").put("type", "NFC");
    }
    root.set("pre_tokenizer", preTokenizer(pre, gguf));
    byteLevel(root.putObject("decoder"), true);
    ObjectNode bpe = root.putObject("model").put("type", "BPE").put("ignore_merges", pre.equals("llama-bpe"));
    ObjectNode vocabulary = bpe.putObject("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.put(tokens.get(id), id);
    }
    ArrayNode pairs = bpe.putArray("merges");
    merges.forEach(pairs::add);
    try {
      return JSON.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new ModelFileException(gguf.file().path() + ": the tokenizer cannot be written as JSON", e);
    }
  }

  private static ObjectNode preTokenizer(String pre, GgufFile gguf) {
    ObjectNode sequence = JSON.createObjectNode().put("type", "Sequence");
    ArrayNode steps = sequence.putArray("pretokenizers");
    switch (pre) {
      case "smollm" -> {
        steps.addObject().put("type", "Digits").put("individual_digits", true);
        byteLevel(steps.addObject(), true);
      }
      case "default", "gpt-2" -> byteLevel(steps.addObject(), true);
      case "llama-bpe", "llama3", "llama-v3" -> {
        split(steps.addObject(), LLAMA_3);
        byteLevel(steps.addObject(), false);
      }
      case "qwen2" -> {
        split(steps.addObject(), QWEN_2);
        byteLevel(steps.addObject(), false);
      }
      default -> throw new ModelFileException(
          gguf.file().path()
              + ": the pre-tokenizer "
              + pre
              + " is not supported, expected one of smollm, default, gpt-2, llama-bpe, qwen2");
    }
    return sequence;
  }

  private static void split(ObjectNode node, String regex) {
    node.put("type", "Split").put("behavior", "Isolated").put("invert", false).putObject("pattern").put("Regex", regex);
  }

  private static void byteLevel(ObjectNode node, boolean regex) {
    node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", false).put("use_regex", regex);
  }
}
