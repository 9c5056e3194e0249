"""Writes testing/onnx: small models saved by PyTorch and scikit-learn, and single operators, with what they answer.

    bench/peers/.venv/bin/pip install torch onnx onnxscript onnxruntime scikit-learn skl2onnx
    bench/peers/.venv/bin/python bench/peers/make_onnx_fixtures.py

NAME.onnx is the model, NAME.json its inputs and the outputs of the framework that made it (PyTorch in float32,
scikit-learn in float64, onnxruntime for single operators), and PyTorch's gradients of the sum of squares of the output.
"""

import io
import json
import pathlib
import warnings

import numpy as np
import onnx
import torch
from torch import nn

warnings.filterwarnings("ignore")
OUT = pathlib.Path(__file__).parents[2] / "testing" / "onnx"


def plain(array):
    array = np.asarray(array)
    dtype = {"f": "float32", "i": "int32", "b": "bool"}[array.dtype.kind]
    return {"shape": list(array.shape), "dtype": dtype, "data": [float(f"{x:.7g}") for x in array.ravel().tolist()]}


def named(values):
    return {name: plain(value) for name, value in values.items()}


def lean(model):
    """Without notes on where in the source a node comes from: they are most of the bytes."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]
    del model.metadata_props[:]
    return model


def save(name, model, inputs, outputs, made_by, gradients=None):
    data = lean(model).SerializeToString()
    (OUT / f"{name}.onnx").write_bytes(data)
    about = {"madeBy": made_by, "inputs": named(inputs), "outputs": named(outputs)}
    if gradients is not None:
        about["gradients"] = named(gradients)
    (OUT / f"{name}.json").write_text(json.dumps(about) + "\n")
    opset = max(one.version for one in model.opset_import if one.domain == "")
    print(f"{name}: {len(data)} bytes, {len(model.graph.node)} nodes, opset {opset}")


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(6, 8), nn.BatchNorm1d(8), nn.LeakyReLU(0.1), nn.Dropout(0.5),
            nn.Linear(8, 8), nn.ELU(), nn.LayerNorm(8), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 1),
        )

    def forward(self, x):
        return torch.sigmoid(self.layers(x).squeeze(-1)) * 4 + 1


class Attention(nn.Module):
    """Written out, as in the encoders of sentence-transformers."""

    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(size, size) for _ in range(4))

    def split(self, x):
        batch, length, size = x.shape
        return x.view(batch, length, self.heads, size // self.heads).transpose(1, 2)

    def forward(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = q @ k.transpose(-1, -2) / (q.shape[-1] ** 0.5) + mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).contiguous()
        return self.out(mixed.flatten(2))


class Encoder(nn.Module):
    """MiniLM in small: words, places, one block, mean over the words that are there, unit length."""

    def __init__(self, words=20, size=8, heads=2, longest=12):
        super().__init__()
        self.words, self.places = nn.Embedding(words, size), nn.Embedding(longest, size)
        self.first, self.second, self.third = (nn.LayerNorm(size, eps=1e-12) for _ in range(3))
        self.attention = Attention(size, heads)
        self.wide, self.narrow = nn.Linear(size, 2 * size), nn.Linear(2 * size, size)

    def forward(self, ids, mask):
        places = torch.arange(ids.shape[1]).unsqueeze(0)
        x = self.first(self.words(ids) + self.places(places))
        away = (1.0 - mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        x = self.second(x + self.attention(x, away))
        x = self.third(x + self.narrow(nn.functional.gelu(self.wide(x))))
        weight = mask.unsqueeze(-1).expand(x.size()).to(x.dtype)
        pooled = (x * weight).sum(1) / torch.clamp(weight.sum(1), min=1e-9)
        return nn.functional.normalize(pooled, p=2, dim=1)


class FlashEncoder(nn.Module):
    """PyTorch's own layer, with fused attention."""

    def __init__(self, size=8):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(size, 2, 16, batch_first=True, activation="relu", norm_first=True)

    def forward(self, x):
        return self.block(x)[:, -1]


class TwoTowers(nn.Module):
    def __init__(self):
        super().__init__()
        self.users, self.items = nn.Embedding(7, 4), nn.Embedding(9, 4)
        self.user = nn.Sequential(nn.Linear(4 + 3, 8), nn.ReLU(), nn.Linear(8, 4))
        self.item = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))

    def forward(self, user, features):
        left = self.user(torch.cat([self.users(user), features], dim=1))
        return left @ self.item(self.items.weight).T


