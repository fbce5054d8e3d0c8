"""Learning to reject with a fixed predictor (Mohri et al., "Learning to Reject with a Fixed Predictor: Application to
Decontextualization", ICLR 2024, arXiv:2301.09044).

    L(r, x, y) = 1[h(x) != y] * exp(alpha r / 2) + cost * exp(-beta r),    accept where r(x) > 0

First the predictor h is trained by ERM, or it is that of a stored cell; then it is frozen, and a rejector r of two
layers is trained on its features. L bounds the rejection loss 1[h wrong, accepted] + cost * 1[rejected] from above.

Where h is wrong with probability e, L is least at r = log(2 beta cost / (alpha e)) / (alpha / 2 + beta): examples are
accepted for e < 2 beta cost / alpha. That is the rejection loss's own threshold, e < cost, if beta = alpha / 2, and
then e = cost * exp(-alpha r). Any alpha and beta order examples by e.

Predictions have the predictor's class and the rejector's confidence: the class has 1/K + (1 - 1/K) s, the others share
the rest equally, and s = (1 + r / (1 + |r|)) / 2 increases in r. Accepted are those with a confidence above
(1 + 1/K) / 2. (Decided: any increasing function of r gives the same accuracy and aurc, and this one does not saturate;
it is no calibrated probability.)

The paper's rejector learns from annotations made after the predictor was trained. Here it learns from the same training
examples by their given labels: a predictor that has memorized them leaves it no errors to learn from.

Args:
    predictor: null, or the name of a stored cell whose network is the predictor from the first epoch on; the cell's
        model need not be the configured one, which then is not used.
    predictor_share: of the epochs, that train the predictor, in (0, 1], at least one; no matter with a stored
        predictor. The learning-rate schedule begins anew after them.
    width: units of the rejector's hidden layer (decided; the paper's rejector is a language model).
    cost: of a rejection, in (0, 1). The paper's figure has 0.05.
    alpha: above 0. The paper's figure has 2.
    beta: above 0; alpha / 2 puts the threshold at the cost.

Limit: predictor_share = 1 is ERM.

>>> from torch import tensor
>>> rejection(tensor([0.0, 0.0]), tensor([True, False]), cost=0.05, alpha=2.0, beta=1.0)    # 1 + 0.05 and 0.05
tensor([1.0500, 0.0500])
"""

from collections.abc import Callable
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.models import shapes


class Reject(Method):
    """A predictor, then its rejector. Args: as in ERM and in the module's docstring."""

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        epochs: int,
        stored: Callable[[str], nn.Module],
        *,
        predictor: Annotated[str, "[0-9a-f]{20}"] | None,
        predictor_share: Annotated[float, "(0, 1]"],
        width: Annotated[int, "[1, 1000000]"],
        cost: Annotated[float, "(0, 1)"],
        alpha: Annotated[float, "(0, inf)"],
        beta: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network if predictor is None else stored(predictor), loss, regularizer)
        (dim,) = shapes(self.erm.network.body, input_shape)[-1]
        self.rejector = nn.Sequential(nn.Linear(dim, width), nn.ReLU(), nn.Linear(width, 1))
        self.cost = cost
        self.alpha = alpha
        self.beta = beta
        self.first = max(1, round(predictor_share * epochs)) if predictor is None else 0
        self.starts = tuple(sorted({0, self.first}))
        self.rejecting = self.first < epochs  # as after the last epoch, until one begins

    def enter(self, phase: int) -> None:
        self.rejecting = self.starts[phase] >= self.first
        if self.rejecting:
            self.erm.network.eval()  # BatchNorm's statistics are frozen too

    def forward(self, batch: Batch) -> Tensor:
        if not self.rejecting:
            return self.erm(batch)
        logits, r = self._judged(batch.x)
        return rejection(r, logits.argmax(-1) != batch.labels, cost=self.cost, alpha=self.alpha, beta=self.beta)

    def predict(self, x: Tensor) -> Tensor:
        if not self.rejecting:
            return self.erm.predict(x)
        logits, r = self._judged(x)
        k = logits.shape[-1]
        return F.one_hot(logits.argmax(-1), k) * _lead(r, k)[:, None]

    def _judged(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (M, K) of the frozen predictor, and what the rejector says of its prediction, (M,)."""
        with torch.no_grad():
            features = self.erm.network.features(x)
            logits = self.erm.network.head(features)
        return logits, self.rejector(features).squeeze(-1)


def rejection(r: Tensor, wrong: Tensor, *, cost: float, alpha: float, beta: float) -> Tensor:
    """The surrogate loss (B,) of r (B,), where the predictor is wrong or not (B,)."""
    accepted = (alpha / 2 * r).exp()
    return torch.where(wrong, accepted, torch.zeros_like(accepted)) + cost * (-beta * r).exp()


def _lead(r: Tensor, k: int) -> Tensor:
    """How far above the K - 1 others the logit of a class lies that has probability 1/K + (1 - 1/K) s."""
    s = ((1 + F.softsign(r)) / 2).clamp(1e-6, 1 - 1e-6)  # never equal to the others, never certain
    return torch.log1p((k - 1) * s) - torch.log1p(-s)
