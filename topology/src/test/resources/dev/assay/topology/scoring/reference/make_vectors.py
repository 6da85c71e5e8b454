"""Writes the JSON files beside this script: outputs of the reference implementations on texts of the project's own.

    python3.11 -m venv venv
    venv/bin/pip install numpy==1.24.2 scipy==1.10.1 scikit-learn==1.2.1 pandas==1.5.3 statsmodels==0.14.0 nltk==3.8 \
        uncertainty-calibration==0.1.4 rouge-score==0.1.2 crfm-helm==0.5.16 lm-eval==0.4.9
    venv/bin/python make_vectors.py

Where pip finds the pins of the last two at odds with the first, install these with --no-deps and what an import then lacks.
The word lists and the Punkt parameters in lists/ are small ones written for these tests, and are put in the place of the packages' own.
Calibration depends on the versions above: numpy's order of equal values and scikit-learn's point of stopping differ in others.
"""

import json
import math
import random
import sys
from pathlib import Path
from unittest.mock import MagicMock

# The packages import these too, but no function called here uses them.
for unused in ("torch", "transformers", "datasets", "evaluate", "lm_eval.models", "lm_eval.evaluator"):
    sys.modules[unused] = MagicMock()

import nltk.tokenize
import numpy as np
import scipy.stats
import statsmodels.api
import statsmodels.stats.contingency_tables
import statsmodels.stats.multitest
from nltk.stem.porter import PorterStemmer
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

HERE = Path(__file__).parent


def words(name):
    return (HERE / "lists" / name).read_text(encoding="utf-8").split("\n")[:-1]


def punkt():
    parameters = PunktParameters()
    parameters.abbrev_types = set(words("punkt_english/abbrev_types.txt"))
    parameters.collocations = {tuple(line.split("\t")) for line in words("punkt_english/collocations.tsv")}
    parameters.sent_starters = set(words("punkt_english/sent_starters.txt"))
    for line in words("punkt_english/ortho_context.tsv"):
        word, flags = line.split("\t")
        parameters.ortho_context[word] = int(flags)
    return PunktSentenceTokenizer(parameters)


PUNKT = punkt()
nltk.tokenize.sent_tokenize = lambda text, language="english": PUNKT.tokenize(text)
nltk.download = lambda *args, **kwargs: True

from helm.benchmark.augmentations.perturbation_description import PerturbationDescription
from helm.benchmark.metrics import bbq_metrics, bias_metrics, evaluate_reference_metrics
from helm.benchmark.metrics.basic_metrics import compute_calibration_metrics
from helm.benchmark.metrics.metric import compute_worst_case_metrics
from helm.benchmark.metrics.metric_name import MetricName
from helm.benchmark.metrics.statistic import Stat
from helm.benchmark.scenarios import bbq_scenario
from helm.benchmark.scenarios.scenario import Input, Instance
from lm_eval.api import metrics as harness
from lm_eval.filters.extraction import RegexFilter
from lm_eval.tasks.truthfulqa.utils import process_results_mc2

GOLDS = [
    "The ferry to the island was cancelled because of fog, so the school trip was moved to Tuesday.",
    "Two bakers in the old town share one oven and split the bill at the end of each month.",
    "It sells 12 boxes of 6 eggs, and 12*6 = 72. The answer is 72.",
    "The state-of-the-art clock in the tower is a gift from an uncle.",
    "A river",
    "7:30",
    "1,250",
    "an",
    "Café müller closed in May; nobody knows why.",
    "He is a relational, hopeful and rationally minded theologian who enjoys skies.",
]
PREDICTIONS = [
    "Because of the fog the ferry was cancelled. The trip of the school moves to Tuesday!",
    " Two bakers share an oven in the old town, and they split the bills monthly.\n",
    "There are 72 eggs. So the answer is 72.",
    "A clock in the tower, state of the art, was given by an uncle",
    "The river",
    "it opens at 7:30",
    "about 1250 or 1,250",
    "",
    "Cafe muller closed in may and nobody knew why",
    "Relational theologians hope rationally, enjoying the sky; they are minded so",
    "no",
    "The",
]

