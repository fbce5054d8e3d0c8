"""Selection by small losses: the mixture, what is kept, and what is refused."""

import warnings
from functools import partial

import pytest
import torch
from sklearn.mixture import GaussianMixture

from runner.catalog.objective_laws import double
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.parts.methods.small_loss import FLOOR, small
from tests.objectives import alone, built, first, same, values

near = partial(torch.testing.assert_close, rtol=0, atol=1e-9)


def mixture(losses, steps):
    """scikit-learn's own, from the same start."""
    x = ((losses - losses.min()) / (losses.max() - losses.min())).numpy()[:, None]
    precision = 1 / (x.var() + FLOOR)
    start = {"means_init": [[0.0], [1.0]], "weights_init": [0.5, 0.5], "precisions_init": [[[precision]]] * 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged, to a tolerance of nothing
        fitted = GaussianMixture(2, max_iter=steps, tol=0, reg_covar=FLOOR, **start).fit(x)
    return torch.from_numpy(fitted.predict_proba(x)[:, fitted.means_.argmin()])


@pytest.mark.parametrize("steps", [50, 300])
def test_the_mixture_is_scikit_learns_and_has_settled(steps):
    g = torch.Generator().manual_seed(0)
    low, high = torch.randn(600, generator=g).double(), torch.randn(400, generator=g).double()
    losses = torch.cat([0.3 * low.abs(), (2 + 0.7 * high).abs()])
    found = small(losses)
    near(found, mixture(losses, steps))
    assert found[:600].mean() > 0.9
    assert found[600:].mean() < 0.1


def test_the_mixture_of_two_points_and_of_one():
    near(small(torch.tensor([2.0, 5.0, 2.0, 5.0, 5.0]).double()), torch.tensor([1.0, 0.0, 1.0, 0.0, 0.0]).double())
    torch.testing.assert_close(small(torch.full((4,), 0.7)), torch.ones(4))


def test_small_losses_are_kept_and_the_others_not():
    objective, batch = first("method=small_loss", "method.warm_up=3", "noise=0.4")
    plain, _ = first("noise=0.4")
    method = objective.method
    losses, gradients = values(plain, batch)
    for epoch in (1, 3):
        objective.begin(epoch)
        found, ours = values(objective, batch)
        same(found, losses)
        same(list(ours.values()), list(gradients.values()))
    same(method.latest[batch.index], losses)  # kept while training
    method.latest.zero_()
    large = torch.arange(len(losses)) % 4 == 1
    method.latest[batch.index[large]] = 3.0
    objective.begin(4)
    found, ours = values(objective, batch)
    same(found, torch.where(large, 0.0, losses * len(losses) / (~large).sum()))
    _, of_kept = values(plain, batch.at((~large).nonzero().flatten()))
    for name, gradient in of_kept.items():
        same(ours[name.replace("method.", "method.erm.")], gradient)


def test_a_threshold_of_nothing_is_erm_and_none_is_a_weight():
    for threshold in ("0", "null"):
        (objective,), loader = built(
            "method=small_loss", "method.warm_up=1", "noise=0.4", f"method.threshold={threshold}"
        )
        for batch in map(alone, map(double, loader)):
            objective.method(batch)
        objective.begin(2)
        clean = objective.method.clean[batch.index]
        assert clean.min() < 0.3
        assert clean.max() > 0.7
        losses, gradients = values(first("noise=0.4")[0], batch)
        found, ours = values(objective, batch)
        same(found, losses if threshold == "0" else losses * clean / clean.mean())
        if threshold == "0":
            same(list(ours.values()), list(gradients.values()))


def test_nothing_kept_moves_nothing():
    objective, batch = first("method=small_loss", "noise=0.4")
    objective.method.clean.zero_()
    losses, gradients = values(objective, batch)
    assert not losses.any()
    assert not any(gradient.any() for gradient in gradients.values())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["method=small_loss", "method.warm_up=0"], r"method.warm_up=0.*\[1, inf\)"),
        (["method=small_loss", "method.threshold=2"], r"method.threshold=2.*\[0, 1\] or null"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_name(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(["dataset=blobs", *said], multirun=False)