class Factors(nn.Module):
    def __init__(self):
        super().__init__()
        self.users, self.items = nn.Embedding(7, 4), nn.Embedding(9, 4)
        self.user_bias, self.item_bias = nn.Embedding(7, 1), nn.Embedding(9, 1)
        self.mean = nn.Parameter(torch.tensor(3.5))

    def forward(self, user, item):
        both = (self.users(user) * self.items(item)).sum(-1)
        return both + self.user_bias(user).squeeze(-1) + self.item_bias(item).squeeze(-1) + self.mean


def gradients_of(model, inputs, proto):
    """Of the parameters that the file holds as they are: exporters transpose some, and fuse others with what follows."""
    model.zero_grad()
    model(*inputs.values()).square().sum().backward()
    held = {one.name: onnx.numpy_helper.to_array(one) for one in proto.graph.initializer}
    parameters = {name: p for name, p in model.named_parameters() if name in held}
    return {name: p.grad.numpy() for name, p in parameters.items() if np.array_equal(held[name], p.detach().numpy())}


def save_torch(name, model, inputs, dynamic, old=False):
    model.eval()
    # Weights that are no rounder than trained ones.
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0, 0.4)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm1d):
            nn.init.normal_(layer.running_mean, 0, 0.3)
            nn.init.uniform_(layer.running_var, 0.5, 2)
    outputs = {"y": model(*inputs.values()).detach()}
    arguments = {"input_names": list(inputs), "output_names": ["y"]}
    if old:
        file = io.BytesIO()
        axes = {key: {axis: label for axis, label in sizes.items()} for key, sizes in dynamic.items()}
        torch.onnx.export(model, tuple(inputs.values()), file, dynamo=False, opset_version=13, dynamic_axes=axes, **arguments)
        proto = onnx.load_from_string(file.getvalue())
    else:
        shapes = tuple({axis: torch.export.Dim(label, min=2) for axis, label in dynamic.get(key, {}).items()} for key in inputs)
        program = torch.onnx.export(model, tuple(inputs.values()), dynamo=True, dynamic_shapes=shapes, verbose=False, **arguments)
        proto = program.model_proto
    kind = "TorchScript exporter" if old else "dynamo exporter"
    made_by = f"PyTorch {torch.__version__.split('+')[0]}, {kind}"
    save(name, proto, {k: v.numpy() for k, v in inputs.items()}, outputs, made_by, gradients_of(model, inputs, proto))


def save_sklearn():
    import sklearn
    from skl2onnx import to_onnx
    from sklearn.linear_model import Ridge
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer, StandardScaler

    rng = np.random.default_rng(3)
    x = rng.normal(2, 3, (60, 5)).astype(np.float32)
    y = np.sin(x[:, 0]) + 0.3 * x[:, 1]
    made_by = f"scikit-learn {sklearn.__version__}, skl2onnx"
    pipelines = {
        "sklearn-mlp": make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(6, 4), activation="tanh", max_iter=200, random_state=1)),
        "sklearn-ridge": make_pipeline(Normalizer(), Ridge()),
    }
    for name, pipeline in pipelines.items():
        pipeline.fit(x, y)
        some = x[:4]
        save(name, to_onnx(pipeline, x[:1]), {"X": some}, {"variable": pipeline.predict(some).reshape(-1, 1)}, made_by)


class Zoo:
    """One file with a node for each row, every result an output; what it answers is onnxruntime's."""

    def __init__(self, opset):
        self.opset, self.nodes, self.outputs, self.constants = opset, [], [], []
        rng = np.random.default_rng(opset)
        self.inputs = {
            "x": rng.normal(0, 2, (2, 3, 4)).astype(np.float32),
            "p": rng.uniform(0.5, 2, (2, 3, 4)).astype(np.float32),
            "m": rng.normal(0, 1, (4, 5)).astype(np.float32),
            "v": rng.normal(0, 1, 4).astype(np.float32),
            "q": rng.normal(0, 1, (2, 5, 4)).astype(np.float32),
            "i": np.array([2, 0, -1]),
            "b": np.array([[[True]], [[False]]]),
        }

    def constant(self, value):
        name = f"k{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, op, *inputs, results=1, **attributes):
        names = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        label = f"{len(self.nodes)}_{op}"
        made = [label] + [f"{label}_{i}" for i in range(1, results)]
        self.nodes.append(onnx.helper.make_node(op, names, made, name=label, **attributes))
        self.outputs += made

    def save(self):
        import onnxruntime

        types = {"f": onnx.TensorProto.FLOAT, "i": onnx.TensorProto.INT64, "b": onnx.TensorProto.BOOL}
        describe = onnx.helper.make_tensor_value_info
        used = {name for node in self.nodes for name in node.input}
        inputs = {name: value for name, value in self.inputs.items() if name in used}
        given = [describe(name, types[value.dtype.kind], value.shape) for name, value in inputs.items()]
        graph = onnx.helper.make_graph(self.nodes, "zoo", given, [onnx.ValueInfoProto(name=n) for n in self.outputs], self.constants)
        opsets = [onnx.helper.make_opsetid("", self.opset)]
        model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9)
        answers = onnxruntime.InferenceSession(model.SerializeToString()).run(self.outputs, inputs)
        made_by = f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}"
        save(f"operators-{self.opset}", model, inputs, dict(zip(self.outputs, answers)), made_by)


