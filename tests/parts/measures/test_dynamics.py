"""Operators between features: exact ones are found, and what is missing or no number counts as such."""

import math

import pytest
import torch

from runner.contracts.measures import Examples
from runner.parts.measures.dynamics import Dynamics, distance, leading
from runner.tasks.declared.dynamics import DYNAMICS

TURN = 0.8 * torch.tensor([[math.cos(1.0), -math.sin(1.0)], [math.sin(1.0), math.cos(1.0)]])


def drawn(count=200, width=2, seed=0):
    return torch.randn(1, count, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def measured(now, after, targets=None, truth=(0.5, 0.25, 0.125)):
    """Of features of both states (S, M, W), which are training and test examples alike."""
    optimum = {f"real_{k}": complex(value).real for k, value in enumerate(truth, 1)}
    optimum |= {f"imaginary_{k}": complex(value).imag for k, value in enumerate(truth, 1)}
    measures, targets = Dynamics(optimum), after if targets is None else targets
    seen = measures.outcomes(torch.cat([now, after], 2), targets)
    measures.fit(Examples(seen, targets), None)
    return {name: values.tolist() for name, values in measures.quality(seen, targets).items()}


def test_a_turn_has_its_conjugate_pair_and_nothing_else():
    now = drawn()
    exact = [0.8 * complex(math.cos(1), math.sin(1)), 0.8 * complex(math.cos(1), -math.sin(1)), 0]
    found = measured(now, now @ TURN.double() + 3, truth=exact)
    assert found["eigenvalue_error"][0] == pytest.approx(0.0, abs=1e-5)
    assert found["forecast_rmse"][0] == pytest.approx(0.0, abs=1e-5)
    assert (found["real_1"][0], found["imaginary_1"][0]) == pytest.approx((exact[0].real, exact[0].imag), abs=1e-5)
    assert (found["real_3"], found["imaginary_3"]) == ([0.0], [0.0])
    assert found.keys() == {metric.name for metric in DYNAMICS.quality}


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_an_invertible_map_of_features_changes_nothing(scale):
    now = drawn(width=3)
    after = 0.5 * now + 0.1 * drawn(width=3, seed=1)
    mixing = scale * torch.tensor([[1.0, 2, 0], [0, 1, 0], [1, 0, -1]], dtype=torch.float64)
    plain, mixed = measured(now, after), measured(now @ mixing + 5, after @ mixing + 5, targets=after)
    assert mixed["eigenvalue_error"] == pytest.approx(plain["eigenvalue_error"], abs=1e-4)
    assert mixed["forecast_rmse"] == pytest.approx(plain["forecast_rmse"], abs=1e-4)


def test_features_that_never_vary_have_no_eigenvalue_and_forecast_the_mean():
    targets = drawn(width=1)
    found = measured(torch.ones(1, 200, 2), torch.ones(1, 200, 2), targets)
    assert found["eigenvalue_error"] == [pytest.approx((0.5 + 0.25 + 0.125) / 3)]
    assert found["forecast_rmse"] == [pytest.approx(targets.std(correction=0).item())]


def test_without_the_truth_there_is_no_error():
    found = measured(drawn(), drawn(seed=1), truth=())
    assert {name for name, (value,) in found.items() if math.isnan(value)} == {"eigenvalue_error"}


def test_seeds_are_apart_and_one_whose_features_are_no_numbers_has_none():
    now, after = drawn().repeat(2, 1, 1), drawn(seed=1).repeat(2, 1, 1)
    now[1, 3] = torch.nan
    found = measured(now, after)
    assert all(value[0] == pytest.approx(*measured(drawn(), drawn(seed=1))[name]) for name, value in found.items())
    assert all(math.isnan(value[1]) for value in found.values())


def test_eigenvalues_are_ordered_and_paired_as_is_best():
    values = torch.tensor([[-0.1, 0.3 - 0.4j, 0.3 + 0.4j, 0.9]], dtype=torch.complex128)
    assert leading(values)[0].tolist() == [0.9, 0.3 + 0.4j, 0.3 - 0.4j]
    assert leading(values[:, :1])[0].tolist() == [-0.1, 0, 0]
    truth = torch.tensor([0.3 - 0.4j, 0.3 + 0.4j, 0.6], dtype=torch.complex128)
    assert distance(leading(values), truth).item() == pytest.approx(0.1)
