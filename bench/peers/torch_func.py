"""PyTorch with torch.func: shared layers on all tasks at once, what differs by task under vmap."""

import torch
import torch.nn.functional as F
from torch.func import grad, vmap

from case_data import META, wanted
from torch_model import head, inputs, only, prepared, ridge_loss, score, trunk, weights, with_text


def sgd(fast, loss_of, settings):
    """Inner SGD on the weights in `fast`."""
    for _ in range(settings["steps"]):
        grads = grad(loss_of)(fast)
        fast = {name: value - settings["rate"] * grads[name] for name, value in fast.items()}
    return fast


def maml_loss(p, tasks, settings, adapt):
    def one(xs, ys, xq, yq):
        fast = adapt(p, lambda w: F.mse_loss(score(w, xs), ys), settings)
        return F.mse_loss(score(fast, xq), yq)

    return vmap(one)(*tasks).mean()


def anil_loss(p, tasks, settings, adapt):
    last = {name: p[name] for name in ("w2", "b2")}

    def one(hs, ys, hq, yq):
        fast = adapt(last, lambda w: F.mse_loss(head(w, hs), ys), settings)
        return F.mse_loss(head(fast, hq), yq)

    xs, ys, xq, yq = tasks
    return vmap(one)(trunk(p, xs), ys, trunk(p, xq), yq).mean()


def bayes_loss(p, tasks, settings, adapt):
    xs, ys, xq, yq = tasks
    return ridge_loss(trunk(p, xs), ys, trunk(p, xq), yq)


META_LOSS = {"maml": maml_loss, "anil": anil_loss, "bayes": bayes_loss}


def meta_loss(case, p, data, adapt=sgd):
    tasks = (with_text(case, data, "xs", "ts"), data["ys"], with_text(case, data, "xq", "tq"), data["yq"])
    return META_LOSS[case["case"]](p, tasks, case["settings"], adapt)


def prepare(case, adapt=sgd):
    only(case, *META)
    data = inputs(case)
    names = wanted(case)
    p = weights(case, data)

    def step():
        loss = meta_loss(case, p, data, adapt)
        return loss.item(), dict(zip(names, torch.autograd.grad(loss, [data[name] for name in names])))

    return prepared(step)
