"""Metrics of numbers against scikit-learn and scipy, seed by seed, and at their corners."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import norm, spearmanr
from sklearn import metrics as sk

from losses.regression._predictive import Gaussian
from runner.parts.measures._ranks import auroc, ranks
from runner.parts.measures.regression import Regression, quantile_calibration_error, r2, spearman
from runner.tasks.declared.regression import REGRESSION

S, M, D = 3, 200, 2
MEAN, SCALE = torch.tensor([10.0, -3.0]), torch.tensor([2.0, 0.5])
CASE = json.loads((Path(__file__).parents[2] / "values" / "regression" / "metrics.json").read_text())


def gaussian(predictions):
    return Gaussian(predictions[..., :D], predictions[..., D:].exp())


@pytest.fixture
def case():
    g = torch.Generator().manual_seed(0)
    target = torch.randn(S, M, D, generator=g)
    mean = target + 0.5 * torch.randn(S, M, D, generator=g)
    return torch.cat([mean, 0.3 * torch.randn(S, M, D, generator=g) - 0.5], -1), target


def measured(predictions, target, decode=gaussian):
    measures = Regression(MEAN, SCALE, decode)
    return measures.quality(measures.outcomes(predictions, target), target)


def own(values):
    return (values * SCALE + MEAN).double().numpy()


ORACLES = {
    "rmse": lambda p, s, y: math.sqrt(((p - y) ** 2).mean()),
    "mae": lambda p, s, y: sk.mean_absolute_error(y, p),
    "r2": lambda p, s, y: sk.r2_score(y, p),
    "spearman": lambda p, s, y: np.mean([spearmanr(p[:, d], y[:, d]).statistic for d in range(D)]),
    "worst_decile_rmse": lambda p, s, y: math.sqrt(np.sort(((p - y) ** 2).mean(1))[-M // 10 :].mean()),
    "nlpd": lambda p, s, y: -norm(p, s).logpdf(y).mean(),
    "sharpness": lambda p, s, y: s.mean(),
    "quantile_calibration_error": lambda p, s, y: np.mean(
        [abs((y <= norm(p, s).ppf(level)).mean() - level) for level in np.arange(1, 10) / 10]
    ),
    "crps": lambda p, s, y: np.mean(
        [
            np.trapezoid((norm(p[i, 0], s[i, 0]).cdf(z) - (z >= y[i, 0])) ** 2, z)
            for i in range(5)
            for z in [np.linspace(p[i, 0] - 12 * s[i, 0], p[i, 0] + 12 * s[i, 0], 40001)]
        ]
    ),
}


@pytest.mark.parametrize("name", [name for name in ORACLES if name != "crps"])
def test_it_is_what_others_compute(case, name):
    predictions, target = case
    found = measured(predictions, target)[name]
    for seed in range(S):
        p, s, y = (
            own(predictions[seed, :, :D]),
            (predictions[seed, :, D:].exp() * SCALE).double().numpy(),
            own(target[seed]),
        )
        assert found[seed].item() == pytest.approx(ORACLES[name](p, s, y), rel=1e-5)


def test_the_continuous_ranked_probability_score_is_its_integral(case):
    predictions, target = (each[:1, :5] for each in case)
    seen = Regression(MEAN, SCALE, gaussian).outcomes(predictions, target)
    p, s, y = own(predictions[0, :, :D]), (predictions[0, :, D:].exp() * SCALE).double().numpy(), own(target[0])
    assert seen.crps[0, :, 0].mean().item() == pytest.approx(ORACLES["crps"](p, s, y), rel=1e-3)


def test_every_metric_has_an_oracle_and_is_declared(case):
    assert ORACLES.keys() == measured(*case).keys() == {metric.name for metric in REGRESSION.quality}


def test_a_prediction_without_a_distribution_has_no_metrics_of_one(case):
    predictions, target = case
    found = measured(predictions[..., :D], target, lambda p: p)
    assert found.keys() == ORACLES.keys() - {"nlpd", "sharpness", "quantile_calibration_error"}
    assert torch.allclose(found["crps"], found["mae"])  # the score of a point is its absolute error


def test_reference_values():
    inputs, output = CASE["inputs"], CASE["output"]
    y, mean, std = (torch.tensor(inputs[key], dtype=torch.float64).view(1, -1, 1) for key in ("y", "mean", "std"))
    measures = Regression(torch.zeros(1), torch.ones(1), lambda p: Gaussian(p[..., :1], p[..., 1:]))
    seen = measures.outcomes(torch.cat([mean, std], -1), y)
    found = measures.quality(seen, y)
    for name, key in {
        "rmse": "rmse",
        "mae": "mae",
        "r2": "r2",
        "nlpd": "nll",
        "crps": "crps_gaussian",
        "spearman": "spearman",
    }.items():
        assert found[name].item() == pytest.approx(output[key], rel=1e-6), name
    error = quantile_calibration_error(seen.cdf, tuple(output["quantile_levels"]))
    assert error.item() == pytest.approx(output["quantile_calibration_error"])


def test_what_was_learnt_of_changed_targets():
    true = torch.zeros(1, 4, 1)
    given = torch.tensor([0.0, 0.0, 4.0, 4.0]).view(1, 4, 1)
    predicted = torch.tensor([0.1, -0.1, 3.0, 1.0]).view(1, 4, 1)
    measures = Regression(torch.zeros(1), 2 * torch.ones(1), lambda p: p)
    found = measures.label_noise(measures.outcomes(predicted, given), given, true)
    assert found["memorised"].item() == 0.5  # 3 is nearer to the given 4, 1 to the true 0
    assert found["flip_auroc"].item() == 1.0
    assert found["rmse_given"].item() == pytest.approx(2 * math.sqrt((0.01 + 0.01 + 1 + 9) / 4))
    assert found["rmse_true"].item() == pytest.approx(2 * math.sqrt((0.01 + 0.01 + 9 + 1) / 4))
    assert measures.label_noise(measures.outcomes(predicted, true), true, true).keys() == {"rmse_given", "rmse_true"}


def test_of_several_targets_errors_are_means_over_them():
    true, given = torch.zeros(1, 2, 2), torch.tensor([[[0.0, 0.0], [2.0, 4.0]]])
    measures = Regression(torch.zeros(2), torch.ones(2), lambda p: p)
    found = measures.label_noise(measures.outcomes(true, given), given, true)
    assert found["rmse_given"].item() == pytest.approx(math.sqrt((4 + 16) / 4))
    assert found["rmse_true"].item() == 0


def test_numbers_that_are_none_are_a_metric_of_none(case):
    predictions, target = case
    predictions[1, 7, 0] = math.nan
    found = measured(predictions, target)
    assert (
        found["rmse"].isnan().tolist() == found["quantile_calibration_error"].isnan().tolist() == [False, True, False]
    )


@pytest.mark.parametrize("values", [[3.0, 1.0, 3.0, 2.0], [1.0, 1.0, 1.0, 1.0]])
def test_equal_numbers_share_their_rank(values):
    from scipy.stats import rankdata

    assert ranks(torch.tensor([values])).tolist() == [rankdata(values).tolist()]


def test_the_area_under_the_curve_is_scikit_learns():
    g = torch.Generator().manual_seed(1)
    score, positive = torch.randint(5, (2, 50), generator=g).float(), torch.rand(2, 50, generator=g) < 0.3
    wanted = [sk.roc_auc_score(positive[s], score[s]) for s in range(2)]
    assert auroc(score, positive).tolist() == pytest.approx(wanted)


def test_a_constant_prediction_explains_nothing():
    true = torch.arange(6.0, dtype=torch.float64).view(1, 6, 1)
    assert r2(true.mean().expand(1, 6, 1), true).item() == 0
    assert spearman(true * 0, true).isnan().all()


def test_pictures_have_their_numbers(case):
    predictions, target = case
    measures = Regression(MEAN, SCALE, gaussian)
    seen = measures.outcomes(predictions, target)
    found = measures.diagnostics(seen, target, seen, target, target)
    assert found["predicted"].shape == (S, M, 2)
    assert torch.allclose(found["predicted"][:, 0, 0], (target * SCALE + MEAN)[:, 0, 0])
    assert found["pit"].sum(1).tolist() == [M * D] * S
