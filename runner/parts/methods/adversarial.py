"""Adversarial training (Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR 2018,
arXiv:1706.06083) and the smooth adversarial loss (Mao, Mohri and Zhong, "Cross-Entropy Loss Functions: Theoretical
Analysis and Applications", ICML 2023, arXiv:2304.07288), within a ball of radius r around each input.

    madry     loss at x',                                   x' where the cross-entropy is largest
    smooth    loss at x + nu * ||d(x') - d(x)||_2,          x' where this distance is largest

where d is the vector of margins, d_k = z_y - z_k. Madry et al. train for the worst input near each. The smooth loss
asks for a good answer at the input itself, and for margins that hardly move around it, so that less of the clean
accuracy is given away; with cross-entropy and nu at least 1 it bounds Madry's from above.

The largest value is looked for by projected gradient ascent (PGD) from a point drawn within the ball.

Args:
    objective: "madry" or "smooth".
    norm: of the ball, "l_inf" or "l_2".
    radius: r, at least 0, in units of the normalised inputs, that is, of their standard deviation. 8/255 of the pixel
        range is about 0.13 on CIFAR-10, 0.3 of it is 0.97 on MNIST.
    steps: of the ascent, at least 0. The papers' 10; 0 is no attack: x' = x.
    step_size: of a step, positive, as a share of the radius. Madry et al.: 2/255 of 8/255 on CIFAR-10.
    nu: at least 0, of "smooth" alone. Unconfirmed.
    attacked: whether predictions are of attacked inputs. No labels are known then: the attack, from x itself, raises
        the cross-entropy of the class that the network predicts at x. Accuracy is then the usual robust accuracy, but
        for mistakes that an attack mends. It goes for all that is measured, on training examples too.

Madry et al. attack the very loss that they train; here it is always the cross-entropy, which is theirs for loss=ce, and
which can be climbed where bounded losses are flat. At which point the smooth loss is taken, and a temperature rho of
the margins, here 1, are unconfirmed. Attacked inputs are not clipped to a range of pixels. The attack sees the network
as it is evaluated; its outcome is a constant to the gradient. radius = 0 or steps = 0 is empirical risk minimisation,
and so is "smooth" with nu = 0.
"""

import math
from collections.abc import Callable
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.func import grad

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.models.evaluating import evaluating


class Adversarial(Method):
    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        objective: Literal["madry", "smooth"],
        norm: Literal["l_inf", "l_2"],
        radius: Annotated[float, "[0, inf)"],
        steps: Annotated[int, "[0, 1000]"],
        step_size: Annotated[float, "(0, inf)"],
        nu: Annotated[float, "[0, inf)"],
        attacked: bool,
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.objective = objective
        self.norm = norm
        self.radius = radius
        self.steps = steps
        self.step_size = step_size
        self.nu = nu
        self.attacked = attacked
        self.draws = {"adversarial_start": within_ball(norm, input_shape)}

    def forward(self, batch: Batch) -> Tensor:
        network, x, y, start = self.erm.network, batch.x, batch.labels, batch.draws["adversarial_start"]
        if self.objective == "madry":
            return self.erm(batch._replace(x=self.fooling(x, start, y)))
        features = network.features(x)
        losses = self.erm.of(features, batch)
        if self.nu == 0:
            return losses
        z = network.head(features)
        with torch.no_grad(), evaluating(network):
            still = network(x)
        worst = self.attack(x, start, lambda near: moved(still, network(near), y).square().sum())
        return losses + self.nu * moved(z, network(worst), y).norm(dim=-1)

    def predict(self, x: Tensor) -> Tensor:
        network = self.erm.network
        if not self.attacked:
            return self.erm.predict(x)
        guess = network(x).argmax(-1)
        return network(self.fooling(x, torch.zeros_like(x), guess))

    def fooling(self, x: Tensor, start: Tensor, labels: Tensor) -> Tensor:
        """Inputs near x at which the cross-entropy of these labels is large; see attack."""
        return self.attack(x, start, lambda near: F.cross_entropy(self.erm.network(near), labels, reduction="sum"))

    def attack(self, x: Tensor, start: Tensor, height: Callable[[Tensor], Tensor]) -> Tensor:
        """Inputs near x (B, ...) at which `height`, a sum over examples, is large.

        Args:
            start: (B, ...) where to begin, within the ball of radius 1.
        """
        if not self.steps:
            return x
        shift = self.radius * start
        with torch.no_grad(), evaluating(self.erm.network):  # grad goes its own way in there
            for _ in range(self.steps):
                uphill = steepest(self.norm, grad(height)(x + shift))
                shift = projected(self.norm, shift + self.step_size * self.radius * uphill, self.radius)
        return x + shift


def moved(z: Tensor, near: Tensor, labels: Tensor) -> Tensor:
    """d(x') - d(x) of margins d_k = z_y - z_k: logits (B, K) at x and at x', labels (B,) -> (B, K).

    >>> from torch import tensor
    >>> moved(tensor([[1.0, 0.0, 0.0]]), tensor([[0.0, 2.0, 0.0]]), tensor([0]))    # margins (0, 1, 1) to (0, -2, 0)
    tensor([[ 0., -3., -1.]])
    """
    change = near - z
    return change.gather(1, labels[:, None]) - change


def steepest(norm: str, slope: Tensor) -> Tensor:
    """The step of length 1 that climbs most, for gradients (B, ...); none where there is no slope."""
    return slope.sign() if norm == "l_inf" else slope / lengths(slope).clamp(min=torch.finfo(slope.dtype).tiny)


def projected(norm: str, shift: Tensor, radius: float) -> Tensor:
    """The nearest point of the ball, (B, ...) -> the same shape."""
    if norm == "l_inf":
        return shift.clamp(-radius, radius)
    return shift * (radius / lengths(shift).clamp(min=torch.finfo(shift.dtype).tiny)).clamp(max=1)


def lengths(x: Tensor) -> Tensor:
    """(B, ...) -> (B, 1, ...)."""
    return x.flatten(1).norm(dim=1).view(-1, *[1] * (x.dim() - 1))


def within_ball(norm: str, shape: tuple[int, ...]) -> Draw:
    """(B, *shape) points that are equally likely anywhere within the ball of radius 1."""

    def drawn(g: Generator, b: int) -> Tensor:
        if norm == "l_inf":
            return 2 * torch.rand(b, *shape, generator=g) - 1
        direction = torch.randn(b, *shape, generator=g)
        far = torch.rand(b, *[1] * len(shape), generator=g) ** (1 / math.prod(shape))
        return far * direction / lengths(direction)

    return drawn
