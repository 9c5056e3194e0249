"""torch.compile of the torch.func loss and its gradient: both orders are traced into one graph for Inductor."""

import torch
from torch.func import grad_and_value

from case_data import META, WEIGHTS, wanted
from torch_func import meta_loss
from torch_model import inputs, plain_loss, prepared


def prepare(case):
    data = {name: tensor.detach() for name, tensor in inputs(case).items()}
    names = wanted(case)
    want = {name: data[name] for name in names}
    rest = {name: tensor for name, tensor in data.items() if name not in want}
    loss_of = meta_loss if case["case"] in META else plain_loss
    # Dynamo guards whatever the function closes over: no tensor may be in there.
    static = {key: case[key] for key in ("case", "settings")}

    def loss(want, rest):
        return loss_of(static, {name: want[name] for name in WEIGHTS[static["case"]]}, want | rest)

    run = torch.compile(grad_and_value(loss), fullgraph=True, dynamic=False)

    def step():
        grads, value = run(want, rest)
        return value.item(), grads

    return prepared(step)
