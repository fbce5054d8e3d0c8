"""Consistency training: levels, weights and coefficients by reference values, and the known map of a Gaussian."""

import json
import math

import pytest
import torch
from torch import nn

from losses.recovered.pseudo_huber import PseudoHuber
from runner.console.errors import ConfigError
from runner.parts.methods.consistency import intervals, levels_of, preconditioning, probabilities
from runner.parts.methods.latents import latents
from tests.objectives import first, values
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/density/consistency.json").read_text())
LEVELS = [case for case in CASES if "student" in case["inputs"]]
(OVER_TRAINING,) = [case for case in CASES if "step" in case["inputs"]]
SMALL = [
    "dataset=planar",
    "method=consistency",
    "dataset.num_train=64",
    "dataset.side=8",
    "dataset.deviation=0.5",
    "batch_size=64",
]


def float64(values):
    return torch.tensor(values, dtype=torch.float64)


class OfGaussian(nn.Module):
    """The network of the known map x sqrt((v + s_0^2) / (v + s^2)); it has no features."""

    def __init__(self, method, variance):
        super().__init__()
        self.scale, self.sigma, self.variance = method.scale, method.sigma, variance

    def forward(self, seen, share):
        low, high = map(math.log, self.sigma)
        sigma = (low + share * (high - low)).exp()[:, None]
        skip, out, into = preconditioning(sigma, self.sigma[0], self.scale)
        noisy = seen / into
        end = noisy * ((self.variance + self.sigma[0] ** 2) / (self.variance + sigma**2)).sqrt()
        return seen, (end - skip * noisy) / out.clamp(min=1e-12)


@pytest.mark.parametrize("case", LEVELS, ids=lambda case: str(case["hyper"]["levels"]))
def test_levels_and_what_goes_with_them(case):
    hyper, output = case["hyper"], case["output"]
    sigma = [hyper["sigma_min"], float(hyper["sigma_max"])]
    levels = levels_of(hyper["levels"] - 1, sigma)
    torch.testing.assert_close(levels, float64(output["sigmas"]), rtol=1e-9, atol=0)
    torch.testing.assert_close(probabilities(levels), float64(output["probabilities"]), rtol=1e-9, atol=0)
    skip, out, into = preconditioning(levels, sigma[0], hyper["sigma_data"])
    torch.testing.assert_close(skip, float64(output["c_skip"]), rtol=1e-9, atol=0)
    torch.testing.assert_close(out, float64(output["c_out"]), rtol=1e-9, atol=1e-15)
    torch.testing.assert_close(into, (levels**2 + hyper["sigma_data"] ** 2) ** -0.5)
    at = torch.tensor(case["inputs"]["i_from_0"])
    steps = levels.diff()[at]
    torch.testing.assert_close(1 / steps, float64(output["weight"]), rtol=1e-9, atol=0)
    apart = PseudoHuber(c=hyper["c"])(*map(float64, (case["inputs"]["student"], case["inputs"]["teacher"])), at)
    torch.testing.assert_close(apart / steps, float64(output["loss_ict"]), rtol=1e-9, atol=0)


def test_levels_double_over_training():
    told, hyper = OVER_TRAINING["inputs"], OVER_TRAINING["hyper"]
    found = [intervals(step, hyper["K"], hyper["s0"], hyper["s1"]) + 1 for step in told["step"]]
    assert found == OVER_TRAINING["output"]["levels"]
    objective, _ = first(*SMALL, "epochs=20", "method.first=2", "method.last=8")
    counts = []
    for epoch in range(1, 21):
        objective.method.begin(epoch, 20)
        counts.append(len(objective.method.levels) - 1)
    assert counts == 6 * [2] + 6 * [4] + 8 * [8]


def test_a_step_compares_two_levels_of_one_way():
    objective, batch = first(*SMALL, "loss=pseudo_huber", "method.first=7", "method.last=7")
    method, levels = objective.method, levels_of(7, [0.002, 80.0])
    chosen = torch.searchsorted(probabilities(levels).cumsum(0), batch.draws["consistency_level"].double())
    less, more, noise = levels[chosen], levels[chosen + 1], batch.draws["consistency_noise"]
    found, asked = (method._ends(batch.x + s[:, None] * noise, s)[1] for s in (more, less))
    wanted = (((found - asked.detach()).square().sum(1) + 0.00076**2).sqrt() - 0.00076) / (more - less)
    losses, gradients = values(objective, batch)
    torch.testing.assert_close(losses, wanted)
    named = {name: p for name, p in objective.named_parameters() if name in gradients}
    by_hand = torch.autograd.grad(wanted.mean(), list(named.values()))
    for (name, _), gradient in zip(named.items(), by_hand, strict=True):
        torch.testing.assert_close(gradients[name], gradient)


def test_a_slow_teacher_follows_the_network():
    objective, batch = first(*SMALL, "loss=reconstruction", "method.momentum=0.75")
    method = objective.method
    weight = method.gated.out.bias
    kept = dict(method.named_buffers())
    (name,) = [name for name, number in kept.items() if number.shape == weight.shape and torch.equal(number, weight)]
    before = kept[name].clone()
    with torch.no_grad():
        weight.add_(1.0)
    method(batch)
    torch.testing.assert_close(dict(method.named_buffers())[name], before + 0.25)


@pytest.mark.parametrize("weighted", ["true", "false"])
def test_the_known_map_of_a_gaussian_is_consistent(weighted):
    """Among few levels it is not quite, among many more it is."""
    left = {}
    for count in (10, 1000):
        sizes = ["batch_size=64", f"method.first={count}", f"method.last={count}", "method.levels=uniform"]
        objective, batch = first(*SMALL, *sizes, "loss=reconstruction", f"method.weighted={weighted}")
        method = objective.method
        method.gated = OfGaussian(method, variance=1.5)
        draw = torch.Generator().manual_seed(0)
        points = 1.5**0.5 * torch.randn(64, 2, generator=draw, dtype=torch.float64)
        left[count] = method(batch._replace(x=points)).median().item()
    assert left[1000] < 0.02 * left[10]


def test_a_sample_of_the_known_map_has_the_variance():
    objective, batch = first(*SMALL)
    objective.method.gated = OfGaussian(objective.method, variance=1.5)
    x = batch.x.double().clamp(-3.9, 3.9)
    torch.testing.assert_close(objective.predict(x), 1.5**0.5 * latents(x), rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("method.sigma=[2.0,1.0]", "the first below the second"),
        ("method.last=3", "must be at least first=10"),
    ],
)
def test_what_is_no_range_is_refused(said, why):
    with pytest.raises(ConfigError, match=why):
        first(*SMALL, said)
