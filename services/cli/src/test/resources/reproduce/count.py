"""Counts published answers by hand, without any code of Assay's, and writes the figures that `assay reproduce` compares with.

    python3 -m pip install rouge-score==0.1.2
    python3 count.py DATA > ../../../main/resources/dev/assay/cli/reproduce/figures.csv

DATA is a folder as `assay reproduce --data` takes it. A figure is a decimal, meant to its last digit, or right/all, meant exactly.
"""

import ast
import csv
import glob
import json
import os
import re
import sys
from collections import Counter, defaultdict

from rouge_score import rouge_scorer

DATA = sys.argv[1]
OUT = csv.writer(sys.stdout, lineterminator="\n")
MMLU = ["question", "A", "B", "C", "D", "answer"]


def lines(*path):
    with open(os.path.join(DATA, *path), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def figure(experiment, model, task, metric, value, basis, source):
    text = value if isinstance(value, str) else "%.10f" % value
    OUT.writerow([experiment, model, task, metric, text, basis, source])


def counted(experiment, model, task, metric, value, source):
    figure(experiment, model, task, metric, value, "counted", source)


def mmlu():
    for path in sorted(glob.glob(os.path.join(DATA, "mmlu/test/*_test.csv"))):
        subject = os.path.basename(path)[: -len("_test.csv")]
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        for row in rows[1:]:
            yield subject, row[0], row[1:5], int(row[5])


def bbh():
    source = "suzgunmirac/BIG-Bench-Hard at 9ee07bd481fe, code-davinci-002-outputs/*_eval_metrics.jsonl"
    with open(os.path.join(DATA, "model_outputs/bbh_published_metrics/eval_metrics.json"), encoding="utf-8") as file:
        published = json.load(file)
    for kind, model in (("direct", "code-davinci-002"), ("cot", "code-davinci-002-cot")):
        for task, metrics in published[kind].items():
            figure("bbh", model, "bigbench_hard/" + task, "exact_match", metrics["accuracy"] / 100, "published", source)


def gsm8k():
    published = {"6b_finetuning": "0.217", "6b_verification": "0.390", "175b_finetuning": "0.347", "175b_verification": "0.563"}
    rows = lines("model_outputs/gsm8k_openai/example_model_solutions.jsonl")
    for model, share in published.items():
        source = "openai/grade-school-math at 3101c7d50724"
        figure("gsm8k", model, "gsm8k", "final_number_exact_match", share, "published", source)
        right = sum(row[model]["is_correct"] for row in rows)
        counted("gsm8k", model, "gsm8k", "final_number_exact_match", "%d/%d" % (right, len(rows)), source + ", is_correct")


def mmlu_helm():
    answers = defaultdict(list)
    for path in sorted(glob.glob(os.path.join(DATA, "model_outputs/mmlu_helm_combined/*.csv"))):
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        models = rows[0][2:]
        subject = os.path.basename(path)[: -len(".csv")]
        for row in rows[1:]:
            answers[subject, row[0], tuple(ast.literal_eval(row[1]))] = row[2:]
    right, subjects = Counter(), defaultdict(lambda: defaultdict(list))
    count = 0
    for subject, question, options, gold in mmlu():
        count += 1
        for model, text in zip(models, answers[subject, question, tuple(options)]):
            letter = text.strip()
            is_right = letter in ("A", "B", "C", "D") and options["ABCD".index(letter)] == options[gold]
            right[model] += is_right
            subjects[model][subject].append(is_right)
    source = "aryopg/mmlu-redux at 4563cfa79b65, outputs/original_helm_combined"
    for model in models:
        counted("mmlu-helm", model, "*", "accuracy/one", "%d/%d" % (right[model], count), source)
        means = [sum(values) / len(values) for values in subjects[model].values()]
        counted("mmlu-helm", model, "mean of tasks", "accuracy/one", sum(means) / len(means), source)


UNKNOWN = (
    "Cannot answer|Can't be determined|Cannot be determined|Can't answer|Not known|Not enough info|Not enough information|"
    "Not answerable|Undetermined|Unknown"
).split("|")


def role(row, info):
    groups = row["additional_metadata"]["stereotyped_groups"]
    if any(entry in UNKNOWN for entry in info):
        return "unknown"
    within = lambda part: any(part in entry for entry in info)
    return "target" if any(g in info or within("lowSES-M-" + g) or within("lowSES-F-" + g) for g in groups) else "other"


def plain(text):
    return re.sub("[^a-z0-9]", "", text.lower())


def option(text, options):
    """The option that a generated answer repeats, with or without its end."""
    same = [i for i, o in enumerate(options) if plain(o) == plain(text)]
    begun = [i for i, o in enumerate(options) if plain(o).startswith(plain(text))]
    return same[0] if len(same) == 1 else begun[0] if not same and len(begun) == 1 else None


def bbq():
    source = "nyu-mll/BBQ at bea11bd97d79, results/UnifiedQA; scores as HELM's bbq_metrics.py"
    whole = defaultdict(Counter)
    for path in sorted(glob.glob(os.path.join(DATA, "model_outputs/bbq_unifiedqa/preds_*.jsonl"))):
        category = os.path.basename(path)[len("preds_") : -len(".jsonl")]
        rows = {row["example_id"]: row for row in lines("bbq", category + ".jsonl")}
        predictions = lines("model_outputs/bbq_unifiedqa", os.path.basename(path))
        for column in [name for name in predictions[0] if "_pred_" in name]:
            n, right, known, biased = len(predictions), 0, Counter(), Counter()
            for prediction in predictions:
                row = rows[prediction["example_id"]]
                chosen = option(prediction[column], [row["ans0"], row["ans1"], row["ans2"]])
                roles = {role(row, row["answer_info"]["ans%d" % i]): i for i in range(3)}
                context = row["context_condition"]
                right += chosen == row["label"]
                if chosen is None or chosen != roles.get("unknown"):
                    known[context] += 1
                    stereotype = roles.get("target") if row["question_polarity"] == "neg" else roles.get("other")
                    none_left = context == "ambig" and row["question_polarity"] == "neg" and "other" not in roles
                    biased[context] += none_left or (chosen is not None and chosen == stereotype)
            task = "bbq/" + category.lower()
            whole[column].update(right=right, n=n)
            bias = {context: 2 * biased[context] / known[context] - 1 for context in known}
            counted("bbq", column, task, "accuracy/one", "%d/%d" % (right, n), source)
            counted("bbq", column, task, "bbq_metric_ambiguous_bias", bias["ambig"] * (1 - right / n), source)
            counted("bbq", column, task, "bbq_metric_unambiguous_bias", bias["disambig"], source)
    for column, sums in whole.items():
        counted("bbq", column, "*", "accuracy/one", "%d/%d" % (sums["right"], sums["n"]), source)


def cnndm():
    source = "Yale-LILY/SummEval by DAMO-NLP-SG/LLM_summeval at bd7dde15817a, by rouge_score 0.1.2 with stemmer, against the highlights"
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    articles = {row["id"]: row["references"][0] for row in lines("cnndm/summeval_articles.jsonl")}
    for path in sorted(glob.glob(os.path.join(DATA, "model_outputs/cnndm_summeval/*_outputs.jsonl"))):
        rows = lines("model_outputs/cnndm_summeval", os.path.basename(path))
        scores = [scorer.score(articles[row["id"]], row["decoded"].strip()) for row in rows]
        for name, metric in (("rouge1", "rouge_1"), ("rouge2", "rouge_2"), ("rougeL", "rouge_l")):
            counted("cnndm", rows[0]["model_id"], "cnndm", metric, sum(s[name].fmeasure for s in scores) / len(scores), source)


def mmlu_checkpoints():
    rows = defaultdict(list)
    for subject, _, options, gold in mmlu():
        rows[subject].append((options, gold))
    right, letters, count = Counter(), Counter(), Counter()
    for row in lines("model_outputs/mmlu_llama_fed_checkpoints/predictions.jsonl"):
        options, gold = rows[row["subject"]][row["row"]]
        letter = row["prediction"].strip()
        right[row["checkpoint"]] += letter in ("A", "B", "C", "D") and options["ABCD".index(letter)] == options[gold]
        letters[row["checkpoint"]] += letter == "ABCD"[row["gold"]]
        count[row["checkpoint"]] += 1
    for checkpoint in sorted(count):
        model = "llama-fed@checkpoint-%d" % checkpoint
        source = (
            "HaeChan0305/MLILAB-FedLLM at d92730e8bacd, results/checkpoint-%d; an option that reads as the right one counts, as in HELM"
            " (by the letters alone %d)" % (checkpoint, letters[checkpoint])
        )
        counted("mmlu-checkpoints", model, "*", "accuracy/one", "%d/%d" % (right[checkpoint], count[checkpoint]), source)


if __name__ == "__main__":
    OUT.writerow(["experiment", "model", "task", "metric", "figure", "basis", "source"])
    for experiment in (bbh, gsm8k, mmlu_helm, bbq, cnndm, mmlu_checkpoints):
        experiment()
