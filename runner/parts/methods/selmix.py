"""SelMix (Ramasubramanian et al., "Selective Mixup Fine-Tuning for Optimizing Non-Decomposable Objectives", ICLR 2024,
arXiv:2403.18301).

    h~ = lam h(x_a) + (1 - lam) h(x_b),    label y_a,    lam ~ U(least_share, 1)
    (y_a, y_b) = (i, j) with chance P_ij ∝ exp(G_ij / temperature) where G_ij > 0, else 0, plus 1e-8
    G_ij = sum over q, l of dM/dA_ql * (rise of logit l at mu_q, the centroid of class q, if i and j are mixed)

A trained network is fine-tuned on mixed features h, of those pairs of classes of which a step in the last layer is
expected to lift M, a mean of the classes' recalls r on held-out examples. Of the joint confusion matrix C = R / K,
where R_ql is the share of class q that is taken for l and r_q = R_qq,

    dM/dA_ql = w_q (r_q / K) (1[q = l] - R_ql)
    rise     = <mu_i, mu_q> 1[l = i] - <z, mu_q> softmax(head(z))_l,    z = lam mu_i + (1 - lam) mu_j, lam at its mean

    objective     M                             w_q
    mean_recall   mean of r                     1
    min_recall    sum of v_q r_q                K v_q,    v ∝ v^beta exp(-val_lr r) before each use
    g_mean        geometric mean of r           M / r_q
    h_mean        harmonic mean of r            (M / r_q)^2

as in the released code; where no pair has a gain all have one chance. The first term of the rise has mu_i as in that
code, not z.

Args:
    start: name of the stored cell whose network is fine-tuned from the first epoch, at the released learning rate of
        3e-4; null: after `warmup`.
    warmup: in [0, 1], the share of the epochs, rounded down, that is plain ERM where start is null; 1 is ERM.
    objective: M, as above.
    temperature: positive. The released 0.1.
    val_lr: at least 0, of min_recall's weights v; the released 50.
    beta: in [0, 1], how much of v is kept; the released 0: none.
    least_share: in [0, 1]. The released 0.6. 1 mixes nothing: the losses of ERM at the first examples.
    every_pair: released adds 1/K^3 to each P_ij, as the code's sampler does, so that every class keeps a part of the
        draws; none: P as the paper has it, under which classes of good recall may hardly be drawn, and be forgotten.

Decided here: P is renewed before each epoch (the code: every 50 steps), and pairs are drawn within the batch, of the
classes that it has, with replacement; the code draws two batches. R has rows that sum to 1, which is the code's C times
K where all classes have as many held-out examples, and its shares are at least 1e-6.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import uniform
from runner.parts.methods.erm import ERM
from runner.parts.models.evaluating import evaluating
from runner.parts.models.weights import begin_with


class SelMix(Method):
    """Fine-tuning on features mixed where that helps the classes' recalls.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the mixed features.
        num_classes: K; given by the runner.
        epochs: given by the runner.
        held_out: gives validation inputs (V, ...) and labels (V,); given by the runner.
        stored: from the name of a cell to its network; given by the runner.
    Raises:
        ValueError: a class has no held-out example, or the stored network is of another kind.
    """

    held_out: Tensor
    members: Tensor
    multipliers: Tensor
    chances: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_classes: int,
        epochs: int,
        held_out: Callable[[], tuple[Tensor, Tensor]],
        stored: Callable[[str], nn.Module],
        *,
        start: Annotated[str, "[0-9a-f]{20}"] | None,
        warmup: Annotated[float, "[0, 1]"],
        objective: Literal["mean_recall", "min_recall", "g_mean", "h_mean"],
        temperature: Annotated[float, "(0, inf)"],
        val_lr: Annotated[float, "[0, inf)"],
        beta: Annotated[float, "[0, 1]"],
        least_share: Annotated[float, "[0, 1]"],
        every_pair: Literal["released", "none"],
    ):
        super().__init__()
        if start is not None:
            begin_with(network, stored(start), start)
        self.erm = ERM(network, loss, regularizer)
        # the small slack: 0.29 * 100 is not quite 29
        self.warmup = int(warmup * epochs + 1e-6) if start is None else 0
        self.objective = objective
        self.temperature = temperature
        self.val_lr = val_lr
        self.beta = beta
        self.least_share = least_share
        self.floor = num_classes**-3 if every_pair == "released" else 0.0
        self.draws = {"selmix_pair": uniform, "selmix_share": uniform}
        self.tuning = False
        x, labels = held_out()
        members = F.one_hot(labels, num_classes).float()
        if (empty := (members.sum(0) == 0).nonzero().flatten().tolist()) and self.warmup < epochs:
            raise ValueError(f"needs validation examples of each class, of class {empty[0]} too; a larger val_fraction")
        self.register_buffer("held_out", x)
        self.register_buffer("members", members)  # (V, K)
        self.register_buffer("multipliers", torch.zeros(num_classes))  # the logarithms of v: v may be tiny
        self.register_buffer("chances", torch.zeros(num_classes, num_classes))  # P

    def begin(self, epoch: int, epochs: int) -> None:
        self.tuning = epoch > self.warmup
        if self.tuning:
            network, k = self.erm.network, len(self.chances)
            means = (self.members / self.members.sum(0)).T  # (K, V), over the examples of a class
            with evaluating(network):
                features = torch.cat([network.features(x) for x in self.held_out.split(500)])
                guessed = network.head(features).argmax(-1)
                taken = means @ F.one_hot(guessed, k).to(means)
                gain = gains(self.slopes(taken), means @ features, network.head, (self.least_share + 1) / 2)
            self.chances.copy_(chances(gain, self.temperature, self.floor))

    def slopes(self, taken: Tensor) -> Tensor:
        """dM/dA (K, K), where taken (K, K) is the share of each class (row) that is taken for each."""
        taken = taken.clamp(min=1e-6)
        taken = taken / taken.sum(1, keepdim=True)
        recall, k = taken.diagonal(), len(taken)
        if self.objective == "min_recall":
            self.multipliers.copy_((self.beta * self.multipliers - self.val_lr * recall).log_softmax(0))
        weight = {
            "mean_recall": lambda: torch.ones_like(recall),
            "min_recall": lambda: k * self.multipliers.exp(),
            "g_mean": lambda: recall.log().mean().exp() / recall,
            "h_mean": lambda: (1 / (1 / recall).mean() / recall).square(),
        }[self.objective]()
        return (weight * recall / k)[:, None] * (torch.eye(k, device=taken.device) - taken)

    def forward(self, batch: Batch) -> Tensor:
        if not self.tuning:
            return self.erm(batch)
        one, other = drawn_pairs(self.chances, batch.labels, batch.draws["selmix_pair"])
        share = (self.least_share + (1 - self.least_share) * batch.draws["selmix_share"])[:, None]
        features = self.erm.network.features(batch.x)
        return self.erm.of(share * features[one] + (1 - share) * features[other], batch.at(one))

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def gains(slopes: Tensor, centroids: Tensor, head: Callable[[Tensor], Tensor], share: float) -> Tensor:
    """G (K, K): how much M rises if a step is made with features of class i (row), mixed with those of class j.

    Args:
        slopes: (K, K), dM/dA.
        centroids: (K, D), mu.
        head: from features (..., D) to logits (..., K).
        share: of class i in the mixed features.
    """
    mixed = share * centroids[:, None] + (1 - share) * centroids  # (K, K, D)
    rise = ((centroids @ centroids.T) * slopes.T).sum(1)  # (K,), over q
    fall = ((mixed @ centroids.T) * (head(mixed).softmax(-1) @ slopes.T)).sum(-1)  # (K, K), over q
    return rise[:, None] - fall


def chances(gain: Tensor, temperature: float, floor: float) -> Tensor:
    """P (K, K) from G (K, K), with `floor` added to each pair's.

    >>> chances(torch.tensor([[0.0, -1.0], [-2.0, -1.0]]), 0.1, 0.0)    # nothing helps
    tensor([[0.2500, 0.2500],
            [0.2500, 0.2500]])
    """
    p = (gain / temperature).flatten().softmax(0).view_as(gain) * (gain > 0) + 1e-8
    p = p / p.sum() + floor
    return p / p.sum()


def drawn_pairs(chances: Tensor, labels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """The places (B,) of first and second examples of B pairs, by numbers `drawn` (B,) from [0, 1).

    A pair of examples of the classes i and j has the chance P_ij, shared by all such pairs of the batch.

    >>> p = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    >>> drawn_pairs(p, torch.tensor([1, 0, 1]), torch.tensor([0.1, 0.4, 0.6]))    # 0 with 1: place 1 with 0 or 2
    (tensor([1, 1, 1]), tensor([0, 0, 2]))
    """
    size = (labels[:, None] == labels).sum(1)
    reached = (chances[labels[:, None], labels] / (size[:, None] * size)).flatten().cumsum(0)
    pair = torch.searchsorted(reached, drawn * reached[-1], right=True).clamp(max=len(reached) - 1)
    return pair // len(labels), pair % len(labels)
