package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.weights.Architecture.Activation;
import dev.assay.inference.llm.weights.Architecture.Attention;
import dev.assay.inference.llm.weights.Architecture.Norm;
import dev.assay.inference.llm.weights.Architecture.Rope;
import dev.assay.inference.llm.weights.Architecture.Scaling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model in one GGUF file. Names, defaults and meanings are those of llama.cpp (llama-arch.cpp, llama-model.cpp and
 * convert_hf_to_gguf.py). It stores the query and key rows of the {@code llama} architecture with the two halves of each head
 * interleaved ({@code LlamaModel.permute}); reading undoes that.
 */
final class GgufModel extends WeightSource {

  /** The architectures that can be read. */
  private enum Family {
    LLAMA(HuggingFaceFamily.LLAMA),
    QWEN2(HuggingFaceFamily.QWEN2),
    QWEN3(HuggingFaceFamily.QWEN3),
    PHI3(HuggingFaceFamily.PHI3),
    GEMMA3(HuggingFaceFamily.GEMMA3),
    GPTNEOX(HuggingFaceFamily.GPT_NEOX);

    private final HuggingFaceFamily origin;

    Family(HuggingFaceFamily origin) {
      this.origin = origin;
    }

    String title() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Every sixth layer of Gemma 3 attends to all; the others' rotary base. llama.cpp writes neither into a file. */
  private static final int GEMMA_PATTERN = 6;

  private static final double GEMMA_LOCAL_THETA = 10000;

  /** Gemma 3 27B, told by its depth, is the one whose attention is not scaled by its head size. */
  private static final int GEMMA_27B_LAYERS = 62;

  private static final Map<Part, String> NAMES =
      Map.ofEntries(
          Map.entry(Part.EMBEDDING, "token_embd.weight"),
          Map.entry(Part.OUTPUT_NORM, "output_norm.weight"),
          Map.entry(Part.OUTPUT_NORM_BIAS, "output_norm.bias"),
          Map.entry(Part.HEAD, "output.weight"),
          Map.entry(Part.ATTENTION_NORM, "blk.%d.attn_norm.weight"),
          Map.entry(Part.ATTENTION_NORM_BIAS, "blk.%d.attn_norm.bias"),
          Map.entry(Part.QUERY, "blk.%d.attn_q.weight"),
          Map.entry(Part.KEY, "blk.%d.attn_k.weight"),
          Map.entry(Part.VALUE, "blk.%d.attn_v.weight"),
          Map.entry(Part.QUERY_BIAS, "blk.%d.attn_q.bias"),
          Map.entry(Part.KEY_BIAS, "blk.%d.attn_k.bias"),
          Map.entry(Part.VALUE_BIAS, "blk.%d.attn_v.bias"),
          Map.entry(Part.QUERY_NORM, "blk.%d.attn_q_norm.weight"),
          Map.entry(Part.KEY_NORM, "blk.%d.attn_k_norm.weight"),
          Map.entry(Part.ATTENTION_OUTPUT, "blk.%d.attn_output.weight"),
          Map.entry(Part.ATTENTION_OUTPUT_BIAS, "blk.%d.attn_output.bias"),
          Map.entry(Part.POST_ATTENTION_NORM, "blk.%d.post_attention_norm.weight"),
          Map.entry(Part.FEED_NORM, "blk.%d.ffn_norm.weight"),
          Map.entry(Part.FEED_NORM_BIAS, "blk.%d.ffn_norm.bias"),
          Map.entry(Part.GATE, "blk.%d.ffn_gate.weight"),
          Map.entry(Part.GATE_BIAS, "blk.%d.ffn_gate.bias"),
          Map.entry(Part.UP, "blk.%d.ffn_up.weight"),
          Map.entry(Part.UP_BIAS, "blk.%d.ffn_up.bias"),
          Map.entry(Part.DOWN, "blk.%d.ffn_down.weight"),
          Map.entry(Part.DOWN_BIAS, "blk.%d.ffn_down.bias"),
          Map.entry(Part.POST_FEED_NORM, "blk.%d.post_ffw_norm.weight"));

