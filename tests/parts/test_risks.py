"""Risks: their limits, their two ends, and what they do to training."""

import pytest
import torch

from runner.catalog.objective_laws import double
from runner.data.loader import Batch
from runner.stack.stack import Stack
from tests.objectives import first, same
from tests.parts.risk_values import LOSSES, risk, slopes

OF_THE_MEAN = [  # and what is said for it
    ("cvar", {"level": 0.0}),
    ("top_k", {"share": 1.0}),
    ("trimmed", {"share": 1.0}),
    ("spectral", {"kind": "superquantile", "parameter": 0.0}),
    ("spectral", {"kind": "extremile", "parameter": 1.0}),
    ("spectral", {"kind": "esrm", "parameter": 0.0}),
]


@pytest.mark.parametrize("optional", [{}, {"smoothing": 0.7}], ids=["plain", "smoothed"])
@pytest.mark.parametrize(("name", "said"), OF_THE_MEAN)
def test_the_limit_is_the_mean(name, said, optional):
    said = said | optional if name == "spectral" else said
    same(
        slopes(risk(name, {"smoothing": 0.0} | said if name == "spectral" else said), LOSSES),
        slopes(risk("mean"), LOSSES),
    )


@pytest.mark.parametrize("name", ["cvar", "top_k", "trimmed"])
def test_the_limit_is_the_mean_to_the_last_bit(name):
    said = {"level": 0.0} if name == "cvar" else {"share": 1.0}
    losses = torch.rand(63, generator=torch.Generator().manual_seed(0))
    for ours, theirs in zip(slopes(risk(name, said), losses), slopes(risk("mean"), losses), strict=True):
        assert torch.equal(ours, theirs)


def test_top_k_and_trimmed_take_the_two_ends():
    worst, best = (slopes(risk(name, {"share": 0.3}), LOSSES)[1] for name in ("top_k", "trimmed"))  # 2 of 7
    assert (worst * 2).tolist() == [0, 1, 0, 0, 0, 0, 1]
    assert (best * 2).tolist() == [0, 0, 1, 0, 0, 1, 0]
    same(slopes(risk("top_k", {"share": 0.25}), LOSSES[:4]), slopes(risk("cvar", {"level": 0.75}), LOSSES[:4]))


@pytest.mark.parametrize("name", ["top_k", "trimmed"])
def test_one_example_is_left_at_least(name):
    assert risk(name, {"share": 0.01})(LOSSES, None).item() == (3.1 if name == "top_k" else 0.05)


def test_of_equal_losses_the_weight_is_whole():
    losses = torch.ones(5, dtype=torch.float64)
    for made in (risk("cvar", {"level": 0.5}), risk("top_k", {"share": 0.4}), risk("trimmed", {"share": 0.4})):
        value, weights = slopes(made, losses)
        assert value.item() == pytest.approx(1)
        assert weights.sum().item() == pytest.approx(1)


@pytest.mark.parametrize("name", ["spl_plus", "iwrm_upgrad"])
def test_what_needs_each_gradient_trains_convolutions_with_batchnorm(name):
    objective, batch = first(f"risk={name}", "dataset=digits", "model=cnn", "batch_size=6")
    _, gradients = Stack([objective])._differentiated(double(Batch(*(t[None] for t in batch[:3]), {})))
    assert all(g.isfinite().all() for g in gradients)


@pytest.mark.parametrize("name", ["spl_plus", "iwrm_upgrad"])
def test_the_method_is_no_part_of_its_risk(name):
    objective, _ = first(f"risk={name}")
    assert list(objective.risk.parameters()) == []
    assert [key for key in objective.state_dict() if key.startswith("risk")] == ["risk.threshold"] * (
        name == "spl_plus"
    )
