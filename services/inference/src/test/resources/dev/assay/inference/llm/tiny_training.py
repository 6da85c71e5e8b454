# Losses and gradients of LoRA adapters of the tiny models, and of all their weights, and some steps of AdamW; transformers, PEFT and torch are
# the oracle.
# Usage: python tiny_training.py tiny_models.json tiny_gradients.json tiny_steps.json tiny_full_gradients.json tiny_full_steps.json
import json, sys, numpy as np, peft, torch, transformers
from peft import LoraConfig, get_peft_model
torch.set_num_threads(1)
models = json.load(open(sys.argv[1]))["cases"]
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
cases = {"usual": ("llama", 4, 8, ["q_proj", "v_proj"]), "all": ("llama", 3, 6, TARGETS), "tied": ("llama3", 2, 8, ["q_proj", "v_proj"]),
         "biases": ("llama_biases", 2, 4, TARGETS), "windows": ("mistral", 4, 4, ["k_proj", "v_proj"]), "qwen2": ("qwen2", 4, 8, ["q_proj", "o_proj"]),
         "qwen3": ("qwen3", 4, 8, ["q_proj", "k_proj", "up_proj"]), "gemma3": ("gemma3", 4, 8, TARGETS)}
def numbers(tensor, shape, norm=False):
    i = np.arange(int(np.prod(shape)), dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(tensor + 1) * np.uint64(40503 * 65537)) & np.uint64(0xFFFFFFFF)
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(1540483477)) & np.uint64(0xFFFFFFFF)
    v = ((h >> np.uint64(16)).astype(np.float64) / 65536.0 - 0.5) * 0.5 + (1.0 if norm else 0.0)
    return torch.from_numpy(v.astype(np.float32)).reshape(shape)
def texts():
    """Three texts of 12, 16 and 20 tokens; the last five tokens of each are learned, and its fourth."""
    return [([(j * 29 + 7 + 11 * i) % 64 for j in range(12 + 4 * i)], [3] + list(range(7 + 4 * i, 12 + 4 * i))) for i in range(3)]
def batch():
    longest = max(len(ids) for ids, _ in texts())
    ids, labels, mask = [], [], []
    for tokens, learned in texts():
        pad = longest - len(tokens)
        ids.append(tokens + [0] * pad)
        labels.append([t if j in learned else -100 for j, t in enumerate(tokens)] + [-100] * pad)
        mask.append([1] * len(tokens) + [0] * pad)
    return dict(input_ids=torch.tensor(ids), labels=torch.tensor(labels), attention_mask=torch.tensor(mask))
def plain(model):
    case = models[model]
    cls = getattr(transformers, case["config"]["architectures"][0])
    base = cls(cls.config_class(**{k: v for k, v in case["config"].items() if k != "architectures"} | {"pad_token_id": 0})).float()
    sd = base.state_dict()
    for t, n in enumerate(case["shapes"]):
        sd[n].copy_(numbers(t, case["shapes"][n], n.endswith("norm.weight")))
    base.load_state_dict(sd)
    base.tie_weights()
    base.get_input_embeddings().padding_idx = None  # else the row of token 0, which the texts have, would learn nothing
    return base, case
def prepare(model, rank, alpha, targets):
    base, case = plain(model)
    adapted = get_peft_model(base, LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=targets, task_type="CAUSAL_LM")).train()
    layers = case["config"]["num_hidden_layers"]
    blocks = []  # one for A, one for B of each target, in the order of TARGETS: the parameters of all layers
    parameters = dict(adapted.named_parameters())
    for target in [t for t in TARGETS if t in targets]:
        for kind in ["lora_A", "lora_B"]:
            blocks.append([next(p for n, p in parameters.items() if f".layers.{l}." in n and f"{target}.{kind}." in n) for l in range(layers)])
    with torch.no_grad():
        for b, block in enumerate(blocks):
            values = numbers(1000 + b, (layers,) + tuple(block[0].shape))
            for l, p in enumerate(block):
                p.copy_(values[l])
    return adapted, blocks
