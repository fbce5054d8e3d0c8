"""How predictions of numbers are measured, in the target's own unit."""

from collections.abc import Callable, Collection
from typing import NamedTuple

import torch
from torch import Tensor

from losses.regression._predictive import Point, Predictive
from runner.contracts.measures import Measures
from runner.parts.measures._ranks import auroc, ranks
from runner.tasks.bins import EQUAL_BINS, PIT_BINS

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # of quantiles, where calibration is looked at
DECILE = 0.1  # the share of the examples that are predicted worst
SHOWN = 200  # test examples whose predictions are kept for a picture


class Outcomes(NamedTuple):
    """All that any metric needs of a prediction; nan where it says no such thing.

    Attributes:
        point: (S, M, D) the number that is predicted, in the target's own unit.
        crps: (S, M, D) continuous ranked probability score, in that unit.
        nlpd: (S, M, D) minus the log density at the target, in nats, of the target in its own unit.
        cdf: (S, M, D) the probability of at most the target.
        spread: (S, M, D) standard deviation, in the target's own unit.
    """

    point: Tensor
    crps: Tensor
    nlpd: Tensor
    cdf: Tensor
    spread: Tensor


class Regression(Measures):
    """Args: mean, scale, decode, measure: see Known."""

    def __init__(
        self,
        mean: Tensor,
        scale: Tensor,
        decode: Callable[[Tensor], Tensor | Predictive],
        measure: Collection[str] = (),
    ):
        self.mean = mean
        self.scale = scale
        self.decode = decode
        self.measure = measure

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        said = self.decode(predictions)
        return self.outcomes_of(Point(said) if isinstance(said, Tensor) else said, targets)

    def outcomes_of(self, said: Predictive, targets: Tensor) -> Outcomes:
        """Of what is said of targets (S, M, D), in the units that these have."""
        unknown = torch.full_like(targets, torch.nan)
        nll, cdf, spread = said.nll(targets), said.cdf(targets), said.spread
        return Outcomes(
            self.own(said.point),
            said.crps(targets) * self.scale,
            unknown if nll is None else nll + self.scale.log(),
            unknown if cdf is None else cdf,
            unknown if spread is None else spread * self.scale,
        )

    def own(self, targets: Tensor) -> Tensor:
        """Standardised targets (..., D) in their own unit."""
        return targets * self.scale + self.mean

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """rmse, mae, worst_decile_rmse (of the tenth of the examples that are predicted worst) and crps over all
        examples and targets; r2 and spearman, means over the D targets; and, of predictions that say how sure they are,
        nlpd, quantile_calibration_error and sharpness, the mean standard deviation."""
        true = self.own(targets).double()
        error = (seen.point.double() - true).abs()
        found = {
            "rmse": _rms(error.flatten(1)),
            "mae": error.flatten(1).mean(1),
            "r2": r2(seen.point.double(), true),
            "spearman": spearman(seen.point, self.own(targets)),
            "worst_decile_rmse": worst_rms(error, DECILE),
            "crps": seen.crps.double().flatten(1).mean(1),
            "nlpd": seen.nlpd.double().flatten(1).mean(1),
            "quantile_calibration_error": quantile_calibration_error(seen.cdf),
            "sharpness": seen.spread.double().flatten(1).mean(1),
        }
        found = {name: values for name, values in found.items() if name in ALWAYS or not values.isnan().all()}
        if "calibration" in self.measure:
            found["l2_calibration_error"] = l2_calibration_error(seen.point.double(), true)
        return found

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """rmse_given and rmse_true; of examples whose target was changed, the share that is predicted nearer to the
        given than to the true one (memorised); flip_auroc, the area under the ROC curve of the distance to the given
        target as a detector of changed ones. The last two are left out where no target was changed."""
        to_given, to_true = ((seen.point - self.own(each)).double().square().sum(2) for each in (given, true))
        changed = (given != true).any(2)
        metrics = {"rmse_given": to_given, "rmse_true": to_true}
        found = {name: (squares.mean(1) / given.shape[2]).sqrt() for name, squares in metrics.items()}
        if changed.any():
            nearer = (to_given < to_true).double()
            found["memorised"] = (nearer * changed).sum(1) / changed.sum(1)
            found["flip_auroc"] = auroc(to_given, changed)
        return found

    def diagnostics(
        self, tested: Outcomes, targets: Tensor, seen: Outcomes, given: Tensor, true: Tensor
    ) -> dict[str, Tensor]:
        """ "predicted": (S, 200, 2) the first true target and its prediction, of test examples at even distances.
        "pit": (S, 20) how many test targets have a predicted probability of at most the target in each bin of [0, 1];
        none where nothing says how sure it is."""
        count = targets.shape[1]
        some = torch.linspace(0, count - 1, min(SHOWN, count), device=targets.device).round().long()
        pairs = torch.stack([self.own(targets)[:, some, 0], tested.point[:, some, 0]], -1)
        found = {"predicted": pairs}
        if not tested.cdf.isnan().all():
            bins = (tested.cdf.flatten(1) * PIT_BINS).long().clamp(0, PIT_BINS - 1)
            counts = torch.zeros(len(bins), PIT_BINS, dtype=torch.float64, device=bins.device)
            found["pit"] = counts.scatter_add_(1, bins, torch.ones_like(bins, dtype=torch.float64))
        return found


