"""lm-evaluation-harness asks a model through the gateway; its answers are held against those of its own hf backend.

The questions and the expected log-probabilities are those of a file with "items": [{"prompt", "logprobs", "gold"}]. The harness runs as its
command does: a multiple-choice task, --model local-completions, samples logged.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

TASK = """\
task: assay_client
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{prompt}}}}"
doc_to_choice: ["A", "B", "C", "D"]
doc_to_target: gold
target_delimiter: " "
metric_list:
  - metric: acc
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--vectors", required=True)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--concurrent", type=int, default=4)
    arguments = parser.parse_args()
    with open(arguments.vectors, encoding="utf-8") as file:
        items = json.load(file)["items"][: arguments.limit]
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "questions.jsonl")
        with open(data, "w", encoding="utf-8") as file:
            for item in items:
                file.write(json.dumps({"prompt": item["prompt"], "gold": item["gold"]}) + "\n")
        with open(os.path.join(folder, "task.yaml"), "w", encoding="utf-8") as file:
            file.write(TASK.format(data=data))
        output = os.path.join(folder, "out")
        model_args = ",".join(
            [
                f"model={arguments.model}",
                f"base_url={arguments.gateway}/v1/completions",
                f"num_concurrent={arguments.concurrent}",
                "tokenizer_backend=remote",
                "max_length=8192",
            ]
        )
        command = [os.path.join(os.path.dirname(sys.executable), "lm_eval"), "--model", "local-completions", "--model_args", model_args]
        command += ["--tasks", "assay_client", "--include_path", folder, "--output_path", output, "--log_samples"]
        begun = time.time()
        environment = dict(os.environ, HF_HUB_OFFLINE="1", HF_DATASETS_CACHE=os.path.join(folder, "cache"), OPENAI_API_KEY="none")
        done = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(done.stdout[-4000:], file=sys.stderr)
            return 1
        seconds = time.time() - begun
        samples = {}
        for path in glob.glob(os.path.join(output, "**", "samples_*.jsonl"), recursive=True):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    sample = json.loads(line)
                    samples[sample["doc_id"]] = sample
    worst, same, right = 0.0, 0, 0
    for number, item in enumerate(items):
        got = [float(response[0]) for response in samples[number]["filtered_resps"]]
        worst = max(worst, max(abs(a - b) for a, b in zip(got, item["logprobs"])))
        decided, expected = got.index(max(got)), item["logprobs"].index(max(item["logprobs"]))
        same += decided == expected
        right += decided == item["gold"]
    print(f"questions                    {len(items)}, in {seconds:.0f} s with {arguments.concurrent} at a time")
    print(f"same decisions               {same} of {len(items)}")
    print(f"largest difference           {worst:.2e} (target: 1e-3)")
    print(f"accuracy                     {right / len(items):.3f}")
    return 0 if same == len(items) and worst <= 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main())
