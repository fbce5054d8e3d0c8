"""CrossSplit (Kim et al., "CrossSplit: Mitigating Label Noise Memorization through Data Splitting", ICML 2023,
arXiv:2212.01674).

Two networks, and the training set in two halves: each network learns from the labels of its own half, corrected by the
other network, which has not seen them, and treats the other half as unlabelled. After a warm-up by the loss alone, of
each network

    beta_i = clamp((JSD(y_i, q_i) - low_y) / (high_y - low_y), 0, 1),    q = the peer's prediction
    s_i    = sharpened (b q_i + (1 - b) y_i),    b = (beta_i - 1/2) gamma + 1/2        on its own half
    s_i    = sharpened p_i,    p = its own prediction                                  on the other half
    x', s' = l (x, s) + (1 - l) (x, s)[in another order],    l = max(u, 1 - u), u ~ Beta(alpha, alpha)
    L      = mean of loss(x', s') on its half + r weight * mean of (p(x') - s')^2 on the other
             + sum over k of 1/K log((1/K) / mean p_k) + contrastive * NT-Xent of two views of x

sharpened t is t^(1/T), normalised; low and high are the extremes of JSD in a class. With two views of each example, q
and p are means over both, and both are rows x.

Differences from the released code:
    Augmentation: this runner has one kind, which makes both views; there, weak ones for predictions and strong ones for
    training. Predictions q and p are made in evaluation mode, there p is made in training mode.
    Both networks take a step at a time, there an epoch in turn; low and high are those of the JSD as last seen in
    training, of the examples that a network has labels of, there of an evaluation of all. r grows by epochs, there by
    steps.
    NT-Xent has its temperature from UNICON, whose code this one continues (unconfirmed), is of the network's features,
    without a projection, and of the whole batch, there of the unlabelled one.
    Where a network has BatchNorm, its own half and the other share a batch's statistics.
    The warm-up there reads the whole data set, and for asymmetric noise has a price of 0.1 on confidence.
"""

import math
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from losses.pairs._contrast import contrasted
from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import beta
from runner.parts.methods.erm import ERM
from runner.parts.methods.pairs import peers, share
from runner.parts.methods.soft import expected
from runner.parts.models.evaluating import evaluating

TINY = 1e-10  # within the logarithms of JSD, as released
TEMPERATURE = 0.05  # of NT-Xent


