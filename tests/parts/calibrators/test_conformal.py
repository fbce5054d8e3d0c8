"""Conformal sets: the threshold of reference cases, a library's quantile, and the coverage that is promised."""

from math import ceil

import numpy as np
import pytest
import torch

from runner.parts.calibrators.conformal import Conformal, _scores, risk_bound
from tests.parts.calibrators.cases import case, inputs_of, overconfident


def fitted(logits, labels, alpha, decay=1.0):
    sets = Conformal(alpha=alpha, decay=decay)
    sets.fit(logits, labels)
    return sets


@pytest.mark.parametrize(
    ("name", "decay"), [("crc_exchangeable", 1.0), ("crc_weighted_decay", 0.9), ("crc_infeasible", 1.0)]
)
def test_it_is_the_least_threshold_of_the_case(name, decay):
    """The case has thresholds on a grid: ours lies between the one that is taken and that before it."""
    logits, labels, expected = case(name)
    inputs = inputs_of(name)
    weights = torch.tensor(inputs["weights"], dtype=torch.float64)
    scores = _scores(logits).gather(2, labels[..., None])[..., 0]
    grid = torch.tensor(inputs["lambdas"], dtype=torch.float64)
    bounds = torch.cat([risk_bound(scores, weights, each[None]) for each in grid])
    torch.testing.assert_close(bounds, torch.tensor(expected["bound"], dtype=torch.float64), rtol=0, atol=1e-12)
    sets = fitted(logits, labels, inputs["alpha"], decay)
    if expected["lambda_hat"] is None:
        assert sets.at_bound.tolist() == [True]
        assert sets.calibrated(logits).all()
    else:
        assert expected["lambda_hat"] - 0.05 < sets.threshold.item() <= expected["lambda_hat"]
        assert risk_bound(scores, weights, sets.threshold) <= inputs["alpha"]


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3, 0.7])
@pytest.mark.parametrize("examples", [9, 19, 100])
def test_without_weights_it_is_the_quantile_of_split_conformal_prediction(alpha, examples):
    logits, labels = overconfident(seeds=3, examples=examples)
    scores = _scores(logits).gather(2, labels[..., None])[..., 0].numpy()
    rank = ceil(round((examples + 1) * (1 - alpha), 9))
    found = fitted(logits, labels, alpha)
    if rank > examples:
        assert found.threshold.isinf().all()
        assert found.at_bound.all()
    else:
        expected = np.quantile(scores, (rank - 1) / (examples - 1), axis=1, method="nearest")
        np.testing.assert_allclose(found.threshold.numpy(), expected, rtol=1e-12)


def test_the_promised_coverage_is_kept_and_not_by_much_more():
    """Over many seeds, of logits that are far too sure: 18 of 20 places are within, 0.9 on average."""
    logits, labels = overconfident(seeds=600, examples=219)
    sets = fitted(logits[:, :19], labels[:, :19], alpha=0.1)
    seen = sets.outcomes(None, logits[:, 19:], labels[:, 19:])
    found = sets.quality(None, seen, labels[:, 19:])
    assert found["coverage"].mean().item() == pytest.approx(0.9, abs=0.01)
    assert 1 < found["set_size"].mean() < 4
