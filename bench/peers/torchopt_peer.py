"""TorchOpt's functional SGD as the inner optimiser under vmap.

Its published few-shot example drives MetaSGD over modules in a Python loop, which is slower.
"""

import torchopt
from torch.func import grad

import torch_func
from torch_model import only


def sgd(fast, loss_of, settings):
    optimiser = torchopt.sgd(lr=settings["rate"])
    state = optimiser.init(fast)
    for _ in range(settings["steps"]):
        grads = grad(loss_of)(fast)
        updates, state = optimiser.update(grads, state, params=fast, inplace=False)
        fast = torchopt.apply_updates(fast, updates, inplace=False)
    return fast


def prepare(case):
    only(case, "maml", "anil")
    return torch_func.prepare(case, sgd)