class CrossSplit(Method):
    """Cross-split label correction and learning from the unlabelled half; predicts by the sum of both networks' logits.

    Warm-up epochs are ERM of each network on its half; its mean over a batch is that over the examples of its half.

    Args:
        network, loss, regularizer: as in ERM; given by the runner.
        num_train, num_classes: N and K, given by the runner.
        peer: the second network, of the same kind.
        split: "halves" is the paper's, at random. The released loader makes halves and then reads the whole data set
            for each: "released" gives both networks every example, once as labelled and once as unlabelled.
        correction_only: true leaves out mixing, the unlabelled half and the last two terms of L, and so needs one view.
        warm_up: epochs, at least 1; the paper's 10 on CIFAR-10 and 30 on CIFAR-100, of 300.
        gamma: in [0, 1], one for each stage after the warm-up; the released code's 0.6, 0.8, 1.
        stages: epochs after the warm-up at which the second and further stages begin; the released code's 20, 30.
        temperature: T, in (0, 1]; the paper's 0.5. 1 does not sharpen.
        alpha: positive; the paper's 4.
        weight: at least 0; the paper's 30.
        ramp_epochs: at least 1, after which r, from 0 at the end of the warm-up, is 1; the paper's 16.
        contrastive: at least 0; the paper's 0.025. 0 leaves the term out.
    Raises:
        ValueError: gamma and stages do not fit each other.
    """

    own: Tensor
    labels: Tensor
    divergence: Tensor
    low: Tensor
    high: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        num_classes: int,
        *,
        peer: Annotated[nn.Module, "model"],
        split: Literal["halves", "released"],
        correction_only: bool,
        warm_up: Annotated[int, "[1, inf)"],
        gamma: list[Annotated[float, "[0, 1]"]],
        stages: list[Annotated[int, "[1, inf)"]],
        temperature: Annotated[float, "(0, 1]"],
        alpha: Annotated[float, "(0, inf)"],
        weight: Annotated[float, "[0, inf)"],
        ramp_epochs: Annotated[int, "[1, inf)"],
        contrastive: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        if len(gamma) != len(stages) + 1 or sorted(stages) != stages:
            raise ValueError(f"gamma={gamma} must have one number more than stages={stages}, which must grow")
        self.erm, self.peer = peers(network, peer, loss, regularizer)
        self.num_classes = num_classes
        self.twice = split == "released"
        self.correction_only = correction_only
        self.warm_up = warm_up
        self.gammas = gamma
        self.stages = stages
        self.temperature = temperature
        self.weight = weight
        self.ramp_epochs = ramp_epochs
        self.contrastive = contrastive
        self.views = 1 if correction_only else 2
        self.draws = {}
        if not correction_only:
            rows = 4 if self.twice else 2
            self.draws = {
                "crosssplit_share": beta(alpha, 2),
                "crosssplit_order": lambda g, b: torch.stack([torch.randperm(rows * b, generator=g) for _ in range(2)]),
            }
        half = torch.randperm(num_train) % 2 == 0  # by the seed's own stream, which stands in torch's place meanwhile
        self.register_buffer(
            "own", torch.stack([half | self.twice, ~half | self.twice])
        )  # (2, N) whose labels are read
        self.register_buffer("labels", torch.full((num_train,), -1))  # as seen; -1: not yet
        self.register_buffer("divergence", torch.zeros(2, num_train))  # JSD of label and the peer's prediction
        self.register_buffer("low", torch.zeros(2, num_classes))
        self.register_buffer("high", torch.full((2, num_classes), math.log(2)))
        self.since = -warm_up

    def begin(self, epoch: int, epochs: int) -> None:
        self.since = epoch - 1 - self.warm_up
        if self.since >= 0:
            low, high = extremes(self.divergence, self.labels, self.own & (self.labels >= 0), self.num_classes)
            self.low.copy_(low)
            self.high.copy_(high)

    @property
    def gamma(self) -> float:
        return self.gammas[sum(self.since >= stage for stage in self.stages)]

    def forward(self, batch: Batch) -> Tensor:
        self.labels[batch.index] = batch.labels
        views = batch.x.movedim(1, 0) if self.views == 2 else batch.x[None]  # (V, B, ...)
        return self._warm(views[0], batch) if self.since < 0 else self._corrected(views, batch)

    def _warm(self, x: Tensor, batch: Batch) -> Tensor:
        losses, seen = [], []
        for erm, own in zip((self.erm, self.peer), self.own, strict=True):
            features = erm.network.features(x)
            logits = erm.network.head(features)
            kept = share(own[batch.index], erm.loss(logits, batch))
            losses.append(erm.regularizer(kept, features, logits, batch))
            seen.append(logits.detach().softmax(-1))
        self._keep(seen, batch)
        return losses[0] + losses[1]

    def _corrected(self, views: Tensor, batch: Batch) -> Tensor:
        seen = [predicted(erm.network, views) for erm in (self.erm, self.peer)]
        divergences, losses = self._keep(seen, batch), []
        for k, erm in enumerate((self.erm, self.peer)):
            low, high = self.low[k][batch.labels], self.high[k][batch.labels]
            b = trust(divergences[k], low, high, self.gamma)[:, None]
            labelled = sharpened(b * seen[1 - k] + (1 - b) * self._one_hot(batch.labels, b), self.temperature)
            if self.correction_only:
                losses.append(self._plain(k, erm, views[0], labelled, batch))
            else:
                losses.append(self._mixed(k, erm, views, labelled, sharpened(seen[k], self.temperature), batch))
        return losses[0] + losses[1]

    def _plain(self, k: int, erm: ERM, x: Tensor, target: Tensor, batch: Batch) -> Tensor:
        features = erm.network.features(x)
        logits = erm.network.head(features)
        fit = share(self.own[k][batch.index], expected(erm.loss, logits, target, batch))
        erm.loss.note(logits, batch)
        return erm.regularizer(fit, features, logits, batch)

    def _mixed(self, k: int, erm: ERM, views: Tensor, labelled: Tensor, guessed: Tensor, batch: Batch) -> Tensor:
        """Rows are view by view, (V B, ...); where every example is labelled and unlabelled, in this order of each."""
        b, own = len(batch.labels), self.own[k][batch.index]
        x = views.flatten(0, 1)
        if self.twice:
            x, target = torch.cat([x, x]), torch.cat([labelled, labelled, guessed, guessed])
        else:
            target = torch.where(own[:, None], labelled, guessed).repeat(2, 1)
        part = batch.draws["crosssplit_share"][k]
        part, order = torch.maximum(part, 1 - part), batch.draws["crosssplit_order"][k]
        target = part * target + (1 - part) * target[order]
        features = erm.network.features(part * x + (1 - part) * x[order])
        logits = erm.network.head(features)

        one, other = (expected(erm.loss, logits[at], target[at], batch) for at in (slice(0, b), slice(b, 2 * b)))
        fit = (one + other) / 2
        erm.loss.note(logits[:b], batch)
        miss = (logits[-2 * b :].softmax(-1) - target[-2 * b :]).square().mean(-1).view(2, b).mean(0)
        rising = min(self.since / self.ramp_epochs, 1.0)
        losses = share(own, fit) + rising * self.weight * share(own if self.twice else ~own, miss) + imbalance(logits)
        if self.contrastive > 0:
            losses = losses + self.contrastive * nt_xent(*(erm.network.features(view) for view in views))
        return erm.regularizer(losses, features[:b], logits[:b], batch)

    def _keep(self, seen: list[Tensor], batch: Batch) -> list[Tensor]:
        """Keep, for either network, the divergence of labels and the peer's prediction; and give it, two of (B,)."""
        found = [jsd(self._one_hot(batch.labels, p), p) for p in reversed(seen)]
        for k, now in enumerate(found):
            self.divergence[k, batch.index] = now.to(self.divergence.dtype)
        return found

    def _one_hot(self, labels: Tensor, like: Tensor) -> Tensor:
        return F.one_hot(labels, self.num_classes).to(like.dtype)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x) + self.peer.predict(x)


