"""A regularizer by itself, and as a run has it."""

import torch
from torch import nn

from runner.nodes.build import build
from tests.objectives import first
from tests.zoo import node

B, D, K = 6, 5, 3
BAGS = ["model=abmil", "model.width=16", "dataset=digit_bags", "dataset.num_train=200", "dataset.num_test=64"]
OF_DOMAINS = ("irm", "coral", "mmd", "dann", "hessian_alignment", "cad", "broad", "road")  # they compare environments
SUITS = {  # what some need in place of a perceptron with normalisation on blobs
    "attention_entropy": BAGS,
    **{name: ["model.norm=batch", "dataset=biased_numbers"] for name in OF_DOMAINS},
    "irm": ["model.norm=batch", "dataset=biased_numbers", "epochs=2"],
}


def regularizer(name: str, **changed: float) -> nn.Module:
    return build("regularizer", node(name, "regularizer")[name] | changed, num_train=B, num_classes=K, input_shape=(D,))


def of_domains(name, domain, **said):
    """One of OF_DOMAINS, of weight 1 unless it says otherwise."""
    return build("regularizer", node(name, "regularizer")[name] | {"weight": 1.0} | said, domain=domain)


def penalty_of(name, *overrides):
    """The first penalty of a run: its value () and its gradient by each parameter of the network."""
    objective, seen = first(f"regularizer={name}", *overrides)
    network, penalty = objective.method.network, objective.method.regularizer.parts[name]
    features = network.features(seen.x)
    value = penalty(features, network.head(features), seen)
    return value.detach(), torch.autograd.grad(value, list(network.parameters()), allow_unused=True), objective, seen
