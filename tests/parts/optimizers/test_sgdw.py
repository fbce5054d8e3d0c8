"""SGD with decoupled weight decay."""

import pytest
import torch

from tests.parts.optimizers.bowls import descend, follow
from tests.parts.optimizers.logistic import VALUES, expected, iterates


@pytest.mark.parametrize("name", ["sgdw_matrix", "sgdw_nesterov_matrix"])
def test_iterates(name):
    case = VALUES[name]
    said = {key: case["inputs"][key] for key in ("lr", "momentum", "nesterov", "weight_decay")}
    torch.testing.assert_close(iterates(case, "sgdw", **said), expected(case), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_without_decay_it_is_sgd(nesterov):
    ours, theirs = (descend(name, [0, 1], weight_decay=0.0, nesterov=nesterov)[0] for name in ("sgdw", "sgd"))
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)


def test_momentum_does_not_make_the_decay_stronger():
    (after,) = follow("sgdw", [torch.ones(3)], [torch.zeros(4, 3)], lr=0.5, weight_decay=0.2)
    torch.testing.assert_close(after, torch.full((3,), 0.9**4))
