"""Group DRO: its weights, its groups, and what is refused."""

import math

import pytest
import torch
from torch import tensor

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.loader import Batch
from tests.objectives import built, same
from tests.parts.risk_values import LOSSES, risk, slopes


def classes(*labels):
    return Batch(torch.zeros(len(labels)), tensor(labels), torch.arange(len(labels)), {})


def test_group_dro_moves_weight_by_exponentiated_losses():
    """By hand: two steps, in the second of which group 2 is missing, and has loss 0."""
    made = risk("group_dro", {"step": 0.5}, num_classes=3, domain=None).double()
    made(tensor([1.0, 3.0, 0.5, 4.0], dtype=torch.float64), classes(0, 0, 1, 2))
    q = [math.exp(0.5 * loss) for loss in (2.0, 0.5, 4.0)]
    same(made.weights, tensor(q, dtype=torch.float64) / sum(q))
    value, gradient = slopes(made, tensor([1.0, 2.0, 3.0], dtype=torch.float64), classes(1, 0, 1))
    q = [old * math.exp(0.5 * loss) for old, loss in zip(q, (2.0, 2.0, 0.0), strict=True)]
    share = [weight / sum(q) for weight in q]
    same(made.weights, tensor(share, dtype=torch.float64))
    assert value.item() == pytest.approx(2 * share[0] + 2 * share[1], abs=1e-12)
    same(gradient, tensor([share[1] / 2, share[0], share[1] / 2], dtype=torch.float64))


def test_group_dro_without_steps_is_the_mean_of_means_and_with_one_group_the_mean():
    still = risk("group_dro", {"step": 0.0}, num_classes=2, domain=None).double()
    value, gradient = slopes(still, tensor([1.0, 3.0, 8.0], dtype=torch.float64), classes(0, 0, 1))
    assert value.item() == pytest.approx(5)
    same(gradient, tensor([0.25, 0.25, 0.5], dtype=torch.float64))
    one = risk("group_dro", {"groups": "domains"}, num_classes=3, domain=torch.zeros(9, dtype=torch.int64)).double()
    same(slopes(one, LOSSES, classes(0, 1, 2, 0, 1, 2, 0)), slopes(risk("mean"), LOSSES))


def test_group_dro_finds_an_examples_environment_by_its_place():
    made = risk("group_dro", {"groups": "domains", "step": 1.0}, num_classes=3, domain=tensor([1, 1, 0, 1])).double()
    batch = classes(0, 1)._replace(index=tensor([2, 3]))
    made(tensor([0.0, 1.0], dtype=torch.float64), batch)
    same(made.weights, tensor([1.0, math.e], dtype=torch.float64) / (1 + math.e))


def test_group_dro_can_meet_a_huge_loss():
    made = risk("group_dro", {"step": 1.0}, num_classes=2, domain=None)
    assert made(tensor([1.0, 1e4]), classes(0, 1)).item() == 1e4
    assert made(tensor([1.0, 1.0]), classes(0, 1)).isfinite()


def test_domains_are_refused_where_there_are_none():
    with pytest.raises(ConfigError, match="groups=domains: this data set has no environments"):
        built("risk=group_dro", "risk.groups=domains")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("risk=group_dro risk.groups=labels", "risk.groups=labels: must be one of classes, domains"),
        ("risk=group_dro risk.step=-0.1", r"risk.step=-0.1: must be a number in \[0, inf\)"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(said.split(), multirun=False)
