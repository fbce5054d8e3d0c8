"""torch's optimizers without its compiler take torch's own steps."""

from copy import deepcopy
from importlib import import_module

import pytest
import torch

from runner.nodes.build import target
from runner.nodes.parts import TORCHS


def trained(kind, steps=3, state=None):
    """Weights and state after some steps on a fixed sequence of gradients, from a state if there is one."""
    draw = torch.Generator().manual_seed(0)
    weights = [torch.nn.Parameter(torch.randn(shape, generator=draw)) for shape in ((3, 2), (4,))]
    optimizer = kind(weights, lr=0.1)
    if state:
        optimizer.load_state_dict(deepcopy(state))
    for _ in range(steps):
        optimizer.zero_grad()
        sum((w * torch.randn(w.shape, generator=draw)).square().sum() for w in weights).backward()
        optimizer.step()
    return weights, optimizer.state_dict()


@pytest.mark.parametrize("name", sorted(TORCHS))
def test_they_take_the_same_steps(name):
    module, _, kind = name.rpartition(".")
    own, theirs = target({"_target_": name}), getattr(import_module(module), kind)
    assert issubclass(own, theirs)
    assert own.__name__ == kind
    for state in (None, trained(theirs)[1]):
        (weights, kept), (wanted, known) = trained(own, state=state), trained(theirs, state=state)
        assert all(torch.equal(mine, its) for mine, its in zip(weights, wanted, strict=True))
        assert str(kept) == str(known)


def test_a_differentiable_step_stays_one():
    weight = torch.ones(2, requires_grad=True)
    moved = weight.clone()
    moved.grad = 3 * weight
    target({"_target_": "torch.optim.sgd.SGD"})([moved], lr=0.1, differentiable=True).step()
    (slope,) = torch.autograd.grad(moved.sum(), weight)
    assert slope.tolist() == pytest.approx([0.7, 0.7])