  private final GgufFile gguf;
  private final Family family;
  private final String prefix;
  private final Architecture architecture;

  private GgufModel(GgufFile gguf) {
    this.gguf = gguf;
    String title = gguf.text("general.architecture").orElse("none");
    this.family =
        Arrays.stream(Family.values())
            .filter(known -> known.title().equals(title))
            .findFirst()
            .orElseThrow(
                () ->
                    new ModelFileException(
                        "%s: the architecture %s is not supported, expected one of %s"
                            .formatted(gguf.file().path(), title, Arrays.stream(Family.values()).map(Family::title).toList())));
    this.prefix = title + ".";
    if (integer("expert_count").orElse(0) > 0) {
      throw new ModelFileException(gguf.file().path() + ": mixtures of experts are not supported");
    }
    for (String cap : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
      if (number(cap).isPresent()) {
        throw new ModelFileException(gguf.file().path() + ": " + prefix + cap + " is not supported, expected none");
      }
    }
    this.architecture = describe();
  }

  static GgufModel map(Path path) throws IOException {
    GgufFile gguf = GgufFile.open(path);
    try {
      return new GgufModel(gguf);
    } catch (IllegalArgumentException e) {
      gguf.close();
      throw new ModelFileException(path + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      gguf.close();
      throw e;
    }
  }

  @Override
  public Architecture architecture() {
    return architecture;
  }

  @Override
  public String checkpoint() {
    return gguf.file().sha256().substring(0, 12);
  }

  @Override
  public String tokenizerJson() {
    return GgufTokenizer.json(gguf);
  }

  @Override
  public Set<Integer> endTokens() {
    Set<Integer> ends = new LinkedHashSet<>();
    gguf.number("tokenizer.ggml.eos_token_id").ifPresent(id -> ends.add(id.intValue()));
    gguf.number("tokenizer.ggml.eot_token_id").ifPresent(id -> ends.add(id.intValue()));
    return ends;
  }

  @Override
  public OptionalInt startToken() {
    return gguf.number("tokenizer.ggml.bos_token_id")
        .or(() -> gguf.number("tokenizer.ggml.eos_token_id"))
        .map(id -> OptionalInt.of(id.intValue()))
        .orElse(OptionalInt.empty());
  }

  @Override
  public boolean addsStart() {
    return startToken().isPresent() && gguf.flag("tokenizer.ggml.add_bos_token").orElseGet(() -> GgufTokenizer.addsStartUnlessSaid(gguf));
  }

  @Override
  public Optional<String> chatTemplate() {
    return gguf.text("tokenizer.chat_template");
  }

  @Override
  ObjectNode hubConfig() {
    ObjectNode config = GgufConfig.of(architecture, family.origin);
    startToken().ifPresent(id -> config.put("bos_token_id", id));
    endTokens().stream().findFirst().ifPresent(id -> config.put("eos_token_id", id));
    return config;
  }

  @Override
  ObjectNode hubTokenizerConfig() {
    ObjectNode config = JsonNodeFactory.instance.objectNode().put("tokenizer_class", "PreTrainedTokenizerFast").put("add_bos_token", addsStart());
    List<String> tokens = gguf.texts("tokenizer.ggml.tokens");
    startToken().stream().filter(id -> id < tokens.size()).forEach(id -> config.put("bos_token", tokens.get(id)));
    endTokens().stream().filter(id -> id < tokens.size()).findFirst().ifPresent(id -> config.put("eos_token", tokens.get(id)));
    return config.put("model_max_length", architecture.context());
  }

  @Override
  HuggingFaceFamily family() {
    return family.origin;
  }

  @Override
  Placement place(Part part, int layer) {
    int queries = architecture.rows(Part.QUERY);
    int shared = architecture.rows(Part.KEY);
    String fused = "blk." + layer + (part.ofBias() ? ".attn_qkv.bias" : ".attn_qkv.weight");
    if (fusesQueryKeyValue()) {
      switch (part) {
        case QUERY, QUERY_BIAS -> {
          return Placement.within(fused, queries + 2 * shared, 0);
        }
        case KEY, KEY_BIAS -> {
          return Placement.within(fused, queries + 2 * shared, queries);
        }
        case VALUE, VALUE_BIAS -> {
          return Placement.within(fused, queries + 2 * shared, queries + shared);
        }
        default -> {}
      }
    }
    String name = name(part, layer);
    if (family == Family.PHI3 && (part == Part.GATE || part == Part.UP)) {
      int inner = architecture.feedForward();
      return Placement.within(name(Part.UP, layer), 2 * inner, part == Part.GATE ? 0 : inner);
    }
    Placement whole = Placement.whole(name, architecture.rows(part));
    boolean interleaved = family == Family.LLAMA && Set.of(Part.QUERY, Part.KEY, Part.QUERY_BIAS, Part.KEY_BIAS).contains(part);
    return interleaved ? whole.inOrder(this::interleavedRow) : whole;
  }

  @Override
  StoredTensor find(String name) {
    return gguf.tensor(name).orElseThrow(() -> new ModelFileException(gguf.file().path() + ": the tensor " + name + " is missing"));
  }

  @Override
  public void unload() {
    gguf.unload();
  }

  @Override
  public void close() {
    gguf.close();
  }

  private static String name(Part part, int layer) {
    return NAMES.get(part).replace("%d", Integer.toString(layer));
  }

  private boolean has(Part part) {
    return gguf.tensor(name(part, 0)).isPresent();
  }

  private boolean fusesQueryKeyValue() {
    return gguf.tensor("blk.0.attn_qkv.weight").isPresent();
  }

  private int interleavedRow(int row) {
    int dim = architecture.headDim();
    int half = dim / 2;
    int inHead = row % dim;
    return row - inHead + 2 * (inHead % half) + inHead / half;
  }

  private Architecture describe() {
    int layers = required("block_count");
    int hidden = required("embedding_length");
    int heads = required("attention.head_count");
    int headDim = integer("attention.key_length").orElse(heads > 0 ? hidden / heads : 0);
    int rotated = integer("rope.dimension_count").orElse(headDim);
    boolean neox = family == Family.GPTNEOX;
    boolean gemma = family == Family.GEMMA3;
    int vocabulary = Math.toIntExact(find(name(Part.EMBEDDING, 0)).rows());
    String epsilon = neox ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon";
    Rope global = new Rope(number("rope.freq_base").orElse(gemma ? 1e6 : 10000), rotated, scaling());
    double scaledBy = gemma && layers == GEMMA_27B_LAYERS ? (double) hidden / heads : headDim;
    return new Architecture(
        layers,
        hidden,
        heads,
        integer("attention.head_count_kv").orElse(heads),
        headDim,
        required("feed_forward_length"),
        vocabulary,
        context(),
        neox ? Norm.LAYER : Norm.RMS,
        number(epsilon).orElseThrow(() -> missing(epsilon)),
        neox ? Activation.GELU : gemma ? Activation.GELU_TANH : Activation.SILU,
        neox && gguf.flag(prefix + "use_parallel_residual").orElse(true),
        attention(layers, global),
        1 / Math.sqrt(scaledBy),
        gemma ? (float) Math.sqrt(hidden) : 1,
        parts());
  }

  /** The whole window, but the original one where a file stretches longer texts with factors of their own, which no prefix could share. */
  private int context() {
    int declared = required("context_length");
    return gguf.tensor("rope_factors_short.weight").isPresent()
        ? Math.min(declared, integer("rope.scaling.original_context_length").orElse(declared))
        : declared;
  }

  private List<Attention> attention(int layers, Rope global) {
    Rope local =
        family == Family.GEMMA3
            ? new Rope(number("rope.freq_base_swa").orElse(GEMMA_LOCAL_THETA), global.dimensions(), Optional.empty())
            : global;
    OptionalInt window = integer("attention.sliding_window").filter(tokens -> tokens > 0).map(OptionalInt::of).orElse(OptionalInt.empty());
    int pattern = family == Family.GEMMA3 ? GEMMA_PATTERN : Integer.MAX_VALUE;
    List<Attention> all = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      boolean windowed = window.isPresent() && (layer + 1) % pattern != 0;
      all.add(new Attention(windowed ? window : OptionalInt.empty(), windowed ? local : global));
    }
    return all;
  }

