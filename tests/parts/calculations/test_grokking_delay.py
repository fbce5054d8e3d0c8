"""The delay of grokking: steps against automatic gradients, the lazy limit, alignment's closed forms, and events."""

from itertools import islice

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.grokking_delay import alignment, descent, grokking_delay, network

SIZES = {"epsilon": 0.5, "drop": 0.1, "features": 6, "width": 20, "samples": 40, "steps": 3000, "lr": 0.1}


def problem(seed=0, units=7, samples=5, features=3):
    draws = np.random.default_rng(seed)
    x, first = draws.normal(size=(samples, features)), draws.normal(size=(units, features))
    return first, x, draws.normal(size=samples)


def test_two_steps_are_those_of_automatic_gradients():
    first, x, y = problem()
    alpha, epsilon, lr = 0.7, 0.4, 0.05
    w = torch.tensor(first, requires_grad=True)

    def g(units):
        h = torch.tensor(x) @ units.T
        return (h + epsilon / 2 * h**2).mean(1)

    for found in islice(descent(first, x, y, alpha, epsilon, lr), 2):
        f = alpha * (g(w) - g(torch.tensor(first)))
        assert network(w.detach().numpy(), first, x, alpha, epsilon) == pytest.approx(f.detach().numpy())
        (slope,) = torch.autograd.grad((f - torch.tensor(y)).square().mean() / 2, w)
        w = (w - lr * 3 * 7 / alpha**2 * slope).detach().requires_grad_()
        assert found == pytest.approx(w.detach().numpy())


def test_a_very_lazy_network_takes_steps_of_the_tangent_kernel_at_the_start():
    first, x, y = problem()
    (*_, w) = islice(descent(first, x, y, 1e6, 0.4, 0.05), 5)
    slope = 1 + 0.4 * x @ first.T
    kernel, f = slope @ slope.T / 7 * (x @ x.T), np.zeros(5)
    for _ in range(5):
        f = f - 0.05 * 3 / 5 * kernel @ (f - y)
    assert network(w, first, x, 1e6, 0.4) == pytest.approx(f, rel=1e-4)


def test_alignment_is_one_for_the_kernels_only_direction_and_nothing_across_it():
    x = np.array([[1.0], [2.0], [-2.0]])
    units = np.array([[0.3], [-1.0]])
    assert alignment(units, x, x[:, 0], 0.0) == pytest.approx(1)
    assert alignment(units, x, np.array([0.0, 1.0, 1.0]), 0.0) == pytest.approx(0)
    eye = np.eye(3)
    assert alignment(units @ np.ones((1, 3)), eye, np.array([1.0, 2.0, 3.0]), 0.0) == pytest.approx(1 / np.sqrt(3))


def test_alignment_is_that_of_gradients_kernel():
    first, x, y = problem()
    gradients = []
    for one in torch.tensor(x):
        w = torch.tensor(first, requires_grad=True)
        h = w @ one
        gradients.append(torch.autograd.grad((h + 0.2 * h**2).sum(), w)[0].flatten())
    kernel = (torch.stack(gradients) @ torch.stack(gradients).T).numpy()
    expected = y @ kernel @ y / (np.linalg.norm(kernel) * (y @ y))
    assert alignment(first, x, y, 0.4) == pytest.approx(expected)


def test_an_event_has_come_at_its_step_and_not_before():
    """The number of steps is enough where it is that of the event, and one fewer is as many as there are."""
    for event in ("train", "test", "alignment"):
        found = grokking_delay(numbers("calculation", 0), event=event, log2_alpha=0.0, **SIZES)["log10_step"]
        step = round(10**found)
        assert 1 < step < SIZES["steps"]
        for steps, expected in ((step, step), (step - 1, step - 1), (step + 1, step)):
            again = grokking_delay(numbers("calculation", 0), event=event, log2_alpha=0.0, **(SIZES | {"steps": steps}))
            assert 10 ** again["log10_step"] == pytest.approx(expected)


def test_errors_are_below_their_share_after_the_step_of_their_event():
    """Train error falls before test error, and both the later the less of the error is to be left."""

    def step(event, drop):
        return grokking_delay(numbers("calculation", 0), event=event, log2_alpha=1.0, **(SIZES | {"drop": drop}))[
            "log10_step"
        ]

    assert step("train", 0.3) < step("train", 0.1) < step("test", 0.1)
    assert step("train", 0.3) < step("test", 0.3) < step("test", 0.1)
    assert step("alignment", 0.3) == step("alignment", 0.1)


def test_a_network_that_diverges_has_no_number():
    with np.errstate(over="ignore", invalid="ignore"):
        found = grokking_delay(numbers("calculation", 0), event="train", log2_alpha=-3.0, **(SIZES | {"lr": 50.0}))
    assert np.isnan(found["log10_step"])


def test_error_at_the_start_is_that_of_zero():
    first, x, _ = problem()
    assert not network(first, first, x, 3.0, 0.4).any()


def test_alignment_has_doubled_at_its_step_and_not_before():
    problem, start = numbers("calculation", 0).spawn(2)
    direction = problem.normal(size=6)
    x = problem.normal(size=(2, 40, 6))[0] / np.sqrt(6)
    y = 3 * (x @ direction) ** 2 / (direction @ direction)
    first = start.normal(size=(20, 6))
    result = grokking_delay(numbers("calculation", 0), event="alignment", log2_alpha=0.0, **SIZES)
    step = round(10 ** result["log10_step"])
    found = [alignment(w, x, y, 0.5) for w in islice(descent(first, x, y, 1.0, 0.5, 0.1), step)]
    assert found[-2] <= 2 * alignment(first, x, y, 0.5) < found[-1]
