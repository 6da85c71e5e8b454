"""The steps of bench/remote that are easier in Python: the questions, the server, the comparison."""

import json
import os
import pathlib
import socket
import statistics
import sys
import time
import urllib.request

LABELS = [" A", " B", " C", " D"]

# llama.cpp multiplies Q4_1 weights with activations that it rounds to eight bits, and keeps keys and values in float16; the engine
# multiplies the same weights as float32. A rounding to 8 bits errs by 0.2 % of a block's largest number (1 / 2 / 254), at random, in each of
# 30 x 7 products, which comes to about sqrt(210) x 0.2 % = 3 % of a logit's deviation (logits are spread by about 3): 0.1.
# A decision may turn where the two best options are nearer than the errors of both, at three deviations. What all options have in common
# turns none, and differs more: of the first 12 questions measured, 0.21 in the mean, and 0.03 once the mean of a question is taken off.
EXPECTED = 0.1
NEAR_TIE = 3 * 2**0.5 * EXPECTED


def questions(source, count, folder):
    items = json.load(open(source))["items"]
    step = max(1, len(items) // count)
    chosen = items[::step][:count]
    with open(folder / "labels.jsonl", "w") as labels, open(folder / "texts.jsonl", "w") as texts:
        for item in chosen:
            labels.write(json.dumps({"prompt": item["prompt"], "continuations": LABELS}) + "\n")
        for item in chosen[:8]:
            texts.write(json.dumps({"prompt": item["prompt"], "max_tokens": 16}) + "\n")


def serve(gguf, port_file):
    import xllamacpp

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    params = xllamacpp.CommonParams()
    params.model.path = gguf
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = 8192
    params.n_parallel = 2
    # Threads of llama.cpp spin while they wait for each other, which on a busy machine takes minutes a prompt.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    pathlib.Path(port_file + ".new").write_text(str(port))
    os.rename(port_file + ".new", port_file)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


def wait(port_file):
    until = time.monotonic() + 300
    while time.monotonic() < until:
        try:
            port = pathlib.Path(port_file).read_text()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("the server did not answer within 300 s")


def read(path):
    return [json.loads(line) for line in open(path)]


def compare(folder):
    ours = read(folder / "ours.jsonl")
    auto = read(folder / "auto.jsonl")
    chat = read(folder / "chat.jsonl")
    failed = [one["error"] for one in ours + auto + chat if "error" in one]
    if failed:
        sys.exit(f"{len(failed)} questions have no answer; the first: {failed[0]}")
    whole, apart, margins, turned = [], [], [], []
    for mine, theirs in zip(ours, auto):
        a, b = mine["logprobs"], theirs["logprobs"]
        # An option outside the server's 20 most probable tokens has a bound, not a value: the least of them may be one.
        known = [i for i in range(len(a)) if b[i] != min(b)]
        whole += [abs(a[i] - b[i]) for i in known]
        if len(known) > 1:
            common = statistics.mean(b[i] - a[i] for i in known)
            apart += [abs(b[i] - a[i] - common) for i in known]
        if a.index(max(a)) != b.index(max(b)):
            best = sorted(a, reverse=True)
            margins.append(best[0] - best[1])
            turned.append(best[0] - best[1] > NEAR_TIE)
    texts = list(zip(read(folder / "ours-texts.jsonl"), read(folder / "auto-texts.jsonl")))
    print("load", " ".join(f"{one:.1f}" for one in os.getloadavg()))
    print(f"questions                                            {len(ours)}")
    print(f"log-probability, mean difference                     {statistics.mean(whole):.3f}")
    print(f"log-probability, largest difference                  {max(whole):.3f}")
    print(f"less what the options have in common, mean, largest  {statistics.mean(apart):.3f}, {max(apart):.3f}   expected at most about {EXPECTED}")
    print(f"decided differently                                  {len(margins)}   at margins of {[round(one, 3) for one in margins]}")
    print(f"of these not near ties (margin above {NEAR_TIE:.2f})            {sum(turned)}   expected 0")
    print(f"chat: answered by votes, by letter                   {sum('logprobs' in one for one in chat)}, {sum('text' in one for one in chat)}")
    print(f"greedy texts of 16 tokens that are equal             {sum(a.get('text') == b.get('text') for a, b in texts)} of {len(texts)}")
    print(f"tokens asked, as the server counts them              {sum(one['tokens_asked'] for one in auto)}")
    sys.exit(1 if any(turned) or statistics.mean(apart) > EXPECTED else 0)


if __name__ == "__main__":
    step = sys.argv[1]
    if step == "questions":
        questions(sys.argv[2], int(sys.argv[3]), pathlib.Path(sys.argv[4]))
    elif step == "serve":
        serve(sys.argv[2], sys.argv[3])
    elif step == "wait":
        wait(sys.argv[2])
    else:
        compare(pathlib.Path(sys.argv[2]))
