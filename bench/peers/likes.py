"""Likes of bench/baselines.ts as matrices, and the conversation with it: JSON lines, as in peer.py."""

import argparse
import json
import os

from peer import limit_threads, say, serve, timed


def read_ints(case, name):
    import numpy as np

    return np.fromfile(os.path.join(case["folder"], f"{name}.bin"), np.int32)


def read_likes(case):
    """Users times items, ones."""
    import numpy as np
    import scipy.sparse as sp

    others = read_ints(case, "others")
    shape = (case["users"], case["items"])
    return sp.csr_matrix((np.ones(len(others), np.float32), others, read_ints(case, "offsets")), shape=shape)


def run(prepare, blas_threads=None):
    """`prepare(case)` returns a step, a function for its loss and checks, and a version."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", required=True)
    # Only answers belong on stdout: whatever a library prints goes to stderr.
    stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with open(parser.parse_args().case) as file:
        case = json.load(file)
    limit_threads(blas_threads or case["threads"])
    step, result, version = prepare(case)
    _, first_ms = timed(step)
    loss, checks = result()
    say(stdout, {"compile_ms": first_ms, "loss": loss, "checks": checks, "version": version})
    serve(stdout, step)
