"""Adaptive stochastic label perturbation, ASLP (Liu et al., "Model Calibration in Dense Classification with Adaptive
Label Perturbation", ICCV 2023, arXiv:2307.13539).

    with probability a_i    L(z, y') = L(z, y) + beta * gap_i,    else L(z, y)
    gap_i = mean over k != y of L(z, k) - L(z, y)
    a_i <- clip(a_i + eta * (gap_i / beta + weight * min(1 - accuracy - beta * a_i, 0)), 0, 1 / (2 beta) - 0.01)

Each example has a rate a_i of its own, 0 to begin. On average its loss is the one for a label that is wrong with
probability beta * a_i. The rate grows with the example's margin, until this probability is the share of held-out
examples that the network gets wrong: a network should be no surer than it is right.

The paper has one sigmoid a pixel, y' = (1 - 2 beta) y + beta, and moves a_i by -2 BCE + CAL, CAL = -log p(1 - p) as in
the released code: that is log p_y - log(1 - p_y), the gap. The mean over the other classes (decided) is the same for
two classes and cross-entropy; with any other loss the gap is that loss's own, since beta * gap is what a_i adds to it.
Rates change between epochs, from each example's last gap and the accuracy at that moment; in the released code within
an epoch, from the accuracy after the one before, and from probabilities clamped at 1e-7. It costs K + 1 losses.

Args:
    beta: in [0.5, 50): 0.5 makes a perturbed label uniform between two classes, 1 flips it, the released runs' 2 goes
        beyond: the loss then falls without bound on the perturbed example alone, though not on average. Below 0.5 a
        rate could pass 1.
    eta: step of the rates, at least 0; the released code's 0.002.
    weight: lambda, at least 0, of the held-out errors' bound; the released code's 2000.
    start: epochs before the first whose gaps count; the released code's 5. Rates are 0 until start + 1 are over.

Needs val_fraction above 0. Limit: eta = 0 is ERM.

>>> from torch import tensor
>>> moved(tensor([0.0, 0.1]), tensor([0.03, -0.3]), 0.93, beta=2.0, eta=0.002, weight=2000.0)    # 0.002 * 0.03 / 2
tensor([3.0000e-05, 0.0000e+00])
"""

from collections.abc import Callable
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import uniform
from runner.parts.methods.erm import ERM
from runner.parts.methods.soft import expected
from runner.parts.models.evaluating import evaluating


class LabelPerturbation(Method):
    """Perturbs labels at a rate of each example's own. Args: as in ERM and in the module's docstring.

    Raises:
        ValueError: there are no held-out examples.
    """

    rate: Tensor
    gap: Tensor
    held_x: Tensor
    held_labels: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        held_out: Callable[[], tuple[Tensor, Tensor]],
        *,
        beta: Annotated[float, "[0.5, 50)"],
        eta: Annotated[float, "[0, inf)"],
        weight: Annotated[float, "[0, inf)"],
        start: Annotated[int, "[0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.draws = {"label_perturbation_uniform": uniform}
        self.beta = beta
        self.eta = eta
        self.weight = weight
        self.start = start
        self.counting = False
        for name, value in zip(("held_x", "held_labels"), held_out(), strict=True):
            self.register_buffer(name, value)
        for name in ("rate", "gap"):
            self.register_buffer(name, torch.zeros(num_train))

    def begin(self, epoch: int, epochs: int) -> None:
        self.counting = epoch > self.start
        if epoch > self.start + 1:
            accuracy = self._accuracy()
            self.rate.copy_(moved(self.rate, self.gap, accuracy, beta=self.beta, eta=self.eta, weight=self.weight))

    def forward(self, batch: Batch) -> Tensor:
        if not self.counting:
            return self.erm(batch)
        features = self.erm.network.features(batch.x)
        logits = self.erm.network.head(features)
        others = 1 - F.one_hot(batch.labels, logits.shape[-1]).to(logits.dtype)
        wrong = expected(self.erm.loss, logits, others / (logits.shape[-1] - 1), batch)
        plain = self.erm.loss(logits, batch)
        gap = wrong - plain
        self.gap[batch.index] = gap.detach()
        perturbed = batch.draws["label_perturbation_uniform"] < self.rate[batch.index]
        losses = torch.where(perturbed, plain + self.beta * gap, plain)
        return self.erm.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)

    def _accuracy(self) -> Tensor:
        """On the held-out examples, some at a time."""
        with evaluating(self.erm.network):
            predicted = torch.cat([self.predict(x).argmax(-1) for x in self.held_x.split(500)])
        return (predicted == self.held_labels).to(self.rate.dtype).mean()


def moved(rate: Tensor, gap: Tensor, accuracy: Tensor | float, *, beta: float, eta: float, weight: float) -> Tensor:
    """The rates (N,) of the next epoch, from these, each example's gap (N,) and the held-out accuracy."""
    bound = (1 - accuracy - beta * rate).clamp(max=0)
    return (rate + eta * (gap / beta + weight * bound)).clamp(0, 1 / (2 * beta) - 0.01)