def save_operators():
    ints = lambda *values: np.array(values, dtype=np.int64)
    now = Zoo(18)
    for op in "Abs Neg Sign Exp Tanh Sigmoid Relu Erf Softplus Sin Cos Floor Ceil Round Softsign Mish HardSwish HardSigmoid Selu Elu Celu LeakyRelu ThresholdedRelu IsNaN Softmax LogSoftmax".split():
        now.add(op, "x")
    for op in "Log Sqrt Reciprocal".split():
        now.add(op, "p")
    for op in "Add Sub Mul Div Max Min Greater GreaterOrEqual Less LessOrEqual Equal".split():
        now.add(op, "x", "v")
    for op in "Sum Mean Max".split():
        now.add(op, "x", "v", "p")
    for op in "ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare".split():
        now.add(op, "x", ints(-1, 0), keepdims=0)
    now.add("ReduceLogSum", "p", ints(1))
    now.add("ReduceMean", "x")
    now.add("ReduceSum", "x", noop_with_empty_axes=1)
    for op in "And Or Xor".split():
        now.add(op, "b", np.array([True, False]))
    now.add("Not", "b")
    now.add("Where", "b", "x", "p")
    now.add("Clip", "x", np.float32(-0.5), np.float32(1))
    now.add("Clip", "x", "", np.float32(1))
    now.add("Pow", "p", np.float32(1.5))
    now.add("Pow", "x", np.float32(2))
    now.add("Mod", "i", ints(2))
    now.add("Mod", "x", "p", fmod=1)
    now.add("Cast", "x", to=onnx.TensorProto.INT64)
    now.add("PRelu", "x", np.array([[0.1], [0.2], [0.3]], np.float32))
    now.add("Softmax", "x", axis=1)
    now.add("ArgMax", "x", axis=1, keepdims=0)
    now.add("ArgMin", "x", axis=-1, select_last_index=1)
    now.add("TopK", "x", ints(2), results=2, axis=1)
    now.add("TopK", "x", ints(3), results=2, largest=0)
    now.add("CumSum", "x", np.int64(1))
    now.add("CumSum", "x", np.int64(-1), exclusive=1, reverse=1)
    now.add("Reshape", "x", ints(0, -1))
    now.add("Flatten", "x", axis=-1)
    now.add("Squeeze", "b", ints(-1))
    now.add("Unsqueeze", "x", ints(0, -1))
    now.add("Transpose", "x")
    now.add("Transpose", "x", perm=[1, 0, 2])
    now.add("Expand", "v", ints(2, 3, 1))
    now.add("Tile", "x", ints(1, 2, 3))
    now.add("Shape", "x", start=1)
    now.add("Size", "x")
    now.add("ConstantOfShape", ints(2, 2), value=onnx.numpy_helper.from_array(np.array([7], np.int64)))
    now.add("Range", np.float32(1), np.float32(3), np.float32(0.5))
    now.add("Slice", "x", ints(-1, 3), ints(-10, 0), ints(0, 2), ints(-1, -2))
    now.add("Slice", "x", ints(1), ints(2**63 - 1), ints(1))
    now.add("Split", "x", ints(3, 1), results=2, axis=2)
    now.add("Split", "x", ints(1, 2), results=2, axis=1)
    now.add("Split", "x", results=2, axis=1, num_outputs=2)
    now.add("Concat", "x", "p", axis=-1)
    now.add("Pad", "x", ints(0, 1, 0, 1, 0, 2))
    now.add("Pad", "x", ints(1, 2), np.float32(3), ints(2))
    now.add("Pad", "x", ints(0, 1, 2, 0, 1, 1), mode="reflect")
    now.add("Pad", "x", ints(0, 1, 2, 0, 1, 1), mode="edge")
    now.add("Gather", "x", "i", axis=1)
    now.add("Gather", "x", np.int64(-1), axis=2)
    now.add("GatherElements", "x", ints(-1, 0, 1).reshape(1, 3, 1), axis=2)
    now.add("GatherND", "x", ints(1, 0, 0, -1).reshape(2, 2))
    now.add("ScatterND", "x", ints(1, 0, 0, -1).reshape(2, 2), np.ones((2, 4), np.float32))
    now.add("ScatterND", "x", ints(1, 0, 1, 0).reshape(2, 2), np.ones((2, 4), np.float32), reduction="add")
    now.add("ScatterElements", "x", ints(*range(12)).reshape(1, 3, 4) % 2, np.full((1, 3, 4), 5, np.float32), reduction="add")
    now.add("ScatterElements", "v", ints(-1, 0), np.full(2, 5, np.float32))
    now.add("OneHot", "i", ints(3), np.array([-1, 2], np.float32), axis=0)
    now.add("Trilu", "x", np.int64(1))
    now.add("Trilu", "x", upper=0)
    now.add("EyeLike", "m", k=1)
    now.add("MatMul", "x", "m")
    now.add("MatMul", "v", "m")
    now.add("MatMul", "x", "v")
    now.add("MatMul", "v", "v")
    now.add("Gemm", "m", "m", np.ones(5, np.float32), transA=1, alpha=0.5, beta=2.0)
    now.add("Einsum", "x", "q", equation="bik,bjk->bij")
    now.add("Einsum", "x", "m", equation="bik,kj->jbi")
    now.add("Einsum", "x", "v", equation="bik,k")
    now.add("Einsum", "x", equation="bik->ki")
    now.add("LayerNormalization", "x", "v", "v", results=1, axis=-1, epsilon=1e-3)
    now.add("LayerNormalization", "x", "v", axis=1)
    now.add("BatchNormalization", "x", *(np.array(k, np.float32) for k in ([1, 2, 3], [0, 1, 0], [0.5, 0, 1], [1, 2, 3])))
    now.add("LpNormalization", "x", axis=1)
    now.add("Dropout", "x", np.float32(0.3))
    now.add("Identity", "x")
    now.save()
    old = Zoo(9)
    old.add("Softmax", "x", axis=2)
    old.add("LogSoftmax", "x")
    old.add("Clip", "x", min=-0.5, max=1.0)
    old.add("Slice", "x", starts=[1], ends=[3], axes=[2])
    old.add("Pad", "x", pads=[0, 1, 0, 0, 0, 1], value=2.0, mode="constant")
    old.add("ReduceSum", "x", axes=[1], keepdims=0)
    old.add("ReduceMean", "x", axes=[-1])
    old.add("Squeeze", "b", axes=[1])
    old.add("Unsqueeze", "v", axes=[0, 2])
    old.add("Split", "x", results=2, axis=1, split=[1, 2])
    old.add("Dropout", "x", ratio=0.4)
    old.add("BatchNormalization", "x", *(np.array(k, np.float32) for k in ([1, 2, 3], [0, 1, 0], [0.5, 0, 1], [1, 2, 3])))
    old.save()
    new = Zoo(20)
    new.add("Round", np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.4], np.float32))
    new.add("Gelu", "x")
    new.add("Gelu", "x", approximate="tanh")
    new.add("ReduceMax", "x", ints(1))
    new.add("IsInf", np.array([np.inf, -np.inf, 1], np.float32), detect_negative=0)
    new.save()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(5)
    ids = torch.randint(0, 20, (3, 6))
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0]])
    words = {"ids": {0: "batch", 1: "length"}, "mask": {0: "batch", 1: "length"}}
    text = {"ids": ids, "mask": mask}
    batch = {0: "batch"}
    users = torch.tensor([0, 6, 2])
    save_torch("torch-mlp", Perceptron(), {"x": torch.randn(3, 6)}, {"x": batch})
    save_torch("torch-encoder", Encoder(), text, words)
    save_torch("torch-flash", FlashEncoder(), {"x": torch.randn(2, 5, 8)}, {"x": batch})
    save_torch("torch-towers", TwoTowers(), {"user": users, "features": torch.randn(3, 3)}, {"user": batch, "features": batch})
    save_torch("torch-factors", Factors(), {"user": users, "item": torch.tensor([8, 0, 3])}, {"user": batch, "item": batch})
    for name, model, inputs, dynamic in [
        ("script-encoder", Encoder(), text, words),
        ("script-mlp", Perceptron(), {"x": torch.randn(3, 6)}, {"x": batch}),
    ]:
        try:
            save_torch(name, model, inputs, dynamic, old=True)
        except Exception as error:  # The old exporter may be gone.
            print(name, "not made:", error)
    save_sklearn()
    save_operators()


main()
