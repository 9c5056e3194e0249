"""PyTorch with torch.func: the loss of one task, vmapped over tasks, then differentiated."""

import torch
import torch.nn.functional as F
from torch.func import grad, vmap

from case_data import META, wanted
from torch_model import head, inputs, only, prepared, ridge_loss, score, trunk, weights, with_text


def adapt(fast, loss_of, settings):
    """Inner SGD on the weights in `fast`."""
    for _ in range(settings["steps"]):
        grads = grad(loss_of)(fast)
        fast = {name: value - settings["rate"] * grads[name] for name, value in fast.items()}
    return fast


def maml_loss(p, settings, xs, ys, xq, yq):
    fast = adapt(p, lambda w: F.mse_loss(score(w, xs), ys), settings)
    return F.mse_loss(score(fast, xq), yq)


def anil_loss(p, settings, xs, ys, xq, yq):
    features = trunk(p, xs)
    last = {name: p[name] for name in ("w2", "b2")}
    fast = adapt(last, lambda w: F.mse_loss(head(w, features), ys), settings)
    return F.mse_loss(head(fast, trunk(p, xq)), yq)


def bayes_loss(p, settings, xs, ys, xq, yq):
    return ridge_loss(trunk(p, xs), ys, trunk(p, xq), yq)


TASK_LOSS = {"maml": maml_loss, "anil": anil_loss, "bayes": bayes_loss}


def meta_loss(case, p, data):
    def one(xs, ys, xq, yq):
        return TASK_LOSS[case["case"]](p, case["settings"], xs, ys, xq, yq)

    losses = vmap(one)(with_text(case, data, "xs", "ts"), data["ys"], with_text(case, data, "xq", "tq"), data["yq"])
    return losses.mean()


def prepare(case):
    only(case, *META)
    data = inputs(case)
    names = wanted(case)
    p = weights(case, data)

    def step():
        loss = meta_loss(case, p, data)
        return loss.item(), dict(zip(names, torch.autograd.grad(loss, [data[name] for name in names])))

    return prepared(step)
