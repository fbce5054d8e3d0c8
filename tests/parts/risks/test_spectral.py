"""Spectral risks: their values, their weights, and what is refused."""

import pytest
import torch
from torch import tensor

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from tests.parts.risk_values import LOSSES, slopes, spectral


@pytest.mark.parametrize(
    ("kind", "parameter", "value"),
    [("extremile", 2.0, 1.629591836734694), ("esrm", 1.0, 1.3543694158258281), ("superquantile", 0.5, 1.9)],
)
def test_spectral_risks_are_as_released(kind, parameter, value):
    """ronakdm/prospect@edfa3cc, src/optim/objectives.py."""
    assert spectral(kind, parameter)(LOSSES, None).item() == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("smoothing", "weights"),
    [
        (0.05, [0, 0.2857142857142852, 0, 0.28571428571428564, 0.14285714285714263, 0, 0.285714285714287]),
        (
            1.0,
            [
                0.061428571428571443,
                0.2857142857142857,
                0.032857142857142876,
                0.19,
                0.11857142857142858,
                0.02571428571428573,
                0.2857142857142857,
            ],
        ),
    ],
)
def test_smoothed_weights_are_as_released(smoothing, weights):
    """ronakdm/prospect@edfa3cc, src/optim/smoothing.py, by pooling adjacent violators."""
    made = spectral("superquantile", 0.5, smoothing)
    q = tensor(weights, dtype=torch.float64)
    value, gradient = slopes(made, LOSSES)
    torch.testing.assert_close(gradient, q, rtol=0, atol=1e-9)
    penalty = smoothing * 7 / 2 * (q - 1 / 7).square().sum()
    assert value.item() == pytest.approx((q @ LOSSES - penalty).item(), abs=1e-9)


@pytest.mark.parametrize(("kind", "parameter"), [("superquantile", 0.5), ("extremile", 2.5), ("esrm", 3.0)])
def test_the_weights_are_the_slope_of_the_smoothed_risk(kind, parameter):
    losses = LOSSES.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda l: spectral(kind, parameter, 0.4)(l, None), losses)


@pytest.mark.parametrize("rho", [1e-9, 1e4])
def test_esrm_is_finite_between_the_mean_and_the_largest(rho):
    expected = LOSSES.mean() if rho < 1 else LOSSES.max()
    torch.testing.assert_close(spectral("esrm", rho)(LOSSES, None), expected, rtol=1e-8, atol=0)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("risk=spectral risk.kind=cvar", "risk.kind=cvar: must be one of superquantile, extremile, esrm"),
        ("risk=spectral risk.smoothing=-1", r"risk.smoothing=-1: must be a number in \[0, inf\)"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(said.split(), multirun=False)


@pytest.mark.parametrize(
    ("kind", "parameter", "allowed"), [("superquantile", 1.0, r"in \[0, 1\)"), ("extremile", 0.5, "at least 1")]
)
def test_each_kind_of_spectrum_has_its_range(kind, parameter, allowed):
    with pytest.raises(ConfigError, match=f"parameter={parameter}: must be {allowed} where kind={kind}"):
        spectral(kind, parameter)