  private Set<Part> parts() {
    Set<Part> parts = EnumSet.of(Part.EMBEDDING, Part.OUTPUT_NORM, Part.ATTENTION_NORM, Part.QUERY, Part.KEY, Part.VALUE);
    parts.addAll(EnumSet.of(Part.ATTENTION_OUTPUT, Part.FEED_NORM, Part.UP, Part.DOWN));
    for (Part part : Part.values()) {
      boolean ofFused = Set.of(Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS).contains(part);
      if (has(part) || (ofFused && gguf.tensor("blk.0.attn_qkv.bias").isPresent())) {
        parts.add(part);
      }
    }
    switch (family) {
      case LLAMA, QWEN2, PHI3 -> parts.add(Part.GATE);
      case QWEN3 -> parts.addAll(EnumSet.of(Part.GATE, Part.QUERY_NORM, Part.KEY_NORM));
      case GEMMA3 ->
          parts.addAll(EnumSet.of(Part.GATE, Part.QUERY_NORM, Part.KEY_NORM, Part.POST_ATTENTION_NORM, Part.POST_FEED_NORM));
      case GPTNEOX -> parts.addAll(EnumSet.of(Part.OUTPUT_NORM_BIAS, Part.ATTENTION_NORM_BIAS, Part.FEED_NORM_BIAS));
    }
    return parts;
  }