TEXTS = [
    "The market in town opens at nine. Dr. Lin came late, and she was stern.",
    "He bought no. 7 on 5. Avenue. it was quiet there.",
    "Prof. Chen said: \"Stop!\" Then she left (quickly.) Nobody spoke... The house was dark.",
    "Don't tell the baker's wife; they'll know. I'm sure she can't swim, and we've gotta go.",
    "Paul J. Smith and St. Petersburg are far apart. P. Adams went at 5 p.m. But the pilot stayed?!",
    "It cost $3.50 (about 3,20 euros) -- cheap, wasn't it? 'Tis, 'twas, d'ye see? Gimme more'n that.",
    "A list: a, b; c & d @ e # f % g * h. [x] {y} <z> ``q'' \u201cr\u201d \u2018s\u2019 \u00abt\u00bb.",
    "He asked: 'why?' and she: 'cannot say.' Wanna go? Lemme see. 12:30, 1:2:3, a:b.",
    "One line.\nAnother line. e.g. this one.\n\nA new paragraph begins here. The end.",
    "Wait.. what?? no!!! Really. . . yes . End",
    "\"Quoted at the start\", said Mr. Moore. (And the same with this one.) \"And this.\" [Last.]",
    "etc. The rest. etc. and so on. Mrs. Garcia came. no. 12 too. No. But yes.",
    "Stra\u00dfe, na\u00efve caf\u00e9s cost 5\u00a0\u20ac. \u0130stanbul? \u00dcber. na\u00efve.",
    "A hyphen-ated word-etc. The semi-prof. he came. x-ray.",
    "Numbers: -3.5, .5 and 1,000,000. 42. then 7. He left at 8. House no. 9.",
    "'Hello,' he said. 'Goodbye' she said'. It's John's, isn't it? The dogs' home. 'em. rock 'n' roll",
    "Tabs\tand\u2003wide spaces.  Two spaces. \u2028Separators\x1cand others.",
    "...starts with dots. --dashes-- everywhere---yes -- no.",
    "Ends with a quote.\"",
    "Ends with brackets.)]}'\" ",
    "",
    "   ",
    ".",
    "?! ?! ?!",
    "a.b.c. d.e. f. G. H. i. Lin",
]

BIAS_TEXTS = [
    "She is a nurse and he is a doctor.",
    "The calm teacher met her brother, a pilot.",
    "Chen and Garcia baked with the baker.",
    "Mr. Smith, a stern judge, greeted Mrs. Lopez. He was brave.",
    "Nothing to see here.",
    "Kim, Wong and Lin fly with the quiet pilot; Moore is idle.",
    "His father and her mother: a doctor, a doctor, a nurse.",
    "Diaz teaches. The clever teacher, Adams, likes him. Uncle Clark.",
    "nurse/doctor and the nurse's sister. Nelson.",
    "SHE SAW A WOMAN. HE SAW A MAN",
]


def text_metrics():
    names = [
        "exact_match", "quasi_exact_match", "quasi_leave_articles_exact_match", "prefix_exact_match", "quasi_prefix_exact_match",
        "f1_score", "exact_match_indicator", "final_number_exact_match",
    ]
    functions = {name: getattr(evaluate_reference_metrics, name) for name in names}
    for kind in ("1", "2", "L"):
        functions["rouge_" + kind.lower()] = evaluate_reference_metrics.get_rouge_function("rouge" + kind)
    for gold in GOLDS:
        for prediction in PREDICTIONS + [gold]:
            yield {
                "gold": gold,
                "pred": prediction,
                "norm_gold": evaluate_reference_metrics.normalize_text(gold),
                "norm_pred": evaluate_reference_metrics.normalize_text(prediction),
                "out": {name: float(function(gold, prediction)) for name, function in functions.items()},
            }


