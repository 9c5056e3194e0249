"""The networks of the benchmark in PyTorch, as plain functions of a dict of weights."""

import torch
import torch.nn.functional as F

from case_data import HEADS, Unsupported, WEIGHTS, has_text, wanted


def inputs(case):
    """{name: tensor}; those whose gradient is wanted require it."""
    torch.set_num_threads(case["threads"])
    tensors = {name: torch.from_numpy(array) for name, array in case["arrays"].items()}
    for name in wanted(case):
        tensors[name].requires_grad_(True)
    return tensors


def weights(case, tensors):
    return {name: tensors[name] for name in WEIGHTS[case["case"]]}


def only(case, *names):
    if case["case"] not in names:
        raise Unsupported(f"{case['peer']} runs {', '.join(names)}")


def linear(x, w, b):
    return torch.addmm(b, x, w) if x.dim() == 2 else x @ w + b


def trunk(p, x):
    """[..., in] -> [..., 64] ([..., 32] in the bayes case)."""
    return linear(linear(x, p["w0"], p["b0"]).relu(), p["w1"], p["b1"]).relu()


def head(p, h):
    return linear(h, p["w2"], p["b2"])[..., 0]


def score(p, x):
    return head(p, trunk(p, x))


def ridge_loss(phi_s, ys, phi_q, yq):
    """Mean over Q (and over tasks, where there is a leading axis) of (Phi_q m - yq)^2, A m = Phi_s' ys."""
    a = torch.eye(phi_s.shape[-1]) + phi_s.mT @ phi_s
    m = torch.cholesky_solve(phi_s.mT @ ys[..., None], torch.linalg.cholesky(a))
    return F.mse_loss((phi_q @ m)[..., 0], yq)


def attention(p, a):
    """[B, N, D] -> [B, N, D]; q, k, v as [B, heads, N, D / heads]."""
    q, k, v = (linear(a, p["w" + n], p["b" + n]).unflatten(-1, (HEADS, -1)).transpose(1, 2) for n in "qkv")
    mixed = F.scaled_dot_product_attention(q, k, v)
    return linear(mixed.transpose(1, 2).flatten(-2), p["wo"], p["bo"])


def transformer(p, x):
    width = x.shape[-1:]
    x1 = x + attention(p, F.layer_norm(x, width, p["g0"], p["c0"]))
    f = F.gelu(linear(F.layer_norm(x1, width, p["g1"], p["c1"]), p["wf"], p["bf"]))
    return x1 + linear(f, p["wg"], p["bg"])


def plain_loss(case, p, data):
    """The two cases without an inner loop."""
    net = transformer if case["case"] == "transformer" else score
    return F.mse_loss(net(p, data["x"]), data["y"])


def with_text(case, data, x, t):
    return torch.cat([data[x], data[t]], dim=-1) if has_text(case) else data[x]


def tasks(case, data):
    """[(xs, ys, xq, yq)], one a task."""
    parts = (with_text(case, data, "xs", "ts"), data["ys"], with_text(case, data, "xq", "tq"), data["yq"])
    return zip(*(part.unbind(0) for part in parts))


def prepared(step):
    return {"step": step, "to_host": to_host, "version": torch.__version__.split("+")[0]}


def to_host(grads):
    return {name: grad.detach().numpy() for name, grad in grads.items()}
