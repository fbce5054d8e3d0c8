"""Choices of the largest, with the gradient of what they were chosen by."""

import torch

from runner.parts.methods.straight_through import hardest
from tests.objectives import near, same


def test_the_largest_is_chosen_and_the_gradient_is_that_of_the_probabilities():
    p = torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64)
    found = hardest(p)
    same(found.detach(), torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], dtype=torch.float64))
    near(torch.autograd.grad((found * weight).sum(), p)[0], weight)
