"""Denoisers: what a step asks of them, and the estimates that the best of them gives of Gaussians."""

import json
import math

import pytest
import torch

from runner.console.errors import ConfigError
from runner.parts.methods.denoiser import divergence, span_of
from tests.objectives import first, near
from tests.parts.gaussian_denoiser import Best
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/mutual_information/denoisers.json").read_text())
(OF_SCORES,) = [case for case in CASES if "estimator" in case["system"]]
EXACT = [case for case in CASES if "exact" in case["system"]]
SMALL = ["loss=reconstruction", "dataset.num_train=64", "dataset.num_test=64", "dataset.dim=3", "batch_size=8"]
METHODS = {"minde": ["dataset=gaussian_pairs"], "soi": ["dataset=triples", "dataset.between=all"]}


def objective_of(method, *more):
    return first(*METHODS[method], *SMALL, f"method={method}", "method.levels=5", "model.width=8", *more)


def test_the_integral_is_the_released_estimator():
    """Of scores at times from 0 to 1: a distance of noises is that of scores, times the diffusion coefficient."""
    told = {name: torch.tensor(values, dtype=torch.float64) for name, values in OF_SCORES["inputs"].items()}
    found = divergence([told["g"] * (told["s_cond"] - told["s_marg"])], 1.0)
    assert found.mean().item() == pytest.approx(OF_SCORES["output"], abs=1e-9)


@pytest.mark.parametrize("case", EXACT, ids=lambda case: str(case["inputs"]["rho"]))
def test_exact_noises_give_the_released_integral(case):
    rho, process = case["inputs"]["rho"], case["hyper"]
    least, most = span_of([process["beta_min"], process["beta_max"]], 1e-6)
    log_snr = least + (most - least) * (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
    signal, noise = log_snr.sigmoid(), (-log_snr).sigmoid()
    apart = (signal * noise * rho**2 / (1 - signal * rho**2)).sqrt()
    found = divergence(list(apart.view(-1, 1, 1)), most - least).item()
    assert found == pytest.approx(case["output"]["integral"], abs=1e-6)
    assert found == pytest.approx(case["output"]["closed_form"], abs=3e-5)


@pytest.mark.parametrize("method", METHODS)
def test_the_best_denoiser_gives_the_closed_form(method):
    """With the times and the noise that an evaluation looks at."""
    objective, _ = objective_of(method, "method.block=256", "method.levels=64", "batch_size=64")
    cov = torch.tensor([[1, 0.8], [0.8, 1]]) if method == "minde" else torch.full((3, 3), 0.5).fill_diagonal_(1)
    objective.method.denoiser = Best(cov.double())
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(4096, 3, len(cov), generator=draw, dtype=torch.float64) @ torch.linalg.cholesky(cov.double()).T
    scores = objective.predict(x.mT.contiguous())
    each = scores.unflatten(0, (-1, 256)).diagonal(dim1=1, dim2=2).flatten()
    exact = 3 * (-math.log(0.36) / 2 if method == "minde" else 0.08494951839769838)
    assert each.mean().item() == pytest.approx(exact, abs=5 * each.std().item() / 64 + 1e-3)
    assert each.std().item() < 1.5
    assert scores.count_nonzero() == len(x)


@pytest.mark.parametrize("method", METHODS)
def test_a_step_asks_for_the_noise_of_noisy_parts(method):
    """The released objective in each setting, of inputs that are noisy as their log-SNR says."""
    objective, batch = objective_of(method)
    method, parts = objective.method, batch.x.shape[1]
    count = {2: 2, 3: 7}[parts]
    assert len(method.settings) == count
    for setting in range(count):
        at = torch.full((8,), (setting + 0.5) / count, dtype=torch.float64)
        losses = method(batch._replace(draws=batch.draws | {"denoiser_setting": at}))
        share, noise, roles = (
            batch.draws["denoiser_share"],
            batch.draws["denoiser_noise"],
            method.settings[[setting] * 8],
        )
        log_snr = method.span[0] + (method.span[1] - method.span[0]) * share
        expected = method.denoiser(batch.x, noise, share, log_snr, roles)[1]
        noisy = roles[..., :1]
        near(losses, ((expected - noise) * noisy).square().flatten(1).mean(1))
        assert not (expected * (1 - noisy)).any()


def test_what_a_part_is_seen_as():
    """Absent, it tells nothing; clean or noisy, it does."""
    objective, batch = objective_of("minde")
    method = objective.method
    share, noise = torch.tensor([0.7], dtype=torch.float64), batch.draws["denoiser_noise"]
    moved = batch.x.clone()
    moved[:, 1] += 1
    for roles, told in ((method.settings[:1], False), (method.settings[1:], True)):
        one, other = (method.denoiser(x, noise, share, 2 * share, roles)[1] for x in (batch.x, moved))
        assert (one[:, 0] != other[:, 0]).any() == told


def test_halves_and_processes_that_cannot_be_are_refused(compose):
    from runner.training.run import run

    for said, line in {
        ("separable_critic", "dataset=triples", "dataset.between=all", "loss=infonce"): r"compares 2 parts of an input",
        ("minde", "dataset=triples", "dataset.between=all"): r"compares 2 parts of an input, and there are 3",
        ("soi", "dataset=triples"): r"three parts of an input or more, and there are 2; between=all of triples",
        ("minde", "dataset=gaussian_pairs", "method.beta=[2,1]"): r"beta=\[2.0, 1.0\]: must be two numbers",
    }.items():
        with pytest.raises(ConfigError, match=line):
            list(run(**compose(*SMALL, *said[1:], f"method={said[0]}", seeds=[0])))
