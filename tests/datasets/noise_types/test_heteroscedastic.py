"""Noise whose size depends on the input."""

import pytest
import torch

from tests.datasets.noise_types.real_targets import TARGETS, D, N, X, given


def deviations(noise, u):
    """Of the noise over what its size should grow with."""
    return (noise / (u.abs() / u.abs().mean())[:, None]).std().item()


def test_it_grows_with_the_named_input():
    noise = given("heteroscedastic", 1.0, size=0.5, input=2) - TARGETS
    assert deviations(noise, X[:, 2]) == pytest.approx(0.5, abs=4 * 0.5 / (2 * N * D) ** 0.5)
    near = X[:, 2].abs() < X[:, 2].abs().median()
    assert noise[near].std() < noise[~near].std() / 2


def test_it_grows_with_the_first_principal_component():
    """Inputs without correlation are turned: the widest direction is none of them, and is what the first one was."""
    x = torch.linalg.qr(X - X.mean(0)).Q * torch.tensor([3.0, 1.0, 1.0, 1.0])
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(3))).Q
    principal, first = (given("heteroscedastic", 1.0, input=i, x=z) for i, z in ((None, x @ turn), (0, x)))
    torch.testing.assert_close(principal, first, atol=1e-4, rtol=1e-4)


def test_the_size_is_the_mean_deviation():
    noise = given("heteroscedastic", 1.0, size=0.5, input=0) - TARGETS
    assert noise.abs().mean().item() == pytest.approx(0.5 * (2 / torch.pi) ** 0.5, abs=0.02)


def test_inputs_may_be_images():
    x = torch.randint(0, 256, (20, 1, 3, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    found = given("heteroscedastic", 1.0, targets=TARGETS[:20], x=x)
    assert (found != TARGETS[:20]).all()


@pytest.mark.parametrize(
    ("number", "x", "said"),
    [
        (4, X, "input=4: must be within 0 to 3"),
        (0, 0 * X, "input=0: it is 0 in all training examples"),
        (None, 0 * X, "input=null: it is 0 in all training examples"),
    ],
)
def test_an_input_that_cannot_be_is_refused(number, x, said):
    with pytest.raises(ValueError, match=f"noise_type.{said}"):
        given("heteroscedastic", 0.5, input=number, x=x)
