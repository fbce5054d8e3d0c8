"""Real targets, and what a noise type makes of them."""

import torch

from runner.data.protocol import call
from runner.nodes.build import bind
from tests.zoo import ROOT, asked_by, written

N, D = 8_000, 2
X = torch.randn(N, 4, generator=torch.Generator().manual_seed(1)) * torch.tensor([3.0, 1.0, 1.0, 1.0])
TARGETS = torch.randn(N, D, generator=torch.Generator().manual_seed(2))
TYPES = [
    file.stem for file in sorted((ROOT / "conf" / "noise_type").glob("*.yaml")) if "targets" in asked_by(file.stem)
]


def given(name, rate, seed=0, targets=TARGETS, x=X, **changed):
    return call(
        bind("noise_type", written(name, "noise_type") | changed),
        targets=targets,
        rate=rate,
        generator=torch.Generator().manual_seed(seed),
        x=x,
        mean=torch.zeros(1),
        std=torch.ones(1),
    )


def changed(found, targets=TARGETS):
    """(N,) which examples have another target."""
    return (found != targets).any(1)


def about(found, rate, n=N):
    """Within four standard errors of a share of n independent ones."""
    return abs(float(found) - rate) <= 4 * (rate * (1 - rate) / n) ** 0.5 + 1e-12
