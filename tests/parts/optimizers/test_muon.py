"""Orthogonalised momentum."""

import pytest
import torch

from runner.parts.optimizers.muon import COEFFICIENTS, orthogonal
from tests.parts.optimizers.bowls import descend, follow
from tests.parts.optimizers.logistic import VALUES, expected, iterates


def test_iterates():
    case = VALUES["muon_matrix_float64"]
    said = {key: case["inputs"][key] for key in ("lr", "momentum", "nesterov", "weight_decay")}
    found = iterates(case, "muon", iterations=case["inputs"]["ns_steps"], **said)
    torch.testing.assert_close(found, expected(case), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4)])
def test_the_iteration_changes_singular_values_alone(shape):
    """Each by the polynomial, from its share of the Euclidean norm."""
    matrices = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    u, s, v = torch.linalg.svd(matrices, full_matrices=False)
    a, b, c = COEFFICIENTS
    s = s / s.norm(dim=1, keepdim=True)
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    torch.testing.assert_close(orthogonal(matrices, 5), u @ torch.diag_embed(s) @ v, rtol=1e-9, atol=1e-9)


def test_a_convolution_is_a_matrix():
    stream = torch.Generator().manual_seed(1)
    weight, slopes = torch.randn(4, 3, 2, 2, generator=stream), torch.randn(3, 4, 3, 2, 2, generator=stream)
    (filters,) = follow("muon", [weight], [slopes])
    (matrix,) = follow("muon", [weight.flatten(1)], [slopes.flatten(2)])
    torch.testing.assert_close(filters.flatten(1), matrix)


def test_biases_are_adamws():
    ours, _ = descend("muon", [0, 1], weight_decay=0.1, adam_lr=0.02)
    theirs, _ = descend("adamw", [0, 1], weight_decay=0.1, lr=0.02, betas=[0.9, 0.95], eps=1e-10)
    torch.testing.assert_close(ours.parameters[1], theirs.parameters[1], rtol=1e-9, atol=1e-12)
    assert not torch.allclose(ours.parameters[0], theirs.parameters[0])


def test_a_schedule_is_a_factor_on_both_learning_rates():
    _, optimizer = descend("muon", [0], 0, lr=0.5, adam_lr=0.25)
    assert [(len(group["params"]), group["lr"]) for group in optimizer.param_groups] == [(2, 0.5), (1, 0.25)]