  private Optional<Scaling> scaling() {
    Optional<StoredTensor> table =
        gguf.tensor("rope_freqs.weight").or(() -> gguf.tensor("rope_factors_short.weight")).map(StoredTensor::requireReadable);
    if (table.isPresent()) {
      List<Float> factors = new ArrayList<>();
      float[] factor = new float[Math.toIntExact(table.get().columns())];
      for (int row = 0; row < table.get().rows(); row++) {
        table.get().row(row, factor);
        for (float number : factor) {
          factors.add(number);
        }
      }
      return Optional.of(new Architecture.TableScaling(factors, number("rope.scaling.attn_factor").orElse(1.0)));
    }
    String type = gguf.text(prefix + "rope.scaling.type").orElse("none");
    return switch (type) {
      case "none" -> Optional.empty();
      case "linear" -> Optional.of(new Architecture.LinearScaling(scalingFactor()));
      case "yarn" -> {
        double factor = scalingFactor();
        double original = number("rope.scaling.original_context_length").orElse((double) required("context_length"));
        double amplitude = number("rope.scaling.attn_factor").orElse(1.0) * Architecture.YarnScaling.amplitude(factor, 1);
        yield Optional.of(
            new Architecture.YarnScaling(
                factor,
                original,
                number("rope.scaling.yarn_beta_fast").orElse(32.0),
                number("rope.scaling.yarn_beta_slow").orElse(1.0),
                true,
                amplitude));
      }
      default -> throw new ModelFileException(
          gguf.file().path() + ": the rope scaling " + type + " is not supported, expected none, linear or yarn");
    };
  }

  private double scalingFactor() {
    return number("rope.scaling.factor").orElseThrow(() -> missing("rope.scaling.factor"));
  }

  private Optional<Double> number(String key) {
    return gguf.number(prefix + key).map(Number::doubleValue);
  }

  private Optional<Integer> integer(String key) {
    return gguf.number(prefix + key).map(Number::intValue);
  }

  private int required(String key) {
    return integer(key).orElseThrow(() -> missing(key));
  }

  private ModelFileException missing(String key) {
    return new ModelFileException(gguf.file().path() + ": the metadata " + prefix + key + " are missing");
  }
}
