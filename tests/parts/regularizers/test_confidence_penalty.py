"""The confidence penalty: its value."""

import torch

from tests.objectives import same
from tests.parts.penalties import regularizer


def test_confidence_penalty_is_minus_the_entropy():
    z = torch.tensor([[0.0, 0.0, 0.0], [800.0, 0.0, -800.0], [1.0, 2.0, 0.5]], dtype=torch.float64, requires_grad=True)
    value = regularizer("confidence_penalty", weight=2.0)(z, z, None)
    entropies = torch.distributions.Categorical(logits=z[[0, 2]]).entropy()
    same(value, -2 * entropies.sum() / 3)  # one row is sure of itself: no entropy
    (gradient,) = torch.autograd.grad(value, z)
    assert gradient.isfinite().all()
    same(gradient[0], torch.zeros(3, dtype=torch.float64))
