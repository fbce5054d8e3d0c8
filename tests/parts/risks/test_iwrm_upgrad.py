"""UPGrad: its direction, that it increases no loss, and what is refused."""

import math

import pytest
import torch
from torch import tensor

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from tests.parts.risk_values import stepped


@pytest.mark.parametrize(
    ("rows", "eps", "direction"),
    [
        ([[-4.0, 1.0, 1.0], [6.0, 1.0, 1.0]], 1e-4, [0.292902000156936, 1.9003520780018968, 1.9003520780018968]),
        ([[-4.0, 1.0, 1.0], [6.0, 1.0, 1.0]], 1e-12, [0.2923976608237604, 1.9005847953193094, 1.9005847953193094]),
    ],
)
def test_upgrad_is_the_packages(rows, eps, direction):
    """torchjd 0.18.0, the example of its documentation."""
    _, _, gradient = stepped("iwrm_upgrad", rows, [1.0, 2.0], {"norm_eps": eps, "reg_eps": eps})
    torch.testing.assert_close(gradient, tensor(direction, dtype=torch.float64), rtol=0, atol=1e-9)


def test_upgrad_increases_no_loss():
    rows = torch.randn(6, 20, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert ((rows @ rows.mean(0)) < 0).any()  # which the mean does
    _, _, gradient = stepped("iwrm_upgrad", rows.tolist(), [0.0] * 6, {"reg_eps": 1e-12})
    assert ((rows @ gradient) > -1e-9).all()


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 3.0]], [[0.0], [0.0]]])
def test_upgrad_of_gradients_without_a_conflict_is_the_mean(rows):
    offsets = [float(i) for i in range(len(rows))]
    _, value, gradient = stepped("iwrm_upgrad", rows, offsets, {"reg_eps": 1e-12})
    torch.testing.assert_close(gradient, tensor(rows, dtype=torch.float64).mean(0), rtol=0, atol=1e-9)
    assert value.item() == pytest.approx(sum(offsets) / len(offsets))


def test_upgrad_leaves_a_diverged_seed_to_whom_it_concerns():
    _, value, _ = stepped("iwrm_upgrad", [[math.inf], [1.0]], [1.0, 2.0], {})
    assert value.isnan()  # inf * 0


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("risk=iwrm_upgrad risk.norm_eps=-1", r"risk.norm_eps=-1: must be a number in \[0, inf\)"),
        ("risk=iwrm_upgrad risk.reg_eps=0", r"risk.reg_eps=0: must be a number in \(0, inf\)"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(said.split(), multirun=False)
