"""What Assay's engine is measured against: lm-evaluation-harness and transformers, in a process that answers a JSON object a line."""
import json, os, sys, time

# Whatever the libraries print must not come between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")

import lm_eval, torch, transformers
from importlib.metadata import version
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

harness = None


def load(ask):
    global harness
    torch.set_num_threads(ask["threads"])
    harness = HFLM(pretrained=ask["folder"], gguf_file=ask["file"], dtype=ask["dtype"], device="cpu", batch_size=ask["batch"])
    return {"versions": f"lm-eval {version('lm-eval')}, transformers {transformers.__version__}, torch {torch.__version__}"}


def score(ask):
    pairs = [(text["context"], one) for text in ask["texts"] for one in text["continuations"]]
    requests = [Instance(request_type="loglikelihood", doc={}, arguments=pair, idx=i) for i, pair in enumerate(pairs)]
    return {"logprobs": [found[0] for found in harness.loglikelihood(requests, disable_tqdm=True)]}


def read(texts):
    with torch.inference_mode():
        ids = harness.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        harness.model(**ids, logits_to_keep=1)
    return {"tokens": int(ids["attention_mask"].sum())}


def generate(texts, tokens):
    with torch.inference_mode():
        ids = harness.tokenizer(texts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False)
        out = harness.model.generate(
            **ids, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, pad_token_id=harness.tokenizer.pad_token_id or 0)
    return {"tokens": int((out.shape[1] - ids["input_ids"].shape[1]) * out.shape[0])}


work = {"load": load, "score": score, "read": lambda ask: read(ask["texts"]), "generate": lambda ask: generate(ask["texts"], ask["tokens"])}
for line in sys.stdin:
    ask = json.loads(line)
    begin, used = time.perf_counter(), time.process_time()
    answer = work[ask["do"]](ask)
    answer["seconds"], answer["computing"] = time.perf_counter() - begin, time.process_time() - used
    print(json.dumps(answer), file=answers, flush=True)
