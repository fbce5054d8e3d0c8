"""Objectives whose gradients are written down, for optimizers to go down: what they ask for is answered here."""

import torch
from torch import nn

from runner.contracts.optimizer import StackOptimizer
from runner.training.optimizer import optimizer_of
from tests.zoo import node

SHAPES = ((4, 3), (3,), (2, 3, 2, 2))  # a matrix (out, in), a bias, a convolution
SCALES = (0.1, 1.0, 0.01)  # of the seeds' objectives


class Bowls:
    """sum over weights of s (c (w - t)^2 / 2 + (w - t)^4 / 40), a scale s a seed; t moves with the batch.

    The parameters lie as a stack has them: matrices of several seeds transposed.
    """

    def __init__(self, seeds, dtype=torch.float64):
        self.seeds = seeds
        self.several = len(seeds) > 1
        self.parameters, self.curvature, self.target = [], [], []
        for shape in SHAPES:
            for which, numbers in enumerate((self.parameters, self.curvature, self.target)):
                numbers.append(self._stacked([_drawn(shape, seed, which, dtype) for seed in seeds]))
        self.curvature = [c.abs() + 0.1 for c in self.curvature]
        self.parameters = [nn.Parameter(p) for p in self.parameters]
        self.step = self.asked = 0

    def __len__(self):
        return 2

    def __call__(self, i=0):
        self.asked += 1
        for p, slope in zip(self.parameters, self._slopes(i), strict=True):
            p.grad = slope
        return self.value(i)

    def value(self, i=0):
        with torch.no_grad():
            terms = [
                self._scaled(c * (p - t) ** 2 / 2 + (p - t) ** 4 / 40)
                for p, c, t in zip(self.parameters, self.curvature, self._targets(i), strict=True)
            ]
        return torch.stack([(t if self.several else t[None]).flatten(1).sum(1) for t in terms]).sum(0)

    def products(self, vectors, i=0):
        with torch.no_grad():
            return {
                p: self._scaled((c + 0.3 * (p - t) ** 2) * vectors[p])
                for p, c, t in zip(self.parameters, self.curvature, self._targets(i), strict=True)
                if p in vectors
            }

    def outputs(self, i=0):
        """The parameters themselves, but those without a gradient; of one example (S, 1, H)."""
        return self._flat(self._moving(i)).detach()[:, None]

    def slopes(self, outputs, i=0):
        return self._flat([slope for slope in self._slopes(i) if slope is not None])[:, None]

    def pull(self, function, i=0):
        self.asked += 1
        moving = self._moving(i)
        value = function(self._flat(moving)[:, None])
        for p, slope in zip(moving, torch.autograd.grad(value.sum(), moving), strict=True):
            p.grad = slope
        return value.detach()

    def seed(self, i):
        """The parameters of seed number i, lying as a single seed has them."""
        if not self.several:
            return [p.detach().clone() for p in self.parameters]
        return [(p[i].mT if p[i].dim() == 2 else p[i]).detach().clone() for p in self.parameters]

    def _slopes(self, i):
        with torch.no_grad():
            return [
                self._scaled(c * (p - t) + (p - t) ** 3 / 10)
                for p, c, t in zip(self.parameters, self.curvature, self._targets(i), strict=True)
            ]

    def _moving(self, i):
        return [p for p, slope in zip(self.parameters, self._slopes(i), strict=True) if slope is not None]

    def _flat(self, tensors):
        return torch.cat([(t if self.several else t[None]).flatten(1) for t in tensors], 1)

    def _targets(self, i):
        return [t + 0.1 * ((self.step + i) % 3) for t in self.target]

    def _scaled(self, numbers):
        if not self.several:
            return numbers * SCALES[self.seeds[0]]
        factor = torch.tensor([SCALES[seed] for seed in self.seeds], dtype=numbers.dtype)
        return numbers * factor.view(-1, *[1] * (numbers.dim() - 1))

    def _stacked(self, numbers):
        if not self.several:
            return numbers[0]
        together = torch.stack(numbers)
        return together.mT.contiguous() if together.dim() == 3 else together


def _drawn(shape, seed, which, dtype):
    stream = torch.Generator().manual_seed(seed + 100 * len(shape) + 10 * which)
    return torch.randn(shape, generator=stream, dtype=dtype)


def descend(name, seeds, steps=40, dtype=torch.float64, **changed):
    """Take some steps with the optimizer that conf/ has by this name; the bowls as they are then, and the optimizer."""
    bowls = Bowls(seeds, dtype)
    optimizer = optimizer_of(node(name, "optimizer") | changed, bowls.parameters, seeds)
    go_on(bowls, optimizer, steps)
    return bowls, optimizer


def assert_seeds_are_kept_apart(name, **changed):
    """Forty steps of three seeds whose gradients are of size 1, 10 and 0.1 are those of each of them alone."""
    together, _ = descend(name, [0, 1, 2], **changed)
    for seed in range(3):
        alone, _ = descend(name, [seed], **changed)
        for ours, theirs in zip(together.seed(seed), alone.seed(0), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def follow(name, weights, slopes, **changed):
    """Where weights of one seed are after these gradients, whatever they are.

    Args:
        slopes: of each of the weights those of all steps, (steps, ...).
    """
    parameters = [nn.Parameter(w.clone()) for w in weights]
    optimizer = optimizer_of(node(name, "optimizer") | changed, parameters, [0])
    for each in zip(*slopes, strict=True):
        for p, slope in zip(parameters, each, strict=True):
            p.grad = slope.clone()
        optimizer.step(None) if isinstance(optimizer, StackOptimizer) else optimizer.step()
    return [p.detach() for p in parameters]


def go_on(bowls, optimizer, steps):
    """Take further steps."""
    for _ in range(steps):
        bowls()
        optimizer.step(bowls) if isinstance(optimizer, StackOptimizer) else optimizer.step()
        bowls.step += 1
