"""A network within a penalty: what it says, and how it descends."""

import torch
from torch import nn

from runner.parts.inner_network import InnerNetwork
from tests.objectives import near, same

X = torch.randn(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = X.square().sum(1, keepdim=True)


def pair(steps):
    """The network, and the same one of torch's."""
    made = InnerNetwork((3, 5, 4, 1), lr=0.01, steps=steps).double()
    layers = [nn.Linear(3, 5), nn.Linear(5, 4), nn.Linear(4, 1)]
    theirs = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2]).double()
    nn.utils.vector_to_parameters(made.numbers, theirs.parameters())
    return made, theirs


def test_it_is_a_perceptron_that_an_optimizer_does_not_see():
    made, theirs = pair(steps=1)
    same(made(X), theirs(X).detach())
    assert list(made.parameters()) == []


def test_it_descends_as_torchs_adam_does_and_goes_on_from_where_it_was():
    made, theirs = pair(steps=4)
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01)
    for _ in range(2):
        made.descend(lambda network: (network(X) - Y).square().mean())
    for _ in range(8):
        adam.zero_grad()
        (theirs(X) - Y).square().mean().backward()
        adam.step()
    near(made.numbers, nn.utils.parameters_to_vector(theirs.parameters()).detach())
