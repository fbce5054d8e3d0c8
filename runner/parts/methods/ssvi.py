"""Sparse subspace variational inference, SSVI (Li et al., "Training Bayesian Neural Networks with Sparse Subspace
Variational Inference", ICLR 2024).

    L = loss at w + kl_scale / N * min(2 epoch / epochs, 1) * sum over active weights of KL(N(mu, s^2) || N(0, prior^2))
    w = mu + s * eps where a weight is active, else 0,    s = softplus(rho),    eps ~ N(0, 1)

Each layer has a fixed number of active weights. From time to time those whose sign is the least sure give way to those
that the loss would move most: of the active ones a share goes, of the smallest |mu| / s, and as many come in, of the
largest |gradient of the loss by w|, with mu = 0 and the mean rho of those that stayed. One that goes may come back at
once, and is then as it was. The share falls as share / 2 * (1 + cos(pi t / T)), T = until * epochs, and is 0 from T on.

Args:
    density: share of a layer's weights that are active, in (0, 1]. The first layer is dense, unless it is the only one.
        The paper's are 0.05 to 0.1 (unconfirmed); the code has no default. 1 is variational inference of all weights.
    share: see above, in [0, 1]. The code's 0.3.
    every: epochs between two changes of what is active, at least 1.
    until: see above, in [0, 1]. The code's 0.75. 0: what is active stays.
    prior: standard deviation, positive. The code's 0.005.
    kl_scale: at least 0. The code's 0.01. The prior pulls at mu with kl_scale / (N prior^2): 0.008 of CIFAR-10, 0.28 of
        digits, where 3e-4 is like CIFAR-10.
    mean: standard deviation of mu at the start, at least 0. The code's 0.01.
    sigma: s at the start, positive. The code's 6e-4, with a deviation of 5e-4, which there is none of here.

Source: the released code (ljb121002/SSVI, rigl_torch/RigL.py, models/utils.py and train_cifar.py); the paper's text was
not at hand. What differs: the code counts steps, and changes what is active every 100 of them, 4.5 epochs of digits and
0.26 of CIFAR-10 with our and its batches; here it is in the first step of an epoch, which is a step of the optimizer as
well. The code draws eps for each activation unless it is told `--same_noise`; here it is one for each weight and step.
It orders by the mean of |w| over its standard deviation, which grows with |mu| / s. It trains rho with a tenth of the
learning rate and without weight decay; here both are those of all numbers, so optimizer.weight_decay=0 is near it. It
stops the optimizer's momentum where a weight is not active.

Weights of linear layers and convolutions are random; biases and normalisations are not. Predictions are those of mu.
The gradient that chooses is that of the loss alone, of a network as it is evaluated.

>>> from torch import ones
>>> divergence(0.1 * ones(3), 0.5 * ones(3), 0.5)    # each 1/2 * (0.1 / 0.5)^2
tensor([0.0200, 0.0200, 0.0200])
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import grad
from torch.nn.utils.parametrize import is_parametrized

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.models.evaluating import evaluating
from runner.parts.models.weights import layers, rewrite


class SSVI(Method):
    """network, loss, regularizer: as in ERM; num_train: N. All given by the runner.

    Raises:
        ValueError: the network has no layer with weights, or weights that are a function of others already.
    """

    fits = ("any",)

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        *,
        density: Annotated[float, "(0, 1]"],
        share: Annotated[float, "[0, 1]"],
        every: Annotated[int, "[1, inf)"],
        until: Annotated[float, "[0, 1]"],
        prior: Annotated[float, "(0, inf)"],
        kl_scale: Annotated[float, "[0, inf)"],
        mean: Annotated[float, "[0, inf)"],
        sigma: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        found = list(layers(network))
        if not found or any(map(is_parametrized, found)):
            raise ValueError(
                "needs a network with linear layers or convolutions, the weights of which are trained themselves"
            )
        for i, layer in enumerate(found):
            nn.init.normal_(layer.weight, 0, mean)
            rewrite(layer, Gaussian(layer.weight.shape, density if i or len(found) == 1 else 1.0, sigma))
        self.erm = ERM(network, loss, regularizer)
        self.share, self.every, self.until = share, every, until
        self.prior, self.price = prior, kl_scale / num_train
        self.sizes = [mu.numel() for mu, _ in self.posterior()]
        self.draws = {"ssvi_noise": lambda g, b: torch.randn(sum(self.sizes), generator=g)}

    def posterior(self) -> list[tuple[Tensor, "Gaussian"]]:
        """What is trained of each layer's means, and what makes weights of it."""
        found: list[Any] = [layer.parametrizations for layer in layers(self.erm.network)]
        return [(each.weight.original, each.weight[0]) for each in found]

    def begin(self, epoch: int, epochs: int) -> None:
        t, end = epoch - 1, self.until * epochs
        self.warmth = min(2 * epoch / epochs, 1)
        due = 0 < t < end and t % self.every == 0
        self.leaving = self.share / 2 * (1 + math.cos(math.pi * t / end)) if due else 0.0

    def forward(self, batch: Batch) -> Tensor:
        noise = batch.draws["ssvi_noise"].split(self.sizes)
        if self.leaving:
            for (mu, gaussian), slope in zip(self.posterior(), self.slopes(batch, noise), strict=True):
                gaussian.swap(mu, slope, self.leaving)
            self.leaving = 0.0  # until an epoch says otherwise: a step may call forward several times
        with self.sampled(noise):
            losses = self.erm(batch)
        kl = torch.stack([gaussian.divergence(mu, self.prior) for mu, gaussian in self.posterior()]).sum()
        return losses + self.price * self.warmth * kl

    def slopes(self, batch: Batch, noise: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The gradient of the mean loss by each layer's weights, those included that are not active."""

        def loss(shifts: tuple[Tensor, ...]) -> Tensor:
            with self.sampled(noise, shifts):
                return self.erm.loss.apart(self.erm.network(batch.x), batch).mean()

        with torch.no_grad(), evaluating(self.erm.network):  # grad goes its own way in there
            found: tuple[Tensor, ...] = grad(loss)(tuple(torch.zeros_like(mu) for mu, _ in self.posterior()))
        return found

    @contextmanager
    def sampled(self, noise: Sequence[Tensor], shifts: Sequence[Tensor | float] | None = None) -> Iterator[None]:
        """For a while weights are a sample, by standard normal numbers of each layer, and what is added to it."""
        gaussians = [gaussian for _, gaussian in self.posterior()]
        for gaussian, eps, shift in zip(gaussians, noise, shifts or len(gaussians) * [0.0], strict=True):
            gaussian.drawn = eps.view_as(gaussian.rho), shift
        try:
            yield
        finally:
            for gaussian in gaussians:
                gaussian.drawn = None

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


class Gaussian(nn.Module):
    """A layer's weights of which some are active: from mu to the means, or to a sample where one is `drawn`.

    The optimizer alone changes mu and rho. Of a weight that comes in both are counted from where they are then.
    """

    def __init__(self, shape: Sequence[int], density: float, sigma: float):
        super().__init__()
        total = math.prod(shape)
        self.count = total - int((1 - density) * total)
        self.drawn: tuple[Tensor, Tensor | float] | None = None
        self.rho = nn.Parameter(torch.full(tuple(shape), math.log(math.expm1(sigma))))
        self.active: Tensor
        self.origin: Tensor
        self.lift: Tensor
        self.register_buffer("active", largest(torch.rand(*shape), self.count))
        self.register_buffer("origin", torch.zeros(*shape))
        self.register_buffer("lift", torch.zeros(*shape))

    def forward(self, mu: Tensor) -> Tensor:
        mean = self.active * (mu - self.origin)
        if self.drawn is None:
            return mean
        eps, shift = self.drawn
        return mean + self.active * self.scale() * eps + shift

    def scale(self) -> Tensor:
        return F.softplus(self.rho + self.lift)

    def divergence(self, mu: Tensor, prior: float) -> Tensor:
        """KL () of the active weights from N(0, prior^2)."""
        return (self.active * divergence(mu - self.origin, self.scale(), prior)).sum()

    @torch.no_grad()
    def swap(self, mu: Tensor, slope: Tensor, share: float) -> None:
        """Let a share of the active weights go, and as many come in, by the gradient of the loss by all weights."""
        gone = int(self.count * share)
        sure = torch.where(self.active > 0, (mu - self.origin).abs() / self.scale(), -1)
        stay = largest(sure, self.count - gone)
        active = stay + largest(torch.where(stay > 0, -1, slope.abs()), gone)
        both = active * self.active
        typical = (both * (self.rho + self.lift)).sum() / both.sum()
        new = active > self.active
        self.origin.copy_(torch.where(new, mu, self.origin))
        self.lift.copy_(torch.where(new, typical - self.rho, self.lift))
        self.active.copy_(active)


def largest(scores: Tensor, count: int) -> Tensor:
    """1 at the `count` largest scores, 0 elsewhere, in their shape.

    >>> largest(torch.tensor([[0.2, 0.9], [0.5, 0.1]]), 2)
    tensor([[0., 1.],
            [1., 0.]])
    """
    flat = scores.flatten()
    return torch.zeros_like(flat).scatter(0, flat.topk(count).indices, 1.0).view_as(scores)


def divergence(mean: Tensor, scale: Tensor, prior: float) -> Tensor:
    """KL of N(mean, scale^2) from N(0, prior^2), number by number, in nats."""
    return math.log(prior) - scale.log() + (scale.square() + mean.square()) / (2 * prior**2) - 0.5
