"""Runs every peer on every case at small settings: losses and gradient norms must agree to five digits.

`python compare.py [--only jax,torch-func] [--cases maml,bayes] [--time STEPS] [--full]`
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from case_data import write_safetensors

HERE = Path(__file__).parent
PEERS = ("torch-loop", "torch-func", "torch-compile", "jax", "learn2learn", "torchopt", "jax-js")
SMALL = {"tasks": 4, "support": 20, "query": 10, "steps": 2, "text": 0, "rate": 0.01}
FULL = SMALL | {"tasks": 32, "steps": 1}
AGREE = 1e-5


def rows(settings):
    """[(label, case, settings)]"""
    return [
        ("maml", "maml", settings),
        ("maml text", "maml", settings | {"text": 512}),
        ("anil", "anil", settings),
        ("anil text", "anil", settings | {"text": 512}),
        ("bayes", "bayes", settings),
        ("bayes text", "bayes", settings | {"text": 512}),
        ("mlp", "mlp", {}),
        ("transformer", "transformer", {}),
    ]


def dense(rng, prefix, index, shape):
    return {
        f"w{index}": rng.normal(0, np.sqrt(2 / shape[0]), shape),
        f"b{index}": rng.normal(0, 0.1, shape[1:]),
    }


def meta_arrays(rng, case, settings):
    tasks, text = settings["tasks"], settings["text"]
    hidden = 32 if case == "bayes" else 64
    arrays = dense(rng, "", 0, (256 + text, 64)) | dense(rng, "", 1, (64, hidden))
    if case != "bayes":
        arrays |= dense(rng, "", 2, (64, 1))
    for side, count in (("s", settings["support"]), ("q", settings["query"])):
        arrays["x" + side] = rng.normal(size=(tasks, count, 256))
        arrays["y" + side] = rng.normal(size=(tasks, count))
        if text:
            arrays["t" + side] = rng.normal(size=(tasks, count, text))
    return arrays


def mlp_arrays(rng):
    arrays = dense(rng, "", 0, (256, 256)) | dense(rng, "", 1, (256, 256)) | dense(rng, "", 2, (256, 1))
    return arrays | {"x": rng.normal(size=(1024, 256)), "y": rng.normal(size=1024)}


def transformer_arrays(rng):
    arrays = {"x": rng.normal(size=(32, 32, 128)), "y": rng.normal(size=(32, 32, 128))}
    for name, shape in {"q": (128, 128), "k": (128, 128), "v": (128, 128), "o": (128, 128), "f": (128, 512), "g": (512, 128)}.items():
        arrays |= dense(rng, "", name, shape)
    for index in "01":
        arrays["g" + index] = rng.normal(1, 0.1, 128)
        arrays["c" + index] = rng.normal(0, 0.1, 128)
    return arrays


def arrays_of(case, settings):
    rng = np.random.default_rng(7)
    if case == "mlp":
        return mlp_arrays(rng)
    return transformer_arrays(rng) if case == "transformer" else meta_arrays(rng, case, settings)


def command(peer):
    return ["node", str(HERE / "jax-js" / "peer.mjs")] if peer == "jax-js" else [sys.executable, str(HERE / "peer.py")]


def ask(process, order):
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def run_peer(peer, case_path, steps, threads):
    """The peer's first answer, with the sorted times of `steps` steps and the peak memory."""
    pin = ["taskset", "-c", "0" if threads == 1 else "0,1"]
    args = [*pin, *command(peer), "--case", str(case_path)]
    log = None if os.environ.get("PEER_LOG") else subprocess.DEVNULL
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        line = process.stdout.readline()
        if not line:
            return {"failed": True}
        answer = json.loads(line)
        if "ready" in answer:
            if steps:
                ask(process, {"run": max(2, steps // 5)})
                answer["ms"] = sorted(ask(process, {"run": steps})["ms"])
            answer |= ask(process, {"stop": True})
        return answer


def differences(answer, against):
    """Names whose value differs by more than AGREE, relatively. A norm a thousandth of the largest is held to
    that: the gradient of bk is zero (softmax ignores a shift), so its norm is rounding alone."""
    mine = answer["checks"] | {"loss": answer["loss"]}
    theirs = against["checks"] | {"loss": against["loss"]}
    floor = max(against["checks"].values()) / 1000
    return {key: (mine[key], theirs[key]) for key in theirs if abs(mine[key] - theirs[key]) > AGREE * max(abs(theirs[key]), floor)}


def show(label, peer, answer, wrong):
    if "loss" not in answer:
        return print(f"{label:12} {peer:13} {answer}", flush=True)
    verdict = f"DIFFERS {wrong}" if wrong else "agrees"
    print(f"{label:12} {peer:13} loss {answer['loss']:.7f} {verdict} first {answer['compile_ms']:.0f} ms peak {answer['peak_mb']:.0f} MB", end="")
    times = answer.get("ms")
    print(f" median {times[len(times) // 2]:.2f} best {times[0]:.2f} ms" if times else "", flush=True)


def compare_row(row, peers, options, folder):
    """True where every peer that answered agrees with the first that did."""
    label, case, settings = row
    data = folder / f"{label.replace(' ', '-')}.safetensors"
    write_safetensors(data, arrays_of(case, settings))
    first, fine = None, True
    for peer in peers:
        path = folder / "case.json"
        path.write_text(json.dumps({"case": case, "peer": peer, "threads": options.threads, "settings": settings, "data": str(data)}))
        answer = run_peer(peer, path, options.time, options.threads)
        if "loss" in answer:
            first = first or answer
            wrong = differences(answer, first)
            fine = fine and not wrong
        fine = fine and "failed" not in answer
        show(label, peer, answer, wrong if "loss" in answer else None)
    return fine


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--cases")
    parser.add_argument("--time", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    chosen = [row for row in rows(FULL if options.full else SMALL) if not options.cases or row[0] in options.cases.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        fine = [compare_row(row, options.only.split(","), options, Path(folder)) for row in chosen]
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
