"""Cauchy loss: its slope, and its limit."""

import torch

from tests.losses.regression.examples import each, make


def test_a_large_scale_is_the_squared_error_scaled():
    f, y = [0.3, -2.0, 7.0], [1.0, 1.0, 1.0]
    torch.testing.assert_close(2e8 * each("cauchy", f, y, scale=1e4), each("mse", f, y), rtol=1e-6, atol=0)


def test_the_pull_is_greatest_at_the_root_of_two_scales():
    error = torch.arange(0, 5, 0.01, dtype=torch.float64)[:, None].requires_grad_()
    make("cauchy", scale=0.5)(error, torch.zeros_like(error), torch.arange(len(error))).sum().backward()
    assert abs(error[error.grad.argmax()].item() - 0.5 * 2**0.5) < 0.01


def test_it_is_the_likelihood_of_cauchy_noise_but_for_a_constant():
    y = torch.tensor([[0.1], [1.0], [-4.0]], dtype=torch.float64)
    width = 0.5 * 2**0.5
    noise = torch.distributions.Cauchy(torch.zeros_like(y), torch.full_like(y, width))
    ours = make("cauchy", scale=0.5)(torch.zeros_like(y), y, torch.arange(3))
    theirs = (noise.log_prob(torch.zeros_like(y)) - noise.log_prob(y))[:, 0]
    torch.testing.assert_close(ours, theirs)
