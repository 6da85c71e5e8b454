package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the tokenizer that a GGUF file carries, byte-level BPE or SentencePiece, as a {@code tokenizer.json}, so that the library of Hugging
 * Face can run it. The splits before BPE are those that {@code tokenizer.ggml.pre} names, as in llama-vocab.cpp of llama.cpp.
 */
final class GgufTokenizer {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** {@code tokenizer.ggml.token_type}: the token of what cannot be expressed, as {@code <unk>}. */
  private static final int UNKNOWN = 2;

  /** {@code tokenizer.ggml.token_type}: a control token, as {@code <|im_end|>}. */
  private static final int CONTROL = 3;

  /** {@code tokenizer.ggml.token_type}: a token that the user added; matched whole, but no control token. */
  private static final int USER_DEFINED = 4;

  /** What SentencePiece writes for a space: U+2581. */
  private static final String SPACE = "\u2581";

  private static final String LLAMA_3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String QWEN_2 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private GgufTokenizer() {}

  /** What llama.cpp does where a file does not say whether a start token stands before every text. */
  static boolean addsStartUnlessSaid(GgufFile gguf) {
    return model(gguf).equals("llama") || pre(gguf).startsWith("llama");
  }

  static String json(GgufFile gguf) {
    ObjectNode root =
        switch (model(gguf)) {
          case "gpt2" -> byteLevelBpe(gguf);
          case "llama" -> sentencePiece(gguf);
          default -> throw new ModelFileException(
              "%s: the tokenizer %s is not supported, expected gpt2 (byte-level BPE) or llama (SentencePiece)"
                  .formatted(gguf.file().path(), model(gguf)));
        };
    try {
      return JSON.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new ModelFileException(gguf.file().path() + ": the tokenizer cannot be written as JSON", e);
    }
  }

  private static String model(GgufFile gguf) {
    return gguf.text("tokenizer.ggml.model").orElse("none");
  }

  private static String pre(GgufFile gguf) {
    return gguf.text("tokenizer.ggml.pre").orElse("default");
  }

  private static ObjectNode byteLevelBpe(GgufFile gguf) {
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
        add(added, id, tokens.get(id), type == CONTROL);
      }
    }
    String pre = pre(gguf);
    if (pre.equals("qwen2") || pre.equals("olmo")) {
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
    return root;
  }

  /**
   * SentencePiece joins the two neighbours whose joint piece scores highest. BPE joins those whose rule stands first; so the rules are all
   * ways to make a piece of two others, by falling score, as {@code generate_merges} of transformers orders them.
   */
  private static ObjectNode sentencePiece(GgufFile gguf) {
    List<String> tokens = gguf.texts("tokenizer.ggml.tokens");
    List<Number> scores = gguf.numbers("tokenizer.ggml.scores");
    List<Number> types = gguf.numbers("tokenizer.ggml.token_type");
    if (tokens.isEmpty() || scores.size() != tokens.size() || types.size() != tokens.size()) {
      throw new ModelFileException(
          "%s: the tokenizer has %d tokens, %d scores and %d token types; expected as many of each"
              .formatted(gguf.file().path(), tokens.size(), scores.size(), types.size()));
    }
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    ObjectNode model = root.putObject("model").put("type", "BPE").put("byte_fallback", true).put("fuse_unk", true);
    ObjectNode vocabulary = model.putObject("vocab");
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      int type = types.get(id).intValue();
      vocabulary.put(token, id);
      ids.put(token, id);
      if (type == UNKNOWN) {
        model.put("unk_token", token);
      }
      if (type == USER_DEFINED) {
        // It is looked for before spaces are rewritten.
        String plain = token.replace(SPACE, " ");
        vocabulary.put(plain, id);
        add(added, id, plain, false);
      } else if (type == CONTROL || type == UNKNOWN) {
        add(added, id, token, true);
      }
    }
    ArrayNode merges = model.putArray("merges");
    merges(tokens, ids, scores).forEach(merge -> merges.addArray().add(merge.left).add(merge.right));
    boolean prefix = gguf.flag("tokenizer.ggml.add_space_prefix").orElse(true);
    ArrayNode normalizers = root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
    ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
    if (prefix) {
      normalizers.addObject().put("type", "Prepend").put("prepend", SPACE);
    }
    replace(normalizers.addObject(), " ", SPACE);
    replace(decoders.addObject(), SPACE, " ");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    if (prefix) {
      decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
    return root;
  }

  private record Merge(String left, String right, float score) {}

  private static List<Merge> merges(List<String> tokens, Map<String, Integer> ids, List<Number> scores) {
    List<Merge> merges = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      float score = scores.get(id).floatValue();
      List<Merge> ways = new ArrayList<>();
      for (int cut = token.offsetByCodePoints(0, token.isEmpty() ? 0 : 1); cut < token.length(); cut = token.offsetByCodePoints(cut, 1)) {
        Merge merge = new Merge(token.substring(0, cut), token.substring(cut), score);
        if (ids.containsKey(merge.left) && ids.containsKey(merge.right)) {
          ways.add(merge);
        }
      }
      ways.sort(Comparator.<Merge>comparingInt(merge -> ids.getOrDefault(merge.left, 0)).thenComparing(merge -> ids.getOrDefault(merge.right, 0)));
      merges.addAll(ways);
    }
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .thenComparingInt(merge -> merge.left.codePointCount(0, merge.left.length()))
            .thenComparingInt(merge -> merge.right.codePointCount(0, merge.right.length()))
            .reversed());
    return merges;
  }

  private static void add(ArrayNode added, int id, String content, boolean special) {
    added
        .addObject()
        .put("id", id)
        .put("content", content)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", special);
  }

  private static void replace(ObjectNode node, String from, String to) {
    node.put("type", "Replace").put("content", to).putObject("pattern").put("String", from);
  }

  private static ObjectNode preTokenizer(String pre, GgufFile gguf) {
    ObjectNode sequence = JSON.createObjectNode().put("type", "Sequence");
    ArrayNode steps = sequence.putArray("pretokenizers");
    switch (pre) {
      case "smollm" -> {
        steps.addObject().put("type", "Digits").put("individual_digits", true);
        byteLevel(steps.addObject(), true);
      }
      case "default", "gpt-2", "olmo" -> byteLevel(steps.addObject(), true);
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
              + " is not supported, expected one of smollm, default, gpt-2, olmo, llama-bpe, qwen2");
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