def loss_of(model):
    learned = sum(len(l) for _, l in texts())
    return model(**batch(), num_items_in_batch=torch.tensor(learned)).loss
def flat(blocks, f):
    return torch.cat([f(p).flatten() for block in blocks for p in block]).double()
def thin(values):
    return [float(f"{v:.7g}") for v in values[::7].tolist()]
made = f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}, CPU, float32"
out = {"made_with": made, "what": "the adapter's numbers by the formula in TinyModels.java, blocks numbered from 1000 on; loss a learned token, the gradient's norm, and every seventh number of the gradient", "cases": {}}
for name, (model, rank, alpha, targets) in cases.items():
    adapted, blocks = prepare(model, rank, alpha, targets)
    loss = loss_of(adapted)
    loss.backward()
    gradient = flat(blocks, lambda p: p.grad)
    out["cases"][name] = {"model": model, "rank": rank, "alpha": alpha, "targets": targets, "loss": float(loss), "norm": float(gradient.norm()),
                          "size": gradient.numel(), "gradient": thin(gradient)}
json.dump(out, open(sys.argv[2], "w"))
adapted, blocks = prepare(*cases["usual"])
optimiser = torch.optim.AdamW([p for block in blocks for p in block], lr=0.01)
losses, norms = [], []
for step in range(8):
    optimiser.zero_grad()
    loss = loss_of(adapted)
    loss.backward()
    norms.append(float(torch.nn.utils.clip_grad_norm_([p for block in blocks for p in block], 1.0)))
    optimiser.step()
    losses.append(float(loss))
json.dump({"made_with": made, "what": "eight steps of torch.optim.AdamW, learning rate 0.01, gradient clipped to norm 1, on the usual case of tiny_gradients.json; every seventh number of the adapter after them",
           "losses": losses, "norms": norms, "adapter": thin(flat(blocks, lambda p: p.detach()))}, open(sys.argv[3], "w"))

EVERY = 61
def some(tensor):
    return [float(f"{v:.7g}") for v in tensor.flatten().double()[::EVERY].tolist()]
full = {"made_with": made, "what": "all weights by the formula in TinyModels.java; loss a learned token, the norm of the gradient, and of each tensor the norm and every 61st number", "cases": {}}
for model in ["llama", "llama3", "llama_biases", "mistral", "qwen2", "qwen3", "gemma3"]:
    base, _ = plain(model)
    loss = loss_of(base.train())
    loss.backward()
    parameters = dict(base.named_parameters())
    full["cases"][model] = {"loss": float(loss), "norm": float(torch.cat([p.grad.flatten() for p in parameters.values()]).double().norm()),
                            "tensors": {n: {"norm": float(p.grad.double().norm()), "gradient": some(p.grad)} for n, p in parameters.items()}}
json.dump(full, open(sys.argv[4], "w"))
base, _ = plain("llama")
base.train()
parameters = dict(base.named_parameters())
decays = lambda n: "norm" not in n and not n.endswith("bias")  # as the Hugging Face trainer has it
optimiser = torch.optim.AdamW([{"params": [p for n, p in parameters.items() if decays(n)], "weight_decay": 0.1},
                               {"params": [p for n, p in parameters.items() if not decays(n)], "weight_decay": 0.0}], lr=0.003)
losses, norms = [], []
for step in range(8):
    optimiser.zero_grad()
    loss = loss_of(base)
    loss.backward()
    norms.append(float(torch.nn.utils.clip_grad_norm_(list(parameters.values()), 1.0)))
    optimiser.step()
    losses.append(float(loss))
json.dump({"made_with": made, "what": "eight steps of torch.optim.AdamW on all weights of the model llama, learning rate 0.003, weight decay 0.1 but for norms, gradient clipped to norm 1; every 61st number of each tensor after them",
           "losses": losses, "norms": norms, "tensors": {n: some(p.detach()) for n, p in parameters.items()}}, open(sys.argv[5], "w"))
