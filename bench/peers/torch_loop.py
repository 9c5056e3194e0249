"""PyTorch as most published meta-learning code has it: a Python loop over tasks, functional weights."""

import torch
import torch.nn.functional as F

from case_data import wanted
from torch_model import head, inputs, plain_loss, prepared, ridge_loss, score, tasks, trunk, weights


def adapt(p, names, loss_of, settings):
    """Inner SGD on the named weights, differentiable."""
    for _ in range(settings["steps"]):
        grads = torch.autograd.grad(loss_of(p), [p[name] for name in names], create_graph=True)
        p = p | {name: p[name] - settings["rate"] * grad for name, grad in zip(names, grads)}
    return p


def maml_loss(p, task, settings):
    xs, ys, xq, yq = task
    fast = adapt(p, list(p), lambda w: F.mse_loss(score(w, xs), ys), settings)
    return F.mse_loss(score(fast, xq), yq)


def anil_loss(p, task, settings):
    xs, ys, xq, yq = task
    features = trunk(p, xs)
    fast = adapt(p, ["w2", "b2"], lambda w: F.mse_loss(head(w, features), ys), settings)
    return F.mse_loss(score(fast, xq), yq)


def bayes_loss(p, task, settings):
    xs, ys, xq, yq = task
    return ridge_loss(trunk(p, xs), ys, trunk(p, xq), yq)


TASK_LOSS = {"maml": maml_loss, "anil": anil_loss, "bayes": bayes_loss}


def meta_loss(case, p, data):
    task_loss = TASK_LOSS[case["case"]]
    losses = [task_loss(p, task, case["settings"]) for task in tasks(case, data)]
    return torch.stack(losses).mean()


def prepare(case):
    data = inputs(case)
    names = wanted(case)
    p = weights(case, data)
    loss_of = meta_loss if case["case"] in TASK_LOSS else plain_loss

    def step():
        loss = loss_of(case, p, data)
        return loss.item(), dict(zip(names, torch.autograd.grad(loss, [data[name] for name in names])))

    return prepared(step)
