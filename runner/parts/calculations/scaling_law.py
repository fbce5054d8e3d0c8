"""How the loss of networks falls with their size: as a power law and a constant, L = c + (N0 / N)^a, where the constant
is the entropy of what is to be predicted (Henighan et al., "Scaling Laws for Autoregressive Generative Modeling", 2020,
arXiv 2010.14701).

A seed draws a teacher, a network of relu units of two hidden layers. Inputs are normal, and a label is drawn from the
teacher's softmax, so the entropy of labels is known. Networks of one hidden layer are trained by Adam on fresh
examples, the same for all widths, with a rate that falls to zero; no example is seen twice, and none is learned by
heart. N is how many numbers a network has. A loss is the mean cross-entropy with the teacher's probabilities at the
end of training, over the same fresh inputs for all widths. The paper has transformers and decades more of N.

Both laws are fitted by least squares of relative errors: of c + A N^-a with c >= 0 and A >= 0, and of A N^-a alone.
What is left out is each size in turn, the smallest and the largest too.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from scipy.optimize import minimize_scalar, nnls
from torch import Tensor

from runner.parts.calculations._network import Network, descend, tensor

METRICS = {
    "left_out_error": ("lower", "[0, inf)", ""),  # mean of |predicted - loss| / loss
    "entropy_approached": ("higher", "(-inf, inf)", "nats"),  # how much nearer the constant is than the least loss
    "exponent": ("higher", "(0, 10]", ""),
    "constant": ("lower", "[0, inf)", "nats"),
    "entropy": ("lower", "[0, inf)", "nats"),  # of labels
    "loss_range": ("higher", "[0, inf)", "nats"),
}
STEEPEST = 10.0  # of exponents that are tried
TRIED = np.geomspace(0.01, STEEPEST, 200)
Array = np.ndarray
Law = tuple[float, float, float]  # c, A and a


def scaling_law(
    draws: Generator,
    *,
    constant: bool,
    widths: list[int],
    features: Annotated[int, "[1, 1000]"],
    classes: Annotated[int, "[2, 1000]"],
    teacher_width: Annotated[int, "[1, 10000]"],
    sharpness: Annotated[float, "(0, 100]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    tested: Annotated[int, "[1, 10000000]"],
) -> dict[str, float]:
    """What the law with a constant, or that without, says of the losses of these widths; four or more."""
    if len(widths) < 4:
        raise ValueError(f"calculation.widths={widths}: three sizes or more are needed beside the one left out")
    problem, start, training, testing = draws.spawn(4)
    teacher = Teacher(problem, (features, teacher_width, teacher_width, classes), sharpness)
    x = tensor(testing.normal(size=(tested, features)))
    p = teacher(x)
    starts = zip(widths, start.spawn(len(widths)), strict=True)
    networks = [Network(begin, (features, width, classes), ["relu"]) for width, begin in starts]
    train(networks, (teacher.batch(training, batch_size) for _ in range(steps)), steps, lr)
    sizes = [sum(one.numel() for one in network.parameters()) for network in networks]
    with torch.no_grad():
        losses = [float(F.cross_entropy(network(x), p)) for network in networks]
    entropy = float(torch.special.entr(p).sum(1).mean())
    return judged(np.array(sizes), np.array(losses), entropy, constant=constant)


class Teacher:
    """Probabilities (N, C) of inputs (N, D), by a network whose logits have a standard deviation of `sharpness`."""

    def __init__(self, draws: Generator, sizes: Sequence[int], sharpness: float) -> None:
        self.network = Network(draws, sizes, ["relu"] * (len(sizes) - 2))
        with torch.no_grad():
            spread = self.network(tensor(draws.normal(size=(10000, sizes[0])))).std()
            self.network.weights[-1] *= sharpness / spread

    def __call__(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return self.network(x).softmax(1)

    def batch(self, draws: Generator, size: int) -> tuple[Tensor, Tensor]:
        """Normal inputs (size, D) and labels (size,) that are drawn from their probabilities."""
        x = tensor(draws.normal(size=(size, self.network.weights[0].shape[1])))
        below = self(x).cumsum(1)[:, :-1] < tensor(draws.uniform(size=(size, 1)))
        return x, below.sum(1)


def train(networks: Sequence[Network], batches: Iterable[tuple[Tensor, Tensor]], steps: int, lr: float) -> None:
    """A step of Adam of each network on each of so many batches; the rate falls to 0 along a cosine."""
    optimizer = torch.optim.Adam([one for network in networks for one in network.parameters()], lr=lr, foreach=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for x, labels in batches:
        descend(optimizer, torch.stack([F.cross_entropy(network(x), labels) for network in networks]).sum())
        schedule.step()


def judged(sizes: Array, losses: Array, entropy: float, *, constant: bool) -> dict[str, float]:
    """All of METRICS, of numbers of weights (K,) and losses (K,)."""
    c, _, a = fitted(sizes, losses, constant=constant)
    return {
        "left_out_error": left_out_error(sizes, losses, constant=constant),
        "entropy_approached": float(abs(losses.min() - entropy) - abs(c - entropy)),
        "exponent": a,
        "constant": c,
        "entropy": entropy,
        "loss_range": float(np.ptp(losses)),
    }


def left_out_error(sizes: Array, losses: Array, *, constant: bool) -> float:
    """The mean over sizes (K,) of the relative error at each, of the law that is fitted to all others."""
    errors = []
    for i in range(len(sizes)):
        c, scale, a = fitted(np.delete(sizes, i), np.delete(losses, i), constant=constant)
        errors.append(abs(c + scale * sizes[i] ** -a - losses[i]) / losses[i])
    return float(np.mean(errors))


def fitted(sizes: Array, losses: Array, *, constant: bool) -> Law:
    """c, A and a of the least sum of squares of (c + A N^-a) / L - 1; c is 0 of the law without a constant."""
    unit = np.exp(np.log(sizes).mean())  # sizes near 1, for the sake of rounding

    def linear(log_a: float) -> tuple[Array, float]:
        power = (sizes / unit) ** -np.exp(log_a)
        columns = [np.ones_like(losses), power] if constant else [power]
        weights, left = nnls(np.stack(columns, axis=1) / losses[:, None], np.ones_like(losses))
        return weights, left

    logs = np.log(TRIED)
    best = int(np.argmin([linear(one)[1] for one in logs]))
    around = logs[max(best - 1, 0)], logs[min(best + 1, len(logs) - 1)]
    log_a = minimize_scalar(lambda one: linear(one)[1], bounds=around, method="bounded", options={"xatol": 1e-10}).x
    *c, scale = linear(log_a)[0]
    a = float(np.exp(log_a))
    return float(c[0]) if c else 0.0, float(scale * unit**a), a
