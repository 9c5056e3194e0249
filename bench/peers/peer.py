"""One peer, one case: JSON lines in, JSON lines out. `python peer.py --case case.json`; see README.md."""

import argparse
import importlib
import importlib.metadata
import json
import os
import resource
import sys
import time

from case_data import Unsupported, read_case, wanted

MODULES = {
    "torch-loop": "torch_loop",
    "torch-func": "torch_func",
    "torch-compile": "torch_compile",
    "jax": "jax_peer",
    "learn2learn": "learn2learn_peer",
    "torchopt": "torchopt_peer",
}


def limit_threads(n):
    """Must run before numpy's BLAS, torch or JAX are loaded."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(n)
    os.environ["JAX_PLATFORMS"] = "cpu"
    # A compile is timed as on a machine that has never seen the program.
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
    if n == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def say(stdout, message):
    stdout.write(json.dumps(message) + "\n")
    stdout.flush()


def timed(step):
    start = time.perf_counter()
    result = step()
    return result, (time.perf_counter() - start) * 1e3


def norm(array):
    import numpy as np

    return float(np.linalg.norm(np.asarray(array, dtype=np.float64).ravel()))


def version_of(peer, framework):
    """A library on top of PyTorch says its own version too."""
    if peer not in ("learn2learn", "torchopt"):
        return framework
    return f"{importlib.metadata.version(peer)} (PyTorch {framework})"


def ready(case, prepared, compile_ms, result):
    loss, grads = result
    host = prepared["to_host"](grads)
    return {
        "ready": True,
        "compile_ms": compile_ms,
        "loss": float(loss),
        "checks": {name: norm(host[name]) for name in wanted(case)},
        "version": version_of(case["peer"], prepared["version"]),
    }


def serve(stdout, step):
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("stop"):
            say(stdout, {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})
            return
        say(stdout, {"ms": [timed(step)[1] for _ in range(order["run"])]})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", required=True)
    path = parser.parse_args().case
    # Only answers belong on stdout: whatever a framework prints goes to stderr.
    stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with open(path) as file:
        threads = json.load(file)["threads"]
    limit_threads(threads)
    case = read_case(path)
    try:
        prepared = importlib.import_module(MODULES[case["peer"]]).prepare(case)
    except Unsupported as reason:
        say(stdout, {"unsupported": str(reason)})
        return
    result, compile_ms = timed(prepared["step"])
    say(stdout, ready(case, prepared, compile_ms, result))
    del result
    serve(stdout, prepared["step"])


if __name__ == "__main__":
    main()
