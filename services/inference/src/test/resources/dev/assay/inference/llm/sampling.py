# What transformers' logits processors and warpers leave of a distribution, in its own order. Usage: python sampling.py sampling.json
import itertools, json, sys, torch, transformers
from transformers import LogitsProcessorList, RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

# Quarters are exact in every format; the third list has ties at every rank.
logits = {
    "flat": [((i * 37) % 23) / 4 - 2.5 for i in range(23)],
    "peaked": [6.0 if i == 5 else ((i * 29) % 31) / 4 - 6 for i in range(31)],
    "tied": [float((i * 7) % 5) - 1 for i in range(20)],
}
seen = [0, 3, 5, 5, 11]
cases = []
for name, temperature, k, p, penalty in itertools.product(logits, [0.5, 1.0, 1.75], [0, 1, 6, 100], [0.25, 0.9, 1.0], [1.0, 1.25]):
    steps = LogitsProcessorList()
    if penalty != 1:
        steps.append(RepetitionPenaltyLogitsProcessor(penalty))
    if temperature != 1:
        steps.append(TemperatureLogitsWarper(temperature))
    if k:
        steps.append(TopKLogitsWarper(k))
    if p < 1:
        steps.append(TopPLogitsWarper(p))
    scores = steps(torch.tensor([seen]), torch.tensor([logits[name]], dtype=torch.float32))
    probabilities = torch.softmax(scores.double(), -1)[0]
    cases.append({"logits": name, "temperature": temperature, "top_k": k, "top_p": p, "penalty": penalty,
                  "probabilities": [round(float(x), 7) for x in probabilities]})
json.dump({"made_with": f"transformers {transformers.__version__}, torch {torch.__version__}", "logits": logits, "seen": seen, "cases": cases},
          open(sys.argv[1], "w"), separators=(",", ":"))
