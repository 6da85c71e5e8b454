"""Writes gsm8k_two_shots.json beside this file: the prompts of lm-evaluation-harness 0.4 for the starter benchmark's word problems.

    python -m venv venv && venv/bin/pip install lm-eval==0.4.13
    venv/bin/python make_gsm8k.py
"""

import json
from pathlib import Path

from lm_eval.api.samplers import ContextSampler

HERE = Path(__file__).parent
STARTER = HERE / "../../../main/resources/starter/gsm8k"


def rows(name):
    return [json.loads(line) for line in (STARTER / name).read_text(encoding="utf-8").splitlines()]


def text(row):
    return f"Question: {row['question']}\nAnswer:"


# evaluator.simple_evaluate's fewshot_random_seed; gsm8k.yaml asks in this form and names no sampler, so the default one draws.
sampler = ContextSampler(rows("train.jsonl")).set_rnd(1234)
prompts = []
for row in rows("test.jsonl"):
    shots = "".join(f"{text(shot)} {shot['answer']}\n\n" for shot in sampler.sample(2))
    prompts.append(shots + text(row))
(HERE / "gsm8k_two_shots.json").write_text(json.dumps(prompts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