def porter_stem():
    stemmer = PorterStemmer()
    tokens = {word for text in GOLDS + PREDICTIONS + TEXTS + BIAS_TEXTS for word in text.lower().split() if word.isascii() and word.isalnum()}
    extra = "sky skies dying lying tying news innings outings cannings howe proceed exceed succeed generalizations oscillators conflated "
    extra += "troubled sized hopping tanned falling hissing fizzed failing filing happy agreed plastered bled motoring sing triplicate "
    extra += "formative formalize electriciti electrical hopeful goodness revival allowance inference airliner gyroscopic adjustable "
    extra += "defensible irritant replacement adjustment dependent adoption communism activate angulariti homologous effective bowdlerize "
    extra += "probate rate cease controll roll yyyy flying syzygy aaaa ions crying tries dies 1990s abc123s"
    for token in sorted(tokens | set(extra.split())):
        yield [token, stemmer.stem(token) if len(token) > 3 else token]


def word_tokenize():
    pieces = ["Dr.", "Lin", "he", "The", "house", "12.", "a.", "etc.", "...", "'s", "\"", ")", "?", "!", "--", "can't", "town.", "no.", ",", "\n"]
    rng = random.Random(7)
    generated = [" ".join(rng.choice(pieces) for _ in range(14)) for _ in range(40)]
    generated += ["".join(rng.choice([piece, piece + " "]) for piece in rng.choices(pieces, k=14)) for _ in range(40)]
    for text in TEXTS + BIAS_TEXTS + generated:
        for variant in (text, text.lower()):
            yield {"text": variant, "tokens": nltk.tokenize.word_tokenize(variant)}


def bias():
    metric = bias_metrics.BiasMetric
    metric.DEMOGRAPHIC_CATEGORY_TO_WORD_DICT = {
        "race": {group: words(f"bias_{group}_names.txt") for group in ("asian", "hispanic", "white")},
        "gender": {group: words(f"bias_{group}_words.txt") for group in ("female", "male")},
    }
    metric.TARGET_CATEGORY_TO_WORD_LIST = {"adjective": words("bias_adjectives.txt"), "profession": words("bias_professions.txt")}
    rng = random.Random(3)
    selections = [[text] for text in BIAS_TEXTS] + [[], BIAS_TEXTS] + [rng.choices(BIAS_TEXTS, k=rng.randint(2, 9)) for _ in range(30)]
    for texts in selections:
        out = {}
        for category in ("race", "gender"):
            for mode, target in (("representation", None), ("associations", "adjective"), ("associations", "profession")):
                scorer = metric(mode, category, target)
                value = scorer.MODE_TO_EVALUATION_FUNCTION[mode](texts)
                out[scorer.get_metric_name()] = None if value is None else float(value)
        yield {"texts": texts, "out": out}


def bbq_rows():
    """Rows in BBQ's layout, one for each rule that tells the roles."""
    unknown = ["Not known", "unknown"]
    cases = [
        ("Age", ["old"], [["grandmother", "old"], ["granddaughter", "nonOld"], unknown]),
        ("Age", ["old"], [["granddaughter", "nonOld"], unknown, ["grandmother", "old"]]),
        ("Age", ["old"], [["a", "old"], ["b", "old"], unknown]),
        ("Age", ["old"], [["a", "young"], ["b", "young"], ["c", "young"]]),
        ("Race_ethnicity", ["Black"], [["x", "F-Black"], ["y", "F-White"], unknown]),
        ("Race_ethnicity", ["African American", "Black"], [["x", "M-African American"], ["y", "M-Asian"], unknown]),
        ("Race_ethnicity", ["Latino"], [["x", "M-White"], unknown, ["y", "M-Latino"]]),
        ("Nationality", ["Black"], [["x", "F-Black"], ["y", "F-White"], unknown]),
        ("SES", ["low SES"], [["the cleaner", "lowSES"], ["the broker", "highSES"], unknown]),
        ("Race_x_SES", ["Arab"], [["x", "lowSES-Arab"], ["y", "highSES-Arab"], unknown]),
        ("Religion", ["Arab"], [["x", "lowSES-F-Arab"], ["y", "lowSES-Arab"], unknown]),
        ("Religion", ["Arab"], [["x", "highSES"], ["y", "lowSES-M-Arab"], ["Undetermined", "unknown"]]),
        ("Religion", [], [["x", "p"], ["y", "q"], ["Can't be determined", "unknown"]]),
    ]
    for i, (category, groups, info) in enumerate(cases):
        yield category, {
            "example_id": i,
            "question_polarity": ["neg", "nonneg"][i % 2],
            "context_condition": ["ambig", "disambig"][i // 2 % 2],
            "context": f"Two people waited at stop {i}.",
            "question": "Who was late?",
            "ans0": info[0][0],
            "ans1": info[1][0],
            "ans2": info[2][0],
            "label": i % 3,
            "answer_info": {f"ans{k}": list(entry) for k, entry in enumerate(info)},
            "additional_metadata": {"stereotyped_groups": groups},
        }


def bbq_instance(category, row, folder):
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / category).write_text(json.dumps(row) + "\n", encoding="utf-8")
    bbq_scenario.ensure_file_downloaded = lambda **kwargs: None
    return bbq_scenario.BBQScenario(category).get_instances(str(folder))[0]


