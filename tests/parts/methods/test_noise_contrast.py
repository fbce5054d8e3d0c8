"""Noise contrast: at the true ratio nothing pulls, and the log density is that of ratio and noise."""

import math

import pytest
import torch
from torch import nn

from datasets.planar import centres, log_density, sampled
from runner.console.errors import ConfigError
from runner.parts.methods.noise_contrast import log_normal
from tests.objectives import first

SMALL = [
    "dataset=planar",
    "method=noise_contrast",
    "loss=logistic",
    "dataset.num_train=64",
    "dataset.side=8",
    "dataset.deviation=0.5",
]


class Ratio(nn.Module):
    """The true log ratio as the one feature."""

    def features(self, x):
        return (log_density(x, centres("ring"), 0.5) - log_normal(x, 2.0))[:, None]


def at(weight):
    """The method with so many times the true ratio, and a large batch of the truth."""
    objective, batch = first(*SMALL)
    method, draw = objective.method, torch.Generator().manual_seed(0)
    method.network, method.out = Ratio(), nn.Linear(1, 1).double()
    nn.init.constant_(method.out.weight, weight)
    nn.init.zeros_(method.out.bias)
    x, _ = sampled(centres("ring"), 0.5, 20000, draw)
    noise = torch.randn(20000, 2, generator=draw, dtype=torch.float64)
    return method, batch._replace(x=x, index=torch.zeros(20000).long(), draws={"contrast_noise": noise})


@pytest.mark.parametrize(("weight", "still"), [(1.0, True), (1.3, False)])
def test_at_the_truth_the_gradient_is_zero(weight, still):
    method, batch = at(weight)
    losses = method(batch)
    pulls = torch.stack(
        [torch.autograd.grad(part.mean(), method.out.weight, retain_graph=True)[0][0, 0] for part in losses.chunk(20)]
    )
    assert (pulls.mean().abs() < 4 * pulls.std() / math.sqrt(20)) == still


def test_the_density_is_that_of_the_ratio_and_the_noise():
    method, batch = at(1.0)
    torch.testing.assert_close(method.predict(batch.x)[:, 0], log_density(batch.x, centres("ring"), 0.5))


def test_data_and_noise_are_told_apart_by_the_same_network():
    objective, batch = first(*SMALL)
    method = objective.method
    noise = 2.0 * batch.draws["contrast_noise"]
    f, g = (method.out(method.network.features(each))[:, 0] for each in (batch.x, noise))
    torch.testing.assert_close(method(batch), (nn.functional.softplus(-f) + nn.functional.softplus(g)) / 2)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("method=noise_contrast loss=reconstruction", "loss=Reconstruction: what is to be recovered are bits"),
        ("method=diffusion loss=logistic", "loss=Logistic: what is to be recovered are numbers"),
        ("method=consistency loss=logistic", "loss=Logistic: what is to be recovered are numbers"),
    ],
)
def test_a_loss_of_something_else_is_refused(said, why):
    with pytest.raises(ConfigError, match=why):
        first(SMALL[0], *SMALL[3:], *said.split())
