"""SR-STE: the gradient that the paper adds, to the weights of its masks."""

import pytest
import torch
from torch import nn

from runner.console.errors import ConfigError
from runner.parts.regularizers.sr_ste import SRSTE
from tests.objectives import first, same


def pulled(*said):
    """The network of an objective that has the regularizer."""
    objective, _ = first(*said, "regularizer=sr_ste")
    return next(module for module in objective.modules() if isinstance(module, SRSTE)).network


def test_the_gradient_is_the_papers_by_hand():
    network = pulled("model=mlp", "model.width=8", "model.depth=2").double()
    penalty = SRSTE(network, weight=0.5, n=2, m=4)
    slopes = torch.autograd.grad(penalty(None, None, None), list(network.parameters()), materialize_grads=True)
    felt = 0
    for (name, w), slope in zip(network.named_parameters(), slopes, strict=True):
        expected = torch.zeros_like(w)
        if w.dim() == 2 and name.startswith("body"):
            felt += 1
            for row in range(len(w)):
                for start in range(0, w.shape[1], 4):
                    pruned = sorted(range(start, start + 4), key=lambda i: abs(w[row, i].item()))[:2]
                    expected[row, pruned] = 0.5 * w[row, pruned].detach()
        torch.testing.assert_close(slope, expected)
    assert felt == 2


def test_of_a_sparse_network_the_numbers_behind_its_masks_are_pulled():
    said = ["model.network.width=16", "model.n=2", "model.m=4", "model.decay=none", "model.dense=0"]
    network = pulled("model=nm_sparse", *said)
    (layer,) = (each for each in network.body.modules() if isinstance(each, nn.Linear))
    penalty = SRSTE(network, weight=1.0, n=2, m=4)(None, None, None)
    hidden = layer.parametrizations.weight.original
    assert penalty.item() == pytest.approx((hidden - layer.weight).square().sum().item() / 2, rel=1e-5)
    assert penalty.item() > 0
    (slope,) = torch.autograd.grad(penalty, hidden)
    same([slope], [hidden - layer.weight])


@pytest.mark.parametrize(
    ("said", "line"), [(["n=5"], "n=5: of m=4 weights"), (["m=7"], "m=7: no layer before the head has inputs")]
)
def test_what_cannot_be_pruned_is_refused(said, line):
    with pytest.raises(ConfigError, match=line):
        first("regularizer=sr_ste", *(f"regularizer.sr_ste.{each}" for each in said))
