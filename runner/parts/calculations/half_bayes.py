"""The variational information bottleneck lies between empirical risk and Bayes: it prices what the code says of an
example, and not what the weights say of the training set (Alemi, Morningstar, Dillon and Fischer, VIB is Half Bayes,
2020; from memory, unconfirmed).

    L = E cross-entropy(decoder(z), y) + code_price * E KL(q(z|x) || N(0, I)) + weight_price / N * KL(q(w) || prior)

`erm` has neither divergence, z is the mean of q(z|x), and weights are numbers. `vib` has the first and draws z ~
N(mu(x), s(x)^2), s = softplus(raw - 5), as method=vib does. `weights` has the second, and each weight is from a normal
law of its own. The prior is the law that the first weights come from, N(0, gain / C). `both` has both. Biases are
numbers. Predictions are mean probabilities over draws of what is random. The network is 64 - hidden - code - 10 with
rectifiers, training is by Adam, and data are scikit-learn's digits.

In the runner method=vib and method=ssvi each have one of the divergences, and neither can take in the other. Both
predict from means, too, where Bayes averages over the posterior. A small network of its own is simpler.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._digits import digits
from runner.parts.calculations._network import Network, batches, descend, tensor
from runner.parts.measures._binned import calibration_error
from runner.parts.methods import ssvi, vib

METRICS = {
    "nll": ("lower", "[0, inf)", "nats"),
    "ece": ("lower", "[0, 1]", ""),
    "accuracy": ("higher", "[0, 1]", ""),
}
PIXELS, CLASSES = 64, 10
START = 0.1  # of the prior's deviation: that of weights at first


def half_bayes(
    draws: Generator,
    *,
    objective: Literal["erm", "vib", "weights", "both"],
    train_size: Annotated[int, "[1, 1796]"],
    hidden: Annotated[int, "[1, 10000]"],
    code: Annotated[int, "[1, 10000]"],
    code_price: Annotated[float, "[0, inf)"],
    weight_price: Annotated[float, "[0, inf)"],
    steps: Annotated[int, "[0, 1000000]"],
    batch: Annotated[int, "[1, 10000]"],
    lr: Annotated[float, "(0, inf)"],
    samples: Annotated[int, "[1, 10000]"],
) -> dict[str, float]:
    """Of test images: negative log-likelihood, calibration error over 15 bins of confidence, and accuracy."""
    split, first, order, noise = draws.spawn(4)
    (x, y), (test_x, test_y) = digits(split, train_size)
    model = Bottleneck(first, hidden, code, objective)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for places in islice(batches(order, train_size, batch, steps), steps):
        logits, rate = model(x[places], noise)
        price = code_price * rate + weight_price / train_size * model.divergence()
        descend(optimizer, F.cross_entropy(logits, y[places]) + price)
    log_p = model.predict(test_x, noise, samples)
    confidence, chosen = log_p.exp().max(1)
    right = chosen == test_y
    return {
        "nll": float(F.nll_loss(log_p, test_y)),
        "ece": float(calibration_error(confidence[None], right[None])),
        "accuracy": float(right.double().mean()),
    }


class Bottleneck:
    """An encoder of two layers, to means and deviations of a code, and a linear decoder."""

    def __init__(self, draws: Generator, hidden: int, code: int, objective: str) -> None:
        self.random_code, self.random_weights = objective in ("vib", "both"), objective in ("weights", "both")
        encoder = Network(draws, (PIXELS, hidden, 2 * code), ["relu"])
        decoder = Network(draws, (code, CLASSES), [])
        self.means, self.biases = encoder.weights + decoder.weights, encoder.biases + decoder.biases
        self.priors = [(gain / one.shape[1]) ** 0.5 for gain, one in zip((2, 1, 1), self.means, strict=True)]
        self.raw = [
            torch.full_like(one, np.log(np.expm1(START * prior))).requires_grad_()
            for one, prior in zip(self.means, self.priors, strict=True)
        ]

    def parameters(self) -> list[Tensor]:
        """What is trained."""
        return [*self.means, *self.biases, *(self.raw if self.random_weights else ())]

    def weights(self, noise: Generator) -> list[Tensor]:
        """Of the three layers: a draw where they are random, else the means."""
        if not self.random_weights:
            return self.means
        return [
            mean + F.softplus(raw) * tensor(noise.normal(size=tuple(mean.shape)))
            for mean, raw in zip(self.means, self.raw, strict=True)
        ]

    def divergence(self) -> Tensor:
        """() of the law of all weights from the prior, in nats; 0 where they are numbers."""
        if not self.random_weights:
            return torch.zeros((), dtype=torch.float64)
        laws = zip(self.means, self.raw, self.priors, strict=True)
        return torch.stack([ssvi.divergence(mean, F.softplus(raw), prior).sum() for mean, raw, prior in laws]).sum()

    def __call__(self, x: Tensor, noise: Generator) -> tuple[Tensor, Tensor]:
        """Logits (N, K) of one draw for inputs (N, C), and the mean divergence () of their codes, in nats."""
        first, second, last = self.weights(noise)
        mean, raw = affine(affine(x, first, self.biases[0]).relu(), second, self.biases[1]).chunk(2, 1)
        if not self.random_code:
            return affine(mean, last, self.biases[2]), torch.zeros((), dtype=torch.float64)
        scale = F.softplus(raw - 5)
        drawn = mean + scale * tensor(noise.normal(size=tuple(mean.shape)))
        return affine(drawn, last, self.biases[2]), vib.divergence(mean, scale).mean()

    @torch.no_grad()
    def predict(self, x: Tensor, noise: Generator, samples: int) -> Tensor:
        """Logarithms (N, K) of mean probabilities over so many draws."""
        if not (self.random_code or self.random_weights):
            samples = 1
        return averaged([self(x, noise)[0] for _ in range(samples)])


def averaged(logits: Sequence[Tensor]) -> Tensor:
    """The logarithm (N, K) of the mean of softmax over several logits (N, K)."""
    return torch.stack([one.log_softmax(1) for one in logits]).logsumexp(0) - np.log(len(logits))


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Outputs (N, D) of inputs (N, C), weights (D, C) and biases (D,)."""
    return torch.addmm(bias, x, weight.T)
