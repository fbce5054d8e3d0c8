"""Split conformal prediction: a set of classes for each example, which has the label with probability 1 - alpha.

    C(x) = {k: 1 - p_k <= t},    t the least number with  (sum_i w_i [1 - p_iy > t] + 1) / (sum_i w_i + 1) <= alpha

p = softmax(z) and i runs over V validation examples. With w = 1 this is split conformal prediction, whose score is
1 - p_y (Sadinle, Lei and Wasserman, JASA 2019): t is the ceil((V + 1) (1 - alpha))-th smallest score. It is also
conformal risk control (Angelopoulos et al., ICLR 2024, arXiv:2208.02814) of the loss "the set has not the label". With
w_i = decay^(V + 1 - i) it is non-exchangeable conformal risk control (Farinhas et al., ICLR 2024, arXiv:2310.01262),
where examples that are nearer in time to the test examples count more. Weights are summed as they are, and a test
example has weight 1, as in the latter paper. Its released code expects the losses in the other order.
"""

from typing import Annotated, Any, NamedTuple

import torch
from torch import Tensor

from runner.contracts.calibrator import Calibrator
from runner.contracts.measures import Measures

ROUNDING = 1e-12  # of a sum of weights, so that (V + 1) alpha is a whole number where it should be


class Sets(NamedTuple):
    """What is measured of sets; nan for a seed whose predictions are not finite.

    Attributes:
        covered: (S, M) 1 where the set has the label, else 0.
        size: (S, M) number of classes in it.
    """

    covered: Tensor
    size: Tensor


class Conformal(Calibrator):
    """Sets of classes, with a threshold for each seed. Their coverage and their mean size are measured, nothing else.

    The promise is of the labels that validation has, for examples that are drawn as validation examples are; with
    decay below 1 it is weaker by how much they drift.

    Args:
        alpha: the share of sets that may lack the label, in (0, 1). Where it is below 1 / (sum w + 1), the validation
            examples are too few to promise it: all sets have all classes, see `at_bound`.
        decay: factor on the weight from one validation example to that before it, in the order of the data set; 1 where
            order says nothing. Less is for data sets with dataset.order.

    Attributes:
        threshold: (S,) t float64, inf where all classes are in all sets.

    >>> logits = torch.tensor([[[2.0, 0.0], [1.0, 0.0], [0.0, 0.5]]])
    >>> sets = Conformal(alpha=0.25, decay=1.0)
    >>> sets.fit(logits, torch.tensor([[0, 0, 0]]))                # 3 of 3 scores may not be exceeded: ceil(4 * 0.75)
    >>> sets.calibrated(logits).tolist()
    [[[True, False], [True, False], [True, True]]]
    """

    threshold: Tensor

    def __init__(self, *, alpha: Annotated[float, "(0, 1)"], decay: Annotated[float, "(0, 1]"]):
        self.alpha = alpha
        self.decay = decay

    def fit(self, predictions: Tensor, targets: Tensor) -> None:
        scores = _scores(predictions).gather(2, targets[..., None])[..., 0]
        v = scores.shape[1]
        weights = self.decay ** torch.arange(v, 0, -1, dtype=torch.float64, device=scores.device)
        self.threshold = _threshold(scores, weights, self.alpha)
        self.at_bound = self.threshold.isinf()

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Logits (S, M, K) -> (S, M, K) bool, which classes are in each set."""
        return _scores(predictions) <= self.threshold[:, None, None]

    def outcomes(self, measures: Measures, predictions: Tensor, targets: Tensor) -> Sets:
        sets = self.calibrated(predictions)
        known = predictions.isfinite().all(2) & ~self.threshold.isnan()[:, None]
        covered, size = sets.gather(2, targets[..., None])[..., 0].double(), sets.sum(2).double()
        return Sets(covered.where(known, torch.nan), size.where(known, torch.nan))

    def quality(self, measures: Measures, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """coverage, the share of sets that have the label, to be compared with 1 - alpha; set_size, the mean."""
        return {"coverage": seen.covered.mean(1), "set_size": seen.size.mean(1)}

    def diagnostics(self, measures: Measures, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """Nothing: a set has no confidence."""
        return {}


def risk_bound(scores: Tensor, weights: Tensor, threshold: Tensor) -> Tensor:
    """(S,) what the expected miscoverage of a threshold (S,) is at most, from scores (S, V) and weights (V,)."""
    return (((scores > threshold[:, None]) * weights).sum(1) + 1) / (weights.sum() + 1)


def _threshold(scores: Tensor, weights: Tensor, alpha: float) -> Tensor:
    """(S,) the least score whose risk_bound is at most alpha; inf where none is, nan where a score is not finite."""
    ordered, place = scores.sort(dim=1)
    own = weights[place]
    above = own.flip(1).cumsum(1).flip(1) - own  # of those behind; among equal scores the last one has the true sum
    enough = above + 1 <= alpha * (weights.sum() + 1) + ROUNDING
    found = ordered.gather(1, enough.int().argmax(1, keepdim=True))[:, 0]
    return found.where(enough.any(1), torch.inf).where(scores.isfinite().all(1), torch.nan)


def _scores(logits: Tensor) -> Tensor:
    """(S, M, K) 1 - p of each class, float64."""
    return 1 - logits.double().softmax(2)
