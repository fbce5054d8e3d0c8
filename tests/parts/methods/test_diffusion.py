"""Diffusion: the weights of losses, and what the best denoiser of a Gaussian leaves and makes of noise."""

import json
import math

import pytest
import torch

from runner.console.errors import ConfigError
from runner.parts.methods.diffusion import scheduled, weight
from runner.parts.methods.latents import latents
from tests.objectives import first
from tests.parts.gaussian_denoiser import Best
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/density/diffusion.json").read_text())
WEIGHTED = [case for case in CASES if "log_snr" in case["inputs"]]
EXACT = [case for case in CASES if "variance" in case["inputs"]]
SMALL = [
    "dataset=planar",
    "dataset.num_train=64",
    "dataset.side=8",
    "dataset.deviation=0.5",
    "batch_size=64",
    "model.width=8",
]


def best(variance, *more):
    """A method whose denoiser knows that both coordinates have this variance."""
    objective, batch = first(*SMALL, *more)
    objective.method.denoiser = Best(torch.tensor([[variance]], dtype=torch.float64))
    return objective.method, batch


@pytest.mark.parametrize("case", WEIGHTED, ids=lambda case: str(case["hyper"]["b"]))
@pytest.mark.parametrize("weighting", ["elbo", "sigmoid"])
def test_weights_of_losses(case, weighting):
    told = {name: torch.tensor(values, dtype=torch.float64) for name, values in case["inputs"].items()}
    slope = told["minus_dlambda_dt"]
    found = weight(weighting, told["log_snr"], slope, shift=case["hyper"]["b"]) * slope / 2 * told["squared_error_eps"]
    torch.testing.assert_close(found, torch.tensor(case["output"][weighting], dtype=torch.float64), rtol=1e-9, atol=0)


@pytest.mark.parametrize("case", EXACT, ids=lambda case: str(case["inputs"]["variance"]))
@pytest.mark.parametrize("schedule", ["linear", "cosine"])
@pytest.mark.parametrize(("weighting", "key"), [("elbo", "elbo_term"), ("sigmoid", "sigmoid_weighted")])
def test_what_the_best_denoiser_leaves_is_known_whatever_the_schedule(case, schedule, weighting, key):
    variance, shift = case["inputs"]["variance"], case["hyper"]["b"]
    more = [f"method.schedule={schedule}", f"method.weighting={weighting}", f"method.shift={shift}"]
    method, _ = best(variance, *more)
    draw = torch.Generator().manual_seed(0)
    found = []
    for time in (torch.arange(4000, dtype=torch.float64) + 0.5) / 4000:  # Best is told one log-SNR at a time
        log_snr, slope = scheduled(schedule, time[None], method.span)
        x, noise = torch.randn(2, 200, 2, generator=draw, dtype=torch.float64)
        expected = method._expected(variance**0.5 * x, noise, log_snr)[1]
        error = (expected - noise).square().sum(1).mean()
        found.append(weight(weighting, log_snr, slope, shift=shift) * slope / 2 * error)
    assert torch.cat(found).mean().item() == pytest.approx(2 * case["output"][key], rel=0.01)


def test_a_step_is_the_weighted_error_of_the_network():
    objective, batch = first(*SMALL, "method.schedule=cosine")
    method = objective.method
    log_snr, slope = scheduled("cosine", batch.draws["diffusion_time"], method.span)
    noise = batch.draws["diffusion_noise"]
    expected = method._expected(batch.x, noise, log_snr)[1]
    wanted = (2.0 - log_snr).sigmoid() * slope / 2 * (expected - noise).square().sum(1)
    torch.testing.assert_close(method(batch), wanted)


@pytest.mark.parametrize("variance", [0.25, 4.0])
def test_samples_of_the_best_denoiser_have_the_variance(variance):
    method, batch = best(variance, "method.steps=1000")
    x = batch.x.double().clamp(-3.9, 3.9)
    torch.testing.assert_close(method.predict(x), variance**0.5 * latents(x), rtol=0.02, atol=0)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_schedule_falls_between_the_ends_with_its_slope(schedule):
    time = torch.linspace(0, 1, 2001, dtype=torch.float64)
    log_snr, slope = scheduled(schedule, time, [-8.0, 10.0])
    assert log_snr[0].item() == pytest.approx(10)
    assert log_snr[-1].item() == pytest.approx(-8)
    middle = slice(500, 1500)
    numeric = -(log_snr[2:] - log_snr[:-2]) / (time[2] - time[0])
    torch.testing.assert_close(numeric[middle], slope[1:-1][middle], rtol=1e-4, atol=0)


def test_cosine_is_the_tangent():
    log_snr, _ = scheduled("cosine", torch.tensor([0.5, 0.25], dtype=torch.float64), [-10.0, 10.0])
    ends = -2 * math.log(math.tan(math.pi / 2 * 1e-3))
    assert log_snr[0].item() == pytest.approx(0, abs=1e-12)
    quarter = -2 * math.log(math.tan(math.pi / 2 * (1e-3 + 0.998 * 0.25)))
    assert log_snr[1].item() == pytest.approx(quarter * 10 / ends)


def test_ends_that_are_no_range_are_refused():
    with pytest.raises(ConfigError, match=r"log_snr=\[3.0, 3.0\]: must be two numbers"):
        first(*SMALL, "method.log_snr=[3.0,3.0]")