ALWAYS = {"rmse", "mae", "r2", "spearman", "worst_decile_rmse", "crps"}  # of any prediction


def _rms(values: Tensor) -> Tensor:
    return values.square().mean(1).sqrt()


def r2(predicted: Tensor, true: Tensor) -> Tensor:
    """(S,) the share of the variance that is explained, the mean over D targets; nan where a target has none: both
    (S, M, D)."""
    rest, total = ((true - each).square().sum(1) for each in (predicted, true.mean(1, keepdim=True)))
    return (1 - rest / total).where(total > 0, torch.nan).mean(1)


def spearman(predicted: Tensor, true: Tensor) -> Tensor:
    """(S,) Spearman's rank correlation, ties with their mean rank, the mean over D targets: both (S, M, D)."""
    one, other = (ranks(each.mT).double() for each in (predicted, true))
    one, other = (each - each.mean(2, keepdim=True) for each in (one, other))
    return ((one * other).sum(2) / (one.square().sum(2) * other.square().sum(2)).sqrt()).mean(1)


def worst_rms(error: Tensor, share: float) -> Tensor:
    """(S,) the root mean square error of the examples that are predicted worst, at least one: error (S, M, D)."""
    squares = error.square().mean(2)
    count = max(1, round(share * squares.shape[1]))
    return squares.topk(count, 1).values.mean(1).sqrt()


def l2_calibration_error(predicted: Tensor, true: Tensor) -> Tensor:
    """(S,) how far predicted numbers are from the mean target of examples with such a prediction, the root of the mean
    square, and the mean over D targets: both (S, M, D).

    The mean is that of ten bins of the predictions with as many examples each; of few examples it is itself uncertain,
    which makes the error larger. (van der Laan et al., ICML 2023, whose error is that of the expectation.)
    """
    place = predicted.argsort(dim=1, stable=True)
    gap = (true - predicted).gather(1, place)
    parts = [part for part in gap.tensor_split(EQUAL_BINS, dim=1) if part.shape[1]]
    squares = torch.stack([part.shape[1] * part.mean(1).square() for part in parts]).sum(0)
    return (squares / gap.shape[1]).sqrt().mean(1)


def quantile_calibration_error(cdf: Tensor, levels: tuple[float, ...] = LEVELS) -> Tensor:
    """(S,) how far the share of targets below a predicted quantile is from its level, the mean over levels: (S, M, D).

    Source: Kuleshov, Fenner and Ermon, "Accurate Uncertainties for Deep Learning Using Calibrated Regression", ICML
    2018, with distances in place of their squares.
    """
    below = torch.stack([(cdf <= level).double().flatten(1).mean(1) for level in levels], 1)
    error = (below - torch.tensor(levels, dtype=torch.float64, device=cdf.device)).abs().mean(1)
    return error.where(~cdf.flatten(1).isnan().any(1), torch.nan)
