"""JAX: jit of value_and_grad of the mean over a vmapped task loss."""

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve

from case_data import HEADS, META, WEIGHTS, has_text, wanted


def linear(x, w, b):
    return x @ w + b


def first_layer(p, parts):
    """The inputs of a row come in parts, each with its rows of w0."""
    ends = [sum(part.shape[-1] for part in parts[: i + 1]) for i in range(len(parts) - 1)]
    products = [part @ w for part, w in zip(parts, jnp.split(p["w0"], ends))]
    return sum(products[1:], products[0]) + p["b0"]


def trunk(p, parts):
    return jax.nn.relu(linear(jax.nn.relu(first_layer(p, parts)), p["w1"], p["b1"]))


def head(p, h):
    return linear(h, p["w2"], p["b2"])[..., 0]


def score(p, parts):
    return head(p, trunk(p, parts))


def mse(score, y):
    return jnp.mean(jnp.square(score - y))


def adapt(fast, loss_of, settings):
    """Inner SGD on the weights in `fast`; unrolled, the number of steps is static."""
    for _ in range(settings["steps"]):
        grads = jax.grad(loss_of)(fast)
        fast = jax.tree.map(lambda w, g: w - settings["rate"] * g, fast, grads)
    return fast


def maml_loss(p, task, settings):
    fast = adapt(p, lambda w: mse(score(w, task["xs"]), task["ys"]), settings)
    return mse(score(fast, task["xq"]), task["yq"])


def anil_loss(p, task, settings):
    features = trunk(p, task["xs"])
    last = {name: p[name] for name in ("w2", "b2")}
    fast = adapt(last, lambda w: mse(head(w, features), task["ys"]), settings)
    return mse(head(fast, trunk(p, task["xq"])), task["yq"])


def bayes_loss(p, task, settings):
    phi = trunk(p, task["xs"])
    a = jnp.eye(phi.shape[-1], dtype=phi.dtype) + phi.T @ phi
    m = solve(a, phi.T @ task["ys"], assume_a="pos")
    return mse(trunk(p, task["xq"]) @ m, task["yq"])


TASK_LOSS = {"maml": maml_loss, "anil": anil_loss, "bayes": bayes_loss}


def layer_norm(x, gain, shift):
    mean = jnp.mean(x, axis=-1, keepdims=True)
    variance = jnp.var(x, axis=-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * gain + shift


def attention(p, a):
    q, k, v = (linear(a, p["w" + n], p["b" + n]).reshape(*a.shape[:-1], HEADS, -1) for n in "qkv")
    mixed = jax.nn.dot_product_attention(q, k, v)
    return linear(mixed.reshape(a.shape), p["wo"], p["bo"])


def transformer(p, x):
    x1 = x + attention(p, layer_norm(x, p["g0"], p["c0"]))
    f = jax.nn.gelu(linear(layer_norm(x1, p["g1"], p["c1"]), p["wf"], p["bf"]), approximate=False)
    return x1 + linear(f, p["wg"], p["bg"])


def with_text(name, data, x, t):
    """Apart is faster where w0 is shared (text needs no gradient), together where each task adapts its own."""
    if t not in data:
        return (data[x],)
    return (jnp.concatenate([data[x], data[t]], axis=-1),) if name == "maml" else (data[x], data[t])


def loss_function(case):
    """(wanted, rest) -> loss, both dicts of arrays."""
    name, settings = case["case"], case["settings"]

    def meta(wanted, rest):
        data = wanted | rest
        p = {key: wanted[key] for key in WEIGHTS[name]}
        xs, xq = with_text(name, data, "xs", "ts"), with_text(name, data, "xq", "tq")
        tasks = {"xs": xs, "ys": data["ys"], "xq": xq, "yq": data["yq"]}
        return jnp.mean(jax.vmap(lambda task: TASK_LOSS[name](p, task, settings))(tasks))

    def plain(wanted, rest):
        found = transformer(wanted, rest["x"]) if name == "transformer" else score(wanted, (rest["x"],))
        return mse(found, rest["y"])

    return meta if name in META else plain


def prepare(case):
    names = wanted(case)
    arrays = {name: jax.device_put(array) for name, array in case["arrays"].items()}
    want = {name: arrays[name] for name in names}
    rest = {name: array for name, array in arrays.items() if name not in want}
    if not has_text(case):
        rest = {name: array for name, array in rest.items() if name not in ("ts", "tq")}
    run = jax.jit(jax.value_and_grad(loss_function(case)))

    def step():
        return jax.block_until_ready(run(want, rest))

    return {"step": step, "to_host": jax.device_get, "version": jax.__version__}
