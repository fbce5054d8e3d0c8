"""Likelihood of a normal distribution, and its weighted form."""

import math

import pytest
import torch

from tests.losses.regression.examples import make


def example():
    head = torch.tensor([[0.3, -1.0, 0.2, -0.7]], dtype=torch.float64, requires_grad=True)
    return head, torch.tensor([[1.0, -3.0]], dtype=torch.float64), torch.tensor([0])


def test_it_is_the_density_of_what_it_predicts_less_a_constant():
    head, y, index = example()
    loss = make("gaussian_nll").double()
    density = loss.decode(head.detach()).nll(y).mean(-1)
    torch.testing.assert_close(loss(head, y, index), density - math.log(2 * math.pi) / 2)


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_the_gradient_is_that_of_the_likelihood_times_a_power_of_the_deviation(beta):
    head, y, index = example()
    plain, ours = (
        torch.autograd.grad(make("gaussian_nll", beta=b).double()(head, y, index).sum(), head)[0] for b in (0.0, beta)
    )
    weight = (2 * beta * head.detach()[:, 2:]).exp().repeat(1, 2)
    torch.testing.assert_close(ours, weight * plain)


def test_deviations_are_kept_between_the_smallest_and_its_inverse():
    deviations = make("gaussian_nll", smallest=0.01).decode(torch.tensor([[0.0, 0.0, -99.0, 99.0]])).scale
    torch.testing.assert_close(deviations, torch.tensor([[0.01, 100.0]]))


def test_first_the_means_then_the_logarithms_of_deviations():
    predictive = make("beta_nll").decode(torch.tensor([[1.0, 2.0, 0.0, math.log(3)]]))
    assert predictive.point.tolist() == [[1.0, 2.0]]
    torch.testing.assert_close(predictive.spread, torch.tensor([[1.0, 3.0]]))
