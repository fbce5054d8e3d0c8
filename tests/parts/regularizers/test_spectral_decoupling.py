"""Spectral decoupling: its value."""

import pytest
import torch
import torch.nn.functional as F

from tests.parts.penalties import regularizer


def test_spectral_decoupling_is_as_released():
    """Binary cross-entropy plus the penalty: mpezeshki/Gradient_Starvation@67808b8, Figure_4_and_table_1/cmnist.py."""
    z = [
        -4.620823600468352,
        -1.7680500091665305,
        0.47743611633634125,
        -2.9749912713014677,
        1.3497150871880077,
        -1.4467794009955763,
    ]
    logits = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], dtype=torch.float64)
    penalty = regularizer("spectral_decoupling", weight=1.0)(logits[:, None], logits[:, None], None)
    value = F.binary_cross_entropy_with_logits(logits, labels) + penalty
    (gradient,) = torch.autograd.grad(value, logits)
    assert penalty.shape == ()
    assert value.item() == pytest.approx(8.247148663409428, abs=1e-9)
    assert gradient.norm().item() == pytest.approx(2.310627760133584, abs=1e-9)
