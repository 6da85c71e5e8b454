# Log-probabilities of tiny models whose weights come from a formula; transformers is the oracle. Usage: python tiny_models.py tiny_models.json
import json, sys, numpy as np, torch, transformers
from transformers import (Gemma3ForCausalLM, Gemma3TextConfig, GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM, MistralConfig,
                          MistralForCausalLM, Phi3Config, Phi3ForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)
torch.set_num_threads(1)
common = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
              vocab_size=64, max_position_embeddings=128, rms_norm_eps=1e-5, hidden_act="silu")
def llama(tied=False, **other):
    return LlamaForCausalLM, LlamaConfig(**(common | dict(tie_word_embeddings=tied, rope_theta=10000.0) | other))
def neox(**other):
    return GPTNeoXForCausalLM, GPTNeoXConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, vocab_size=64,
        max_position_embeddings=128, layer_norm_eps=1e-5, hidden_act="gelu", rope_parameters=dict(rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.25), **other)
gemma = {k: v for k, v in common.items() if k not in ("hidden_act", "num_hidden_layers", "num_key_value_heads")}
yarn = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=32)
short, long = [1.0, 1.1, 1.3, 1.7], [1.0, 2.0, 4.0, 8.0]
cases = {
  "llama": llama(),
  "llama3": llama(True, rope_scaling=dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)),
  "llama_biases": llama(attention_bias=True, mlp_bias=True),
  "linear": llama(rope_scaling=dict(rope_type="linear", factor=4.0)),
  "dynamic": llama(rope_scaling=dict(rope_type="dynamic", factor=4.0), max_position_embeddings=40),
  "yarn": llama(rope_scaling=yarn),
  "yarn_mscale": llama(rope_scaling=yarn | dict(beta_fast=16.0, beta_slow=2.0, mscale=0.8, mscale_all_dim=0.5)),
  "mistral": (MistralForCausalLM, MistralConfig(**common, tie_word_embeddings=False, sliding_window=8, rope_theta=10000.0)),
  "qwen2": (Qwen2ForCausalLM, Qwen2Config(**common, tie_word_embeddings=True, rope_theta=10000.0)),
  "qwen2_window": (Qwen2ForCausalLM, Qwen2Config(**common, tie_word_embeddings=True, use_sliding_window=True, sliding_window=8, max_window_layers=1)),
  "qwen3": (Qwen3ForCausalLM, Qwen3Config(**common, head_dim=16, tie_word_embeddings=False, rope_theta=10000.0)),
  "gemma3": (Gemma3ForCausalLM, Gemma3TextConfig(**gemma, num_hidden_layers=3, num_key_value_heads=1, head_dim=16, query_pre_attn_scalar=24, sliding_window=8,
     layer_types=["sliding_attention", "sliding_attention", "full_attention"], hidden_activation="gelu_pytorch_tanh",
     rope_parameters=dict(full_attention=dict(rope_type="linear", factor=2.0, rope_theta=100000.0), sliding_attention=dict(rope_type="default", rope_theta=1000.0)))),
  "gpt_neox": neox(),
  "gpt_neox_sequential": neox(use_parallel_residual=False),
  "phi3": (Phi3ForCausalLM, Phi3Config(**common, tie_word_embeddings=False, pad_token_id=0, sliding_window=12, rope_parameters=dict(rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.75))),
  "phi3_longrope": (Phi3ForCausalLM, Phi3Config(**common, tie_word_embeddings=False, pad_token_id=0, original_max_position_embeddings=48,
     rope_parameters=dict(rope_type="longrope", rope_theta=10000.0, short_factor=short, long_factor=long))),
}
# The same in the form that configurations had before transformers 5; None takes a key away.
old = {
  "llama3": dict(rope_parameters=None, rope_theta=10000.0, rope_scaling=dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)),
  "linear": dict(rope_parameters=None, rope_theta=10000.0, rope_scaling=dict(type="linear", factor=4.0)),
  "gemma3": dict(rope_parameters=None, rope_theta=100000.0, rope_local_base_freq=1000.0, rope_scaling=dict(rope_type="linear", factor=2.0), layer_types=None, sliding_window_pattern=3),
  "gpt_neox": dict(rope_parameters=None, rotary_pct=0.25, rotary_emb_base=10000, tie_word_embeddings=None),
  "phi3_longrope": dict(rope_parameters=None, rope_theta=10000.0, rope_scaling=dict(type="su", short_factor=short, long_factor=long)),
}
kept = """hidden_size num_hidden_layers num_attention_heads num_key_value_heads head_dim intermediate_size vocab_size max_position_embeddings rms_norm_eps
  layer_norm_eps hidden_act hidden_activation rope_theta rope_scaling rope_parameters tie_word_embeddings bos_token_id eos_token_id use_sliding_window sliding_window
  max_window_layers layer_types query_pre_attn_scalar attn_logit_softcapping final_logit_softcapping use_bidirectional_attention attention_bias mlp_bias
  use_parallel_residual original_max_position_embeddings""".split()
out = {"made_with": f"transformers {transformers.__version__}, torch {torch.__version__}, CPU, float32", "what": "weights by the formula in TinyModels.java; log-probability of each token but the first, given those before it", "cases": {}}
ids = [(i * 29 + 7) % 64 for i in range(40)]
for name, (cls, cfg) in cases.items():
    m = cls(cfg).eval().float()
    sd = m.state_dict()
    tied = cfg.tie_word_embeddings
    names = sorted(n for n in sd if not (n == "lm_head.weight" and tied))
    for t, n in enumerate(names):
        size = sd[n].numel()
        i = np.arange(size, dtype=np.uint64)
        h = (i * np.uint64(2654435761) + np.uint64(t + 1) * np.uint64(40503 * 65537)) & np.uint64(0xFFFFFFFF)
        h = ((h ^ (h >> np.uint64(13))) * np.uint64(1540483477)) & np.uint64(0xFFFFFFFF)
        v = ((h >> np.uint64(16)).astype(np.float64) / 65536.0 - 0.5)
        v = v * 0.5 + (1.0 if n.endswith("norm.weight") else 0.0)
        sd[n].copy_(torch.from_numpy(v.astype(np.float32)).reshape(sd[n].shape))
    m.load_state_dict(sd)
    m.tie_weights()
    with torch.no_grad():
        lp = torch.log_softmax(m(torch.tensor([ids])).logits[0].float(), -1)
    config = {k: v for k, v in json.loads(cfg.to_json_string(use_diff=False)).items() if k in kept} | {"architectures": [cls.__name__]}
    case = {"config": config, "ids": ids, "logprobs": [round(float(lp[k-1, ids[k]]), 6) for k in range(1, len(ids))], "shapes": {n: list(sd[n].shape) for n in names}}
    if name in old:
        case["old_config"] = {k: v for k, v in (config | old[name]).items() if v is not None}
    out["cases"][name] = case
json.dump(out, open(sys.argv[1], "w"))
