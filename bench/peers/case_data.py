"""A case of the benchmark: its settings and its arrays, read from the safetensors file beside it."""

import json
import struct
from pathlib import Path

import numpy as np

WEIGHTS = {
    "maml": ("w0", "b0", "w1", "b1", "w2", "b2"),
    "anil": ("w0", "b0", "w1", "b1", "w2", "b2"),
    "bayes": ("w0", "b0", "w1", "b1"),
    "mlp": ("w0", "b0", "w1", "b1", "w2", "b2"),
    "transformer": tuple("wq bq wk bk wv bv wo bo wf bf wg bg g0 c0 g1 c1".split()),
}
META = ("maml", "anil", "bayes")
HEADS = 4


class Unsupported(Exception):
    """The peer has no honest way to run this case; the message says why."""


def read_safetensors(path):
    """{name: float32 array}; raises ValueError on any other dtype."""
    raw = Path(path).read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    return {name: _array(raw[8 + size :], name, entry) for name, entry in header.items()}


def _array(body, name, entry):
    if entry["dtype"] != "F32":
        raise ValueError(f"{name}: expected F32, got {entry['dtype']}")
    start, end = entry["data_offsets"]
    return np.frombuffer(body[start:end], dtype="<f4").reshape(entry["shape"]).copy()


def write_safetensors(path, arrays):
    """The inverse of read_safetensors."""
    header, body = {}, b""
    for name, array in arrays.items():
        part = np.ascontiguousarray(array, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(part)]}
        body += part
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


def read_case(path):
    """case.json with its arrays under "arrays"; "data" is taken relative to the working directory."""
    case = json.loads(Path(path).read_text())
    case["arrays"] = read_safetensors(case["data"])
    return case


def wanted(case):
    """Names of the gradients the case asks for, in order."""
    name = case["case"]
    return (*WEIGHTS[name], "xs", "xq") if name in META else WEIGHTS[name]


def has_text(case):
    return case["settings"].get("text", 0) > 0
