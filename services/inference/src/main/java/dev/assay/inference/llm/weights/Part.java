package dev.assay.inference.llm.weights;

/** The tensors of a Llama-family model, by the names that Hugging Face and GGUF files give them. */
public enum Part {
  EMBEDDING("model.embed_tokens.weight", "token_embd.weight"),
  OUTPUT_NORM("model.norm.weight", "output_norm.weight"),
  HEAD("lm_head.weight", "output.weight"),
  ATTENTION_NORM("model.layers.%d.input_layernorm.weight", "blk.%d.attn_norm.weight"),
  QUERY("model.layers.%d.self_attn.q_proj.weight", "blk.%d.attn_q.weight"),
  KEY("model.layers.%d.self_attn.k_proj.weight", "blk.%d.attn_k.weight"),
  VALUE("model.layers.%d.self_attn.v_proj.weight", "blk.%d.attn_v.weight"),
  QUERY_BIAS("model.layers.%d.self_attn.q_proj.bias", "blk.%d.attn_q.bias"),
  KEY_BIAS("model.layers.%d.self_attn.k_proj.bias", "blk.%d.attn_k.bias"),
  VALUE_BIAS("model.layers.%d.self_attn.v_proj.bias", "blk.%d.attn_v.bias"),
  ATTENTION_OUTPUT("model.layers.%d.self_attn.o_proj.weight", "blk.%d.attn_output.weight"),
  FEED_NORM("model.layers.%d.post_attention_layernorm.weight", "blk.%d.ffn_norm.weight"),
  GATE("model.layers.%d.mlp.gate_proj.weight", "blk.%d.ffn_gate.weight"),
  UP("model.layers.%d.mlp.up_proj.weight", "blk.%d.ffn_up.weight"),
  DOWN("model.layers.%d.mlp.down_proj.weight", "blk.%d.ffn_down.weight");

  private final String huggingFace;
  private final String gguf;

  Part(String huggingFace, String gguf) {
    this.huggingFace = huggingFace;
    this.gguf = gguf;
  }

  String inHuggingFace(int layer) {
    return huggingFace.replace("%d", Integer.toString(layer));
  }

  String inGguf(int layer) {
    return gguf.replace("%d", Integer.toString(layer));
  }
}