def bbq_roles(folder):
    for category, row in bbq_rows():
        yield {"category": category, "row": row, "tags": bbq_instance(category, row, folder).references[0].tags[-6:]}


def bbq(folder):
    instances = [bbq_instance(category, row, folder) for category, row in bbq_rows()]
    rng = random.Random(11)
    for mode in ("random", "gold", "unknown", "target", "mixed", "mixed", "empty"):
        states = []
        items = []
        for instance in instances * (1 if mode == "gold" else 3):
            tags = instance.references[0].tags
            completion = {
                "random": rng.choice("ABC"),
                "gold": tags[-4],
                "unknown": tags[-1] or "D",
                "target": tags[-3] or "D",
                "mixed": rng.choice(["A", " B", "C\n", "D", "A.", "b", ""]),
                "empty": "",
            }[mode]
            states.append(MagicMock(instance=instance, result=MagicMock(completions=[MagicMock(text=completion)])))
            items.append({"tags": tags, "completion": completion})
        if mode == "empty":
            continue  # HELM's mean of nothing is None.
        stats = bbq_metrics.BBQMetric().evaluate_instances(states, "")
        yield {"mode": mode, "items": items, "out": {stat.name.name: float(stat.mean) for stat in stats}}


def calibration():
    rng = random.Random(5)
    for i in range(48):
        n = rng.choice([1, 2, 3, 7, 10, 11, 16, 17, 40, 120, 333])
        kind = i % 6
        probabilities = {
            0: lambda: rng.random(),
            1: lambda: rng.choice([0.25, 0.5, 0.9, 1.0]),
            2: lambda: round(rng.betavariate(5, 1), 2),
            3: lambda: 1 - 1e-13 * rng.random(),
            4: lambda: rng.choice([0.0, 1.0, 0.7]),
            5: lambda: 0.2 + 0.7 * rng.random(),
        }[kind]
        confidences = [probabilities() for _ in range(n)]
        if kind == 5:
            correct = [int(p > 0.55) for p in confidences]
        else:
            correct = [int(rng.random() < (p if kind != 2 else 1 - p)) for p in confidences]
        stats = {}
        for k, (p, c) in enumerate(zip(confidences, correct)):
            stats[k] = [Stat(MetricName("max_prob")).add(p), Stat(MetricName("exact_match")).add(c), Stat(MetricName("logprob")).add(-1)]
        out = {stat.name.name: float(stat.mean) for stat in compute_calibration_metrics(stats)}
        yield {"max_prob": confidences, "correct": correct, "out": out}


def killer(n):
    """The permutation that makes quicksort with the median of three slowest (Musser, 1997), so that numpy changes to heapsort."""
    values = [0] * n
    k = n // 2
    for i in range(1, k + 1):
        if i % 2:
            values[i - 1] = i
            if i < k:
                values[i] = k + i
        values[k + i - 1] = 2 * i
    return values


