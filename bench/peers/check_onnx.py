"""The Python side of bench/check-onnx.ts: runs ONNX files in Python's onnxruntime, reads and writes safetensors.

    python bench/peers/check_onnx.py FOLDER

FOLDER/jobs.json lists the files to run with what they are fed and what came out in Node; FOLDER/answers.json gets the
largest differences. ONNX's own tests of single operators are written to FOLDER/nodes.
"""

import json
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")

import numpy as np
import onnx
import onnxruntime
import safetensors
from onnx.backend.test.case.node import collect_testcases
from safetensors.numpy import load_file, save_file

LARGEST = 4000


def array(value):
    return np.array([float(x) for x in value["data"]], dtype=np.float64).astype(value["dtype"]).reshape(value["shape"])


def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def difference(got, wanted):
    """Largest absolute difference; infinite where shapes or what is not finite differ."""
    if list(got.shape) != list(wanted.shape):
        return float("inf")
    got, wanted = got.astype(np.float64), wanted.astype(np.float64)
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    gaps = np.where(same, 0, np.abs(got - wanted))
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    return float(gaps.max(initial=0))


def run_steps(folder, job):
    """Feeds what one file answers to the next where the names are the same, as a service would."""
    known = {name: array(value) for name, value in job["feeds"].items()}
    for file in job["files"]:
        model = session(folder / file)
        found = model.run(None, {one.name: known[one.name] for one in model.get_inputs()})
        known.update(zip([one.name for one in model.get_outputs()], found))
    return max(difference(known[name], array(value)) for name, value in job["wanted"].items())


def plain(value):
    if isinstance(value, onnx.TensorProto):
        value = onnx.numpy_helper.to_array(value)
    if isinstance(value, (list, dict)) or value is None:
        return None
    value = np.asarray(value)
    if value.dtype.kind not in "fiub" or value.size > LARGEST:
        return None
    data = [float(x) if np.isfinite(x) else str(x) for x in value.astype(np.float64).ravel()]
    return {"shape": list(value.shape), "dtype": str(value.dtype), "data": data}


def dump_node_tests(folder):
    folder.mkdir()
    for case in collect_testcases(None):
        if case.model is None or not case.data_sets:
            continue
        given, wanted = case.data_sets[0]
        graph = case.model.graph
        inputs = {one.name: plain(value) for one, value in zip(graph.input, given)}
        outputs = {one.name: plain(value) for one, value in zip(graph.output, wanted)}
        if None in inputs.values() or None in outputs.values():
            continue
        (folder / f"{case.name}.onnx").write_bytes(case.model.SerializeToString())
        (folder / f"{case.name}.json").write_text(json.dumps({"inputs": inputs, "outputs": outputs}))


def exchange_tensors(folder):
    """Reads what Node wrote, and writes the same numbers again, every type."""
    read = load_file(folder / "node.safetensors")
    save_file(read, folder / "python.safetensors", metadata={"format": "pt"})
    return {name: {"dtype": str(value.dtype), "shape": list(value.shape), "bytes": value.tobytes().hex()} for name, value in read.items()}


def main(folder):
    jobs = json.loads((folder / "jobs.json").read_text())
    dump_node_tests(folder / "nodes")
    versions = {"python": sys.version.split()[0], "onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__, "safetensors": safetensors.__version__}
    differences = {job["name"]: run_steps(folder, job) for job in jobs}
    answers = {"versions": versions, "differences": differences, "tensors": exchange_tensors(folder)}
    (folder / "answers.json").write_text(json.dumps(answers))


main(pathlib.Path(sys.argv[1]))
