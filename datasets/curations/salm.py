"""SALM: inputs that are changed where it counts, so that a network trained on them learns little."""

from collections.abc import Callable
from typing import Annotated

import torch
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from datasets.curations.curated import Curated, flat

HIDDEN, BATCH, LR, MOMENTUM = 256, 64, 0.1, 0.9  # of the surrogate network


def salm(
    x: Tensor,
    labels: Tensor,
    mean: Tensor,
    std: Tensor,
    num_classes: int,
    generator: Generator,
    *,
    eps: Annotated[float, "[0, inf)"],
    fraction: Annotated[float, "(0, 1]"],
    rounds: Annotated[int, "[1, inf)"],
    steps: Annotated[int, "[1, inf)"],
) -> Curated:
    """Noise that makes the training labels easy to predict, min over theta and delta of CE(f_theta(x + delta), y), so
    that there is little left to learn from the inputs. It is at most eps, and where the mask of an example is alone.

    A surrogate network, one hidden layer of 256 rectifiers, is trained on what is there for an epoch; then the noise
    goes `steps` steps against the gradient of its loss; and so on for `rounds` rounds. The mask of an example has the
    share `fraction` of its numbers whose gradient was the largest after the first epoch.

    Source: "Medical Unlearnable Examples: Securing Medical Data from Unauthorized Training via Sparsity-Aware Local
    Masking", 2024 (arXiv:2403.10573), which masks the noise of Huang et al., "Unlearnable Examples: Making Personal
    Data
    Unexploitable", ICLR 2021 (arXiv:2101.04898): that is fraction=1. The paper's fraction, when it takes the mask anew,
    its steps and its surrogate are not confirmed: these are ours.

    Args:
        x: (N, ...) inputs. Images are rounded, and stay between 0 and the largest number that they have.
        labels: (N,) int64 classes that training sees.
        mean, std: by which inputs are normalised.
        num_classes: K.
        generator: the stream to draw from.
        eps: the largest change of a number, of images as a share of the largest that they have, mostly 255 (both papers
            have 8/255, 0.0314), of other inputs in standard deviations. 0: they stay as they are.
        fraction: of the numbers of an input that are changed.
        rounds: epochs of the surrogate, and turns of the noise.
        steps: of the noise in a round, each of a fifth of eps.
    """
    points = flat(x, mean, std)
    image = not x.is_floating_point()
    unit = x.max() / std if image else torch.ones(())
    largest = (eps * unit).expand(x.shape[1:]).flatten()  # of normalised inputs
    if eps == 0:
        return Curated()
    surrogate, noise, mask = _Surrogate(points.shape[1], num_classes, generator), torch.zeros_like(points), None
    for _ in range(rounds):
        surrogate.train(points + noise, labels, generator)
        if mask is None:
            mask = most(surrogate.slope(points, labels), fraction)
        noise = minimising(points, noise, mask, partial_slope(surrogate, labels), largest, steps, largest / 5)
    changed = (points + noise).view(x.shape) * std + mean
    return Curated(x=changed.round().clamp(0, float(x.max())).to(x.dtype) if image else changed.to(x.dtype))


def partial_slope(surrogate: "_Surrogate", labels: Tensor) -> Callable[[Tensor], Tensor]:
    """The gradient (N, D) of the surrogate's loss at inputs (N, D)."""
    return lambda points: surrogate.slope(points, labels)


def most(slope: Tensor, fraction: float) -> Tensor:
    """(N, D) bool: of each example the share `fraction` of its numbers whose gradient (N, D) is the largest."""
    count = max(1, round(fraction * slope.shape[1]))
    return torch.zeros_like(slope, dtype=torch.bool).scatter(1, slope.abs().topk(count).indices, True)


def minimising(
    points: Tensor,
    noise: Tensor,
    mask: Tensor,
    slope: Callable[[Tensor], Tensor],
    largest: Tensor | float,
    steps: int,
    alpha: Tensor | float,
) -> Tensor:
    """The noise (N, D) after so many steps of size alpha against the sign of the gradient, each within `largest`."""
    for _ in range(steps):
        noise = noise - alpha * slope(points + noise).sign()
        noise = torch.maximum(torch.minimum(noise, torch.as_tensor(largest)), -torch.as_tensor(largest)) * mask
    return noise


class _Surrogate:
    """A network with one hidden layer, trained by SGD."""

    def __init__(self, dim: int, num_classes: int, generator: Generator):
        sizes = ((dim, HIDDEN), (HIDDEN, num_classes))
        weights = [torch.randn(a, b, generator=generator) * (2 / a) ** 0.5 for a, b in sizes]
        self.numbers = [*weights, torch.zeros(HIDDEN), torch.zeros(num_classes)]
        self.speed = [torch.zeros_like(n) for n in self.numbers]

    def loss(self, points: Tensor, labels: Tensor, numbers: list[Tensor]) -> Tensor:
        first, last, bias, end = numbers
        return cross_entropy((points @ first + bias).relu() @ last + end, labels)

    def train(self, points: Tensor, labels: Tensor, generator: Generator) -> None:
        for batch in torch.randperm(len(points), generator=generator).split(BATCH):
            numbers = [n.requires_grad_() for n in self.numbers]
            slopes = torch.autograd.grad(self.loss(points[batch], labels[batch], numbers), numbers)
            self.speed = [MOMENTUM * v - LR * s for v, s in zip(self.speed, slopes, strict=True)]
            self.numbers = [(n + v).detach() for n, v in zip(numbers, self.speed, strict=True)]

    def slope(self, points: Tensor, labels: Tensor) -> Tensor:
        """(N, D) the gradient of each example's loss by its input."""
        points = points.detach().requires_grad_()
        (slope,) = torch.autograd.grad(len(points) * self.loss(points, labels, self.numbers), points)
        return slope
