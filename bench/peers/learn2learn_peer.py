"""learn2learn's MAML wrapper, used as its examples do: clone, adapt, one task after another."""

import importlib
import importlib.util
import sys
import types

import torch
import torch.nn.functional as F
from torch import nn

from torch_model import inputs, only, prepared, tasks


def published(name):
    """A module of learn2learn, past the package's front door: that imports gym, torchvision and requests."""
    root = importlib.util.find_spec("learn2learn").submodule_search_locations[0]
    for package, folder in (("learn2learn", root), ("learn2learn.algorithms", root + "/algorithms")):
        stub = types.ModuleType(package)
        stub.__path__ = [folder]
        sys.modules[package] = stub
    return importlib.import_module(name)


def layer(data, index):
    weight = data[f"w{index}"].detach()
    linear = nn.Linear(*weight.shape)
    with torch.no_grad():
        linear.weight.copy_(weight.T)
        linear.bias.copy_(data[f"b{index}"])
    return linear


def task_loss(learner, features, task, steps):
    xs, ys, xq, yq = task
    hs, hq = features(xs), features(xq)
    for _ in range(steps):
        learner.adapt(F.mse_loss(learner(hs)[:, 0], ys))
    return F.mse_loss(learner(hq)[:, 0], yq)


def prepare(case):
    only(case, "maml", "anil")
    data = inputs(case)
    settings = case["settings"]
    layers = [layer(data, index) for index in range(3)]
    trunk = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU())
    features, adapts = (nn.Identity(), nn.Sequential(*trunk, layers[2])) if case["case"] == "maml" else (trunk, layers[2])
    maml = published("learn2learn.algorithms.maml").MAML(adapts, lr=settings["rate"])
    wanted = {f"w{i}": linear.weight for i, linear in enumerate(layers)}
    wanted |= {f"b{i}": linear.bias for i, linear in enumerate(layers)} | {name: data[name] for name in ("xs", "xq")}

    def step():
        losses = [task_loss(maml.clone(), features, task, settings["steps"]) for task in tasks(case, data)]
        loss = torch.stack(losses).mean()
        return loss.item(), dict(zip(wanted, torch.autograd.grad(loss, list(wanted.values()))))

    return prepared(step)