def predicted(network: nn.Module, views: Tensor) -> Tensor:
    """Mean over views (V, B, ...) of the probabilities, in evaluation mode and without a gradient: (B, K)."""
    with torch.no_grad(), evaluating(network):
        return torch.stack([network(view).softmax(-1) for view in views]).mean(0)


def jsd(p: Tensor, q: Tensor) -> Tensor:
    """Jensen-Shannon divergence of rows (B, K) and (B, K), in nats: (B,).

    >>> jsd(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]))    # log 2
    tensor([0.6931])
    """
    middle = (p + q) / 2
    return sum(((r * ((r + TINY) / (middle + TINY)).log()).sum(-1) / 2 for r in (p, q)), start=p.new_zeros(()))


def trust(divergence: Tensor, low: Tensor | float, high: Tensor | float, gamma: float) -> Tensor:
    """b (B,), the share that the peer's prediction has in the target: by where divergence (B,) lies in its range.

    >>> divergence = torch.tensor([0.1, 0.3, 0.5])
    >>> trust(divergence, 0.1, 0.5, 1.0), trust(divergence, 0.1, 0.5, 0.6)
    (tensor([0.0000, 0.5000, 1.0000]), tensor([0.2000, 0.5000, 0.8000]))
    """
    place = (divergence - low) / (high - low)
    return (place.nan_to_num(nan=0.0).clamp(0, 1) - 0.5) * gamma + 0.5


def sharpened(p: Tensor, temperature: float) -> Tensor:
    """p^(1/T) over its sum, (B, K).

    >>> sharpened(torch.tensor([[0.75, 0.25]]), 0.5)    # 9 to 1
    tensor([[0.9000, 0.1000]])
    """
    power = p ** (1 / temperature)
    return power / power.sum(-1, keepdim=True)


def extremes(divergence: Tensor, labels: Tensor, known: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Least and largest of divergence (2, N) where it is `known` (2, N), by label (N,): (2, K) each.

    Of a class without known examples they are those that JSD can have: 0 and log 2.
    """
    group = labels.clamp(min=0).expand_as(divergence)
    low, high = (
        divergence.new_full((2, num_classes), worst).scatter_reduce(
            1, group, torch.where(known, divergence, worst), how
        )
        for worst, how in ((math.inf, "amin"), (-math.inf, "amax"))
    )
    return torch.where(low.isfinite(), low, 0.0), torch.where(high.isfinite(), high, math.log(2))


def imbalance(logits: Tensor) -> Tensor:
    """sum over k of 1/K log((1/K) / mean p_k), of logits (R, K): ().

    >>> imbalance(torch.tensor([[9.0, 0.0], [0.0, 9.0]])).abs() < 1e-6    # both classes equally often
    tensor(True)
    """
    rows, k = logits.shape
    mean = logits.log_softmax(-1).logsumexp(0) - math.log(rows)
    return -math.log(k) - mean.mean()


def nt_xent(one: Tensor, other: Tensor) -> Tensor:
    """Of all other rows, which is the other view of this one? Cross-entropy by cosine similarity, (B, D) twice: ().

    >>> one, other = torch.eye(2), torch.eye(2)    # log(1 + 2 e^-20)
    >>> nt_xent(one, other)
    tensor(0.)
    >>> nt_xent(one, one.flip(0))    # a wrong row is the nearer one, by 1/0.05
    tensor(20.)
    """
    return F.cross_entropy(*contrasted(one, other, TEMPERATURE))
