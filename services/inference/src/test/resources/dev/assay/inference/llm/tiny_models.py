# Log-probabilities of tiny models whose weights come from a formula; transformers is the oracle. Usage: python tiny_models.py tiny_models.json
import json, sys, numpy as np, torch, transformers
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM
torch.set_num_threads(1)
common = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
              vocab_size=64, max_position_embeddings=128, rms_norm_eps=1e-5, hidden_act="silu")
cases = {
  "llama": (LlamaForCausalLM, LlamaConfig(**common, tie_word_embeddings=False, rope_theta=10000.0)),
  "llama3": (LlamaForCausalLM, LlamaConfig(**common, tie_word_embeddings=True, rope_theta=10000.0,
     rope_scaling=dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32))),
  "qwen2": (Qwen2ForCausalLM, Qwen2Config(**common, tie_word_embeddings=True, rope_theta=10000.0)),
}
out = {"made_with": f"transformers {transformers.__version__}, torch {torch.__version__}, CPU, float32", "what": "weights by the formula in TinyModels.java; log-probability of each token but the first, given those before it", "cases": {}}
ids = [(i * 29 + 7) % 64 for i in range(40)]
for name, (cls, cfg) in cases.items():
    m = cls(cfg).eval().float()
    sd = m.state_dict()
    names = sorted(n for n in sd if not (n == "lm_head.weight" and cfg.tie_word_embeddings))
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
    out["cases"][name] = {"names": names, "config": json.loads(cfg.to_json_string(use_diff=False)), "ids": ids, "logprobs": [round(float(lp[k-1, ids[k]]), 6) for k in range(1, len(ids))]}
    out["cases"][name]["config"] = {k: v for k, v in out["cases"][name]["config"].items() if k in ("hidden_size","num_hidden_layers","num_attention_heads","num_key_value_heads","head_dim","intermediate_size","vocab_size","max_position_embeddings","rms_norm_eps","hidden_act","rope_theta","rope_scaling","rope_parameters","tie_word_embeddings","bos_token_id","eos_token_id","use_sliding_window")}
    out["cases"][name]["config"]["architectures"] = [cls.__name__]
    out["cases"][name]["shapes"] = {n: list(sd[n].shape) for n in names}
    del out["cases"][name]["names"]
json.dump(out, open(sys.argv[1], "w"))
