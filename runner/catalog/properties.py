"""What a loss is like, found by evaluating it: nothing here is known beforehand."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from runner.catalog.examples import WithFixedDraws
from runner.contracts.loss import begin

K = 10  # classes
ROWS = 4096  # points at which a property is tried
SIZES = (1.0, 10.0, 1e2, 1e3, 1e4)  # of logits
LATE = 1000  # an epoch in which every schedule has begun
Make = Callable[[int, int], nn.Module]  # (num_train, num_classes) -> a fresh loss


class Properties(NamedTuple):
    """Of a loss that mixes examples or draws, only bounds and state are found; the rest is None.

    Attributes:
        lowest: the least value found; -inf if it falls without end as logits grow.
        highest: the largest value found; inf if it grows without end.
        stateful: using it changes it.
        symmetric: the sum over all labels of one prediction is the same for every prediction.
        convex: no pair of logits was found whose midpoint lies above the mean of the two.
        calibrated: share of random class probabilities whose argmax is also that of the expected loss's minimiser.
    """

    lowest: float
    highest: float
    stateful: bool
    symmetric: bool | None
    convex: bool | None
    calibrated: float | None


def properties(make: Make) -> Properties:
    """Try a loss in float64, at its first use for every example."""
    always = (*bounds(make), stateful(make))
    if not alone(make):
        return Properties(*always, None, None, None)
    return Properties(*always, symmetric(make), convex(make), calibration(make))


def alone(make: Make) -> bool:
    """Does an example's loss depend on that example only, not on others or on draws?"""
    loss, logits = make(64, K).double(), random_logits(1.0, 64)
    if isinstance(loss, WithFixedDraws):
        return False
    labels, index = torch.arange(64) % K, torch.arange(64)
    whole, part = loss(logits, labels, index), make(64, K).double()(logits[:8], labels[:8], index[:8])
    return torch.allclose(whole[:8], part)


def every_label(make: Make, logits: Tensor) -> Tensor:
    """(R, K) the loss of each row of logits (R, K) for each label, every pair as if it were seen for the first time."""
    rows, classes = logits.shape
    loss = make(rows * classes, classes).double()
    labels = torch.arange(classes).repeat(rows)
    return loss(logits.repeat_interleave(classes, 0), labels, torch.arange(rows * classes)).view(rows, classes)


def random_logits(scale: float, rows: int = ROWS, classes: int = K) -> Tensor:
    g = torch.Generator().manual_seed(0)
    return scale * torch.randn(rows, classes, generator=g, dtype=torch.float64)


def symmetric(make: Make) -> bool:
    """Is the sum over labels constant, at logits of all sizes?"""
    sums = torch.cat([every_label(make, random_logits(s, 256)).sum(1) for s in (0.1, 1.0, 5.0)])
    return bool((sums - sums[0]).abs().max() < 1e-5 * (1 + sums[0].abs()))


def bounds(make: Make) -> tuple[float, float]:
    """The least and largest value; infinite if they still move on when the size of logits grows tenfold.

    Tried at random logits and at single classes that stand out, upwards and downwards.
    """
    single = torch.cat([torch.eye(K), -torch.eye(K)]).double()
    found = [every_label(make, torch.cat([random_logits(size, 512), size * single])).detach() for size in SIZES]
    return extremes(found)


def extremes(found: Sequence[Tensor]) -> tuple[float, float]:
    """The least and largest of losses at predictions of each of SIZES; infinite if they still move on at the end."""
    low, high = [float(f.min()) for f in found], [float(f.max()) for f in found]
    falls = low[-1] < low[-2] - 0.02 * (1 + abs(low[-2]))
    grows = high[-1] > high[-2] + 0.02 * (1 + abs(high[-2]))
    return -math.inf if falls else min(low), math.inf if grows else max(high)


def convex(make: Make) -> bool:
    """Is no midpoint above the chord?"""
    for scale in (1.0, 4.0):
        a, b = random_logits(scale).chunk(2)
        ends, middle = (every_label(make, a) + every_label(make, b)) / 2, every_label(make, (a + b) / 2)
        if bool((middle > ends + 1e-7 * (1 + ends.abs())).any()):
            return False
    return True


def calibration(make: Make, classes: int = 4, draws: int = 64, steps: int = 400) -> float:
    """For class probabilities whose largest leads by 0.05 or more: how often does minimising the expected loss find it?

    Plain gradient steps (Adam) from logits near zero: a minimum that is not found from there counts as a miss.
    """
    g = torch.Generator().manual_seed(0)
    eta = -torch.rand(20 * draws, classes, generator=g, dtype=torch.float64).log()
    eta = eta / eta.sum(1, keepdim=True)
    top = eta.topk(2).values
    eta = eta[top[:, 0] - top[:, 1] > 0.05][:draws]
    logits = (1e-3 * torch.randn(eta.shape, generator=g, dtype=torch.float64)).requires_grad_()
    adam = torch.optim.Adam([logits], lr=0.1)
    for _ in range(steps):
        adam.zero_grad()
        (eta * every_label(make, logits)).sum().backward()
        adam.step()
    return float((logits.argmax(1) == eta.argmax(1)).double().mean())


def stateful(make: Make) -> bool:
    """Does using it change what it holds, once its schedule has begun if it has one?"""
    return changes(make(ROWS, K).double(), (random_logits(1.0), torch.arange(ROWS) % K, torch.arange(ROWS)))


def changes(loss: Any, batch: Sequence[Tensor]) -> bool:
    begin(loss, LATE, LATE)
    before = {name: value.clone() for name, value in loss.state_dict().items()}
    loss(*batch)
    return any(not torch.equal(before[name], value) for name, value in loss.state_dict().items())


def profile(make: Make, p: Tensor) -> tuple[Tensor, Tensor]:
    """(R,) loss, and (R,) norm of its gradient by the logits, where the label has probability p (R,) and the other nine
    classes share the rest equally."""
    others = torch.zeros(len(p), K - 1, dtype=torch.float64)
    logits = torch.cat([(p / (1 - p) * (K - 1)).log()[:, None], others], 1).requires_grad_()
    loss = make(len(p), K).double()(logits, torch.zeros(len(p), dtype=torch.int64), torch.arange(len(p)))
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    return loss.detach(), gradient.norm(dim=1)
