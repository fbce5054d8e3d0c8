"""Consistency training: points along one way from noise to data are mapped to the same end (Song et al., "Consistency
Models", ICML 2023, arXiv:2303.01469; Song and Dhariwal, "Improved Techniques for Training Consistency Models", iCT,
ICLR 2024, arXiv:2310.14189).

    L = loss(f(x + s_{i+1} e, s_{i+1}), f(x + s_i e, s_i)) / (s_{i+1} - s_i)
    f(x, s) = c_skip x + c_out F(c_in x, s),    c_skip = d^2 / ((s - s_0)^2 + d^2),
    c_out = d (s - s_0) / sqrt(s^2 + d^2),    c_in = 1 / sqrt(s^2 + d^2)

No gradient goes through the second f, the teacher. Levels are s_i = (s_0^(1/7) + i / N (s_N^(1/7) - s_0^(1/7)))^7 of
Karras et al. (NeurIPS 2022). F is the network, told log s. A sample is f of the largest noise, in one step. In iCT the
teacher is the network itself, `momentum=0`; the first paper's weights were slow.

Args:
    first, last: N at the first epoch and at the end; it doubles in between, in equal parts of training. The paper's are
        10 and 1280.
    levels: how i is drawn. `lognormal`: log s is normal with mean -1.1 and deviation 2 between the levels, as in iCT;
        `uniform`.
    weighted: is a loss divided by s_{i+1} - s_i, as in iCT, or left as it is?
    momentum: of the teacher's weights, in [0, 1); 0 for the network's own.
    sigma: [s_0, s_N], above 0.
    scale: d, the deviation of the data; the paper's is 0.5.

Limit: of Gaussian data with variance v, f = x sqrt((v + s_0^2) / (v + s^2)) leaves L at 0 as N grows.

>>> [round(level, 3) for level in levels_of(10, [0.002, 80.0]).tolist()][:3]
[0.002, 0.017, 0.085]
"""

import math
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.denoiser import Gated, like
from runner.parts.methods.draws import normals, uniform
from runner.parts.methods.latents import latents
from runner.parts.methods.recovered import check_bits
from runner.parts.methods.slow import Parts, keep_slow, slowly

BEND = 7  # of the levels, rho of Karras et al.
MEAN, DEVIATION = -1.1, 2.0  # of log s

Levels = Literal["lognormal", "uniform"]


class Outputs(nn.Module):
    """What a network gives, without its features."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, *told: Tensor) -> Tensor:
        found: Tensor = self.network(*told)[1]
        return found


class Consistency(Method):
    """network, loss, regularizer, input_shape: of Given.

    Raises:
        ValueError: sigma is no range, last is below first, or the loss is of bits.
    """

    fits = ("density",)
    kinds = ("recovered",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        first: Annotated[int, "[1, 100000]"],
        last: Annotated[int, "[1, 100000]"],
        levels: Levels,
        weighted: bool,
        momentum: Annotated[float, "[0, 1)"],
        sigma: list[Annotated[float, "(0, inf)"]],
        scale: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        check_bits(loss, False)
        if len(sigma) != 2 or not sigma[0] < sigma[1]:
            raise ValueError(f"sigma={sigma}: must be two numbers, the first below the second")
        if last < first:
            raise ValueError(f"last={last}: must be at least first={first}")
        self.loss, self.regularizer = loss, regularizer
        self.gated = Gated(network, input_shape)
        self.first, self.last, self.drawn, self.weighted = first, last, levels, weighted
        self.momentum, self.sigma, self.scale = momentum, sigma, scale
        self.levels = levels_of(first, sigma)
        self.draws = {"consistency_level": uniform, "consistency_noise": normals(*input_shape)}
        keep_slow(self, self._parts())

    def begin(self, epoch: int, epochs: int) -> None:
        self.levels = levels_of(intervals(epoch - 1, epochs, self.first, self.last), self.sigma)

    def forward(self, batch: Batch) -> Tensor:
        noise, levels = batch.draws["consistency_noise"], self.levels.to(batch.x)
        shares = probabilities(levels) if self.drawn == "lognormal" else torch.ones_like(levels[1:])
        edges = shares.cumsum(0) / shares.sum()
        at = torch.searchsorted(edges, batch.draws["consistency_level"].contiguous()).clamp(max=len(edges) - 1)
        less, more = levels[at], levels[at + 1]
        with torch.no_grad():
            asked = self._ends(batch.x + like(less, noise) * noise, less, slow=True)[1]
        features, found = self._ends(batch.x + like(more, noise) * noise, more)
        losses = self.loss(found, batch._replace(labels=asked))
        return self.regularizer(losses / (more - less) if self.weighted else losses, features, found, batch)

    def predict(self, x: Tensor) -> Tensor:
        """Points (M, 2) of the plane -> a sample (M, 2) for each, in one step; see latents."""
        return self._ends(self.sigma[1] * latents(x), x.new_tensor(self.sigma[1:]))[1]

    def _ends(self, noisy: Tensor, sigma: Tensor, *, slow: bool = False) -> tuple[Tensor, Tensor]:
        """Features, which the teacher has none of, and f (B, ...) of points with noise of this size, (B,) or (1,)."""
        skip, out, into = (like(each, noisy) for each in preconditioning(sigma, self.sigma[0], self.scale))
        low, high = map(math.log, self.sigma)
        seen = into * noisy, (sigma.log() - low) / (high - low)
        if slow:
            features, found = noisy, slowly(self, self._parts(), self.momentum, *seen)
        else:
            features, found = self.gated(*seen)
        return features, skip * noisy + out * found

    def _parts(self) -> Parts:
        """What the teacher has weights of its own for."""
        return [("teacher", Outputs(self.gated))]


def intervals(step: int, steps: int, first: int, last: int) -> int:
    """N at a step of so many: it doubles in equal parts of training, to `last` at most.

    >>> [intervals(step, 1000, 10, 1280) for step in (0, 500, 900)]
    [10, 160, 1280]
    """
    part = max(int(steps / (math.log2(last / first) + 1)), 1)
    return int(min(first * 2 ** (step // part), last))


def levels_of(n: int, sigma: list[float]) -> Tensor:
    """(n + 1,) sizes of noise, ascending, in float64."""
    low, high = (end ** (1 / BEND) for end in sigma)
    return (low + torch.arange(n + 1, dtype=torch.float64) / n * (high - low)) ** BEND


def probabilities(levels: Tensor) -> Tensor:
    """(n,) of the intervals of levels (n + 1,), where log s is normal."""
    below = torch.erf((levels.log() - MEAN) / (math.sqrt(2) * DEVIATION))
    return below.diff() / (below[-1] - below[0])


def preconditioning(sigma: Tensor, least: float, scale: float) -> tuple[Tensor, Tensor, Tensor]:
    """c_skip, c_out and c_in at these sizes of noise, each of the same shape."""
    away, size = sigma - least, (sigma.square() + scale**2).sqrt()
    return scale**2 / (away.square() + scale**2), scale * away / size, 1 / size
