# Log-probabilities of the tiny models with LoRA adapters whose weights come from the same formula; PEFT is the oracle, which merges nothing.
# Usage: python tiny_adapters.py tiny_models.json tiny_adapters.json
import json, sys, tempfile, numpy as np, peft, torch, transformers
from peft import LoraConfig, get_peft_model
from safetensors import safe_open
torch.set_num_threads(1)
models = json.load(open(sys.argv[1]))["cases"]
all_linear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
cases = {
  "all": ("llama", dict(r=4, lora_alpha=8, target_modules=all_linear)),
  "patterns": ("llama3", dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "mlp.down_proj"], rank_pattern={"v_proj": 2, "layers.1.self_attn.q_proj": 6},
                              alpha_pattern={"down_proj": 3, "^model.layers.0.self_attn.v_proj": 5})),
  "regex": ("qwen2", dict(r=3, lora_alpha=5, use_rslora=True, target_modules=r"model\.layers\.\d+\.(self_attn\.[qk]_proj|mlp\.(up|gate)_proj)")),
  "one_layer": ("qwen3", dict(r=2, lora_alpha=2, target_modules=all_linear, layers_to_transform=[1])),
  "gemma": ("gemma3", dict(r=4, lora_alpha=4, target_modules=all_linear, exclude_modules=["k_proj"])),
  "neox": ("gpt_neox", dict(r=4, lora_alpha=8, target_modules=["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"])),
  "neox_qkv": ("gpt_neox_sequential", dict(r=2, lora_alpha=8, target_modules=["query_key_value"])),
  "phi": ("phi3", dict(r=4, lora_alpha=8, target_modules=["qkv_proj", "gate_up_proj", "o_proj"])),
}
def numbers(tensor, shape, norm=False):
    i = np.arange(int(np.prod(shape)), dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(tensor + 1) * np.uint64(40503 * 65537)) & np.uint64(0xFFFFFFFF)
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(1540483477)) & np.uint64(0xFFFFFFFF)
    v = ((h >> np.uint64(16)).astype(np.float64) / 65536.0 - 0.5) * 0.5 + (1.0 if norm else 0.0)
    return torch.from_numpy(v.astype(np.float32)).reshape(shape)
out = {"made_with": f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}, CPU, float32",
       "what": "weights of adapters by the formula in TinyModels.java, tensors numbered from 1000 on; log-probability of each token but the first of the model's ids", "cases": {}}
for name, (model, settings) in cases.items():
    case = models[model]
    cls = getattr(transformers, case["config"]["architectures"][0])
    base = cls(cls.config_class(**{k: v for k, v in case["config"].items() if k != "architectures"} | {"pad_token_id": 0})).eval().float()
    sd = base.state_dict()
    for t, n in enumerate(case["shapes"]):
        sd[n].copy_(numbers(t, case["shapes"][n], n.endswith("norm.weight")))
    base.load_state_dict(sd)
    base.tie_weights()
    ids = torch.tensor([case["ids"]])
    with torch.no_grad():
        plain = torch.log_softmax(base(ids).logits[0].float(), -1)
    assert all(abs(float(plain[k - 1, case["ids"][k]]) - case["logprobs"][k - 1]) < 1e-4 for k in range(1, len(case["ids"]))), model
    adapted = get_peft_model(base, LoraConfig(**settings)).eval()
    with tempfile.TemporaryDirectory() as folder:
        adapted.save_pretrained(folder)
        config = json.load(open(folder + "/adapter_config.json"))
        with safe_open(folder + "/adapter_model.safetensors", "pt") as file:
            shapes = {n: list(file.get_slice(n).get_shape()) for n in sorted(file.keys())}
    sd = adapted.state_dict()
    for t, n in enumerate(shapes):
        sd[n.replace(".weight", ".default.weight")].copy_(numbers(1000 + t, shapes[n]))
    adapted.load_state_dict(sd)
    with torch.no_grad():
        lp = torch.log_softmax(adapted(ids).logits[0].float(), -1)
    config["base_model_name_or_path"] = None
    out["cases"][name] = {"model": model, "config": config, "shapes": shapes,
                          "logprobs": [round(float(lp[k - 1, case["ids"][k]]), 6) for k in range(1, len(case["ids"]))]}
json.dump(out, open(sys.argv[2], "w"))