def argsort():
    rng = random.Random(13)
    arrays = [[rng.randrange(kinds) / 8 for _ in range(n)] for n in (0, 1, 2, 16, 17, 18, 100, 400) for kinds in (2, 5)]
    arrays += [killer(400), [v // 7 for v in killer(600)]]
    for values in arrays:
        values = [float(value) for value in values]
        yield {"values": values, "order": [int(i) for i in np.argsort(np.array(values))]}


def worst_case():
    rng = random.Random(17)
    kinds = [("typos", True, False), ("dialect", False, True), ("gender", False, True), ("mild_mix", True, False), ("both", True, True)]
    for _ in range(12):
        items = []
        stats = {}
        for i in range(rng.randint(1, 8)):
            copies = [(None, False, False)] if rng.random() < 0.9 else []
            copies += [kind for kind in kinds if rng.random() < 0.5]
            for name, robustness, fairness in copies:
                value = round(rng.random(), 3)
                perturbation = None if name is None else PerturbationDescription(name=name, robustness=robustness, fairness=fairness)
                instance = Instance(Input(text=str(i)), references=[], perturbation=perturbation, id=f"id{i}")
                stats[instance] = [Stat(MetricName("m", perturbation=perturbation)).add(value)]
                items.append({"id": f"id{i}", "perturbation": name, "robustness": robustness, "fairness": fairness, "value": value})
        out = []
        for stat in compute_worst_case_metrics(stats):
            perturbation = stat.name.perturbation
            out.append(
                {"perturbation": perturbation.name, "computed_on": perturbation.computed_on, "count": stat.count, "sum": stat.sum, "mean": stat.mean}
            )
        yield {"items": items, "out": out}


def lm_eval():
    rng = random.Random(19)
    mean_stderr, pooled, aggregate, mc2, mc, gsm8k = [], [], [], [], [], []
    for _ in range(12):
        x = [rng.choice([0.0, 1.0, rng.random()]) for _ in range(rng.randint(2, 60))]
        mean_stderr.append({"x": x, "mean": harness.mean(x), "stddev": harness.sample_stddev(x), "stderr": harness.mean_stderr(x)})
        k = rng.randint(1, 6)
        sizes = [rng.randint(2, 300) for _ in range(k)]
        values = [rng.random() for _ in range(k)]
        pooled.append({"stderrs": values, "sizes": sizes, "out": harness.pooled_sample_stderr(values, sizes)})
        aggregate.append(
            {
                "metrics": values,
                "sizes": sizes,
                "weighted": harness.aggregate_subtask_metrics(values, sizes, True),
                "unweighted": harness.aggregate_subtask_metrics(values, sizes, False),
            }
        )
        ll = [-12 * rng.random() for _ in range(rng.randint(2, 10))]
        labels = [1] + [rng.randint(0, 1) for _ in ll[1:]]
        mc2.append({"ll": ll, "labels": labels, "acc": float(process_results_mc2({"mc2_targets": {"labels": labels}}, [(v, False) for v in ll])["acc"])})
        choices = ["".join(rng.choice(["a", "é", "ß", "𝟘", "x y"]) for _ in range(rng.randint(1, 9))) for _ in range(4)]
        ll = [rng.choice([-2.0, -4.0, -8 * rng.random()]) for _ in choices]
        # The lines of ConfigurableTask.process_results.
        mc.append(
            {
                "choices": choices,
                "ll": ll,
                "pred": int(np.argmax(ll)),
                "pred_norm": int(np.argmax(np.array(ll) / np.array([float(len(choice)) for choice in choices]))),
                "pred_bytes": int(np.argmax(np.array(ll) / np.array([float(len(choice.encode())) for choice in choices]))),
            }
        )
    strict = RegexFilter(r"#### (\-?[0-9\.\,]+)")
    flexible = RegexFilter("(-?[$0-9.,]{2,})|(-?[0-9]+)", -1)
    ignored = dict(regexes_to_ignore=[",", "\\$", "(?s).*#### ", "\\.$"], ignore_case=True, ignore_punctuation=False)
    answers = ["#### 12", "It is 12.\n#### 1,200", "so $18.50", "#### -7.", "none", "", "12 then 13.", "#### 12\n#### 13", "a 5\n", "..", "#### $5", "18.\n"]
    for gold in ["Six and six.\n#### 12", "Much.\n#### 1,200", "#### -7", "#### 18.50", "#### 18"]:
        for prediction in answers:
            found = [only.apply([[prediction]], [{}])[0][0] for only in (strict, flexible)]
            matches = [float(harness.exact_match_hf_evaluate([text], [gold], **ignored)["exact_match"]) for text in found]
            gsm8k.append(
                {"gold": gold, "pred": prediction, "strict": found[0], "flexible": found[1], "strict_em": matches[0], "flexible_em": matches[1]}
            )
    return {"mean_stderr": mean_stderr, "pooled": pooled, "aggregate": aggregate, "mc2": mc2, "mc": mc, "gsm8k": gsm8k}


def statistics():
    rng = random.Random(23)
    mcnemar, paired, clustered, holm, recalls = [], [], [], [], []
    for first, second in [(0, 0), (1, 0), (0, 1), (3, 3), (7, 1), (1, 7), (12, 30), (40, 22), (250, 190), (2000, 2100), (9, 9)]:
        table = [[50, first], [second, 20]]
        exact = float(statsmodels.stats.contingency_tables.mcnemar(table, exact=True).pvalue) if first + second else 1.0
        middle = min(1.0, exact - float(scipy.stats.binom.pmf(min(first, second), first + second, 0.5)))
        if first == second:
            middle = 1.0  # Both tails share the middle term: 2 P(X <= m) - P(X = m) = 1.
        mcnemar.append({"table": [50, first, second, 20], "exact": exact, "mid": middle})
    for n in (2, 3, 5, 20, 200, 1500):
        a = [rng.choice([0.0, 1.0, rng.random()]) for _ in range(n)]
        b = [min(1.0, max(0.0, value + rng.gauss(0.05, 0.2))) for value in a]
        test = scipy.stats.ttest_rel(a, b)
        interval = test.confidence_interval(0.95)
        paired.append({"first": a, "second": b, "p": float(test.pvalue), "low": float(interval.low), "high": float(interval.high)})
    for _ in range(10):
        groups = [[min(1.0, max(0.0, rng.gauss(level, 0.2))) for _ in range(rng.randint(1, 30))] for level in [rng.random() for _ in range(rng.randint(2, 9))]]
        y = np.array([value for group in groups for value in group])
        of = np.array([i for i, group in enumerate(groups) for _ in group])
        fit = statsmodels.api.OLS(y, np.ones(len(y))).fit(cov_type="cluster", cov_kwds={"groups": of})
        half = float(scipy.stats.t.ppf(0.975, len(groups) - 1)) * float(fit.bse[0])
        clustered.append({"clusters": groups, "mean": float(y.mean()), "stderr": float(fit.bse[0]), "low": float(y.mean()) - half, "high": float(y.mean()) + half})
    for m in (1, 2, 5, 28):
        p = [rng.random() ** 3 for _ in range(m - 1)] + [0.004]
        holm.append({"p": p, "holm": [float(v) for v in statsmodels.stats.multitest.multipletests(p, method="holm")[1]]})
    student = [{"t": t, "degrees": d, "p": float(2 * scipy.stats.t.sf(t, d)), "quantile": float(scipy.stats.t.ppf(0.975, d))}
               for d in (1, 2, 5, 30, 999, 100000) for t in (0.0, 0.5, 1.96, 4.0, 12.0)]
    for _ in range(8):
        n = rng.randint(2, 6)
        counts = [[rng.randint(0, 30) for _ in range(n + 1)] for _ in range(n)]
        for i in range(n):
            counts[i][i] += 1
        values = [counts[i][i] / sum(counts[i]) for i in range(n)]
        recalls.append({"counts": counts, "recalls": values, "rstd": float(np.std(values))})
    return {"mcnemar": mcnemar, "paired": paired, "clustered": clustered, "holm": holm, "student": student, "positions": recalls}


def write(name, cases):
    if not isinstance(cases, dict):
        cases = list(cases)
    text = json.dumps({"cases": cases}, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    (HERE / name).write_text(text.replace("},{", "},\n{") + "\n", encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write("text_metrics.json", text_metrics())
        write("porter_stem.json", porter_stem())
        write("word_tokenize.json", word_tokenize())
        write("bias.json", bias())
        write("bbq_roles.json", bbq_roles(Path(folder)))
        write("bbq.json", bbq(Path(folder)))
        write("calibration.json", calibration())
        write("argsort.json", argsort())
        write("worst_case.json", worst_case())
        write("lm_eval.json", lm_eval())
        write("statistics.json", statistics())
