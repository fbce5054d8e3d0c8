"""Adam in the eigenbasis of Shampoo's preconditioner."""

import pytest
import torch

from runner.parts.optimizers import soap
from tests.parts.optimizers.bowls import assert_seeds_are_kept_apart, descend, follow, go_on
from tests.parts.optimizers.logistic import VALUES, expected, iterates

# The first gradient has rank 1. Which basis of the other two directions LAPACK gives differs between machines, and
# later iterates depend on it. This is the one that the other program had: its angle in that plane fits its iterates.
FIRST_BASIS = [
    [0.8782549658890807, -0.27159736299500814, 0.39357729521064566],
    [0.12864468776605512, 0.9269027015710923, 0.35256478288363474],
    [-0.4605635235238935, -0.25901014311097537, 0.8489964585113934],
]


def test_iterates(monkeypatch):
    """The other program takes its QR in float32."""
    case, own = VALUES["soap_matrix"], soap._eigenbasis
    first = torch.tensor([FIRST_BASIS], dtype=torch.float64)
    monkeypatch.setattr(soap, "_eigenbasis", lambda gram: first if gram.shape[1] == 3 else own(gram))
    found = iterates(case, "soap", lr=case["inputs"]["lr"], weight_decay=0.0, frequency=2)
    torch.testing.assert_close(found, expected(case), rtol=0, atol=1e-6)


def test_the_first_basis_is_of_eigenvectors_with_the_largest_first():
    gram = torch.tensor([[[2.0, 1.0], [1.0, 2.0]]], dtype=torch.float64)
    basis = soap._eigenbasis(gram)
    torch.testing.assert_close(
        basis.mT @ gram @ basis, torch.diag_embed(torch.tensor([[3.0, 1.0]], dtype=torch.float64))
    )


def test_seeds_are_kept_apart():
    """Where no direction is without a gradient."""
    assert_seeds_are_kept_apart("soap")


def test_one_that_diverges_is_left_to_the_loop():
    """Which sees it in the objective: a factorisation that fails would end everything."""
    (after,) = follow("soap", [torch.ones(3, 2)], [torch.full((12, 3, 2), float("nan"))], frequency=2)
    assert after.isnan().all()


def test_the_first_step_moves_nothing():
    before, after = (descend("soap", [0, 1], steps)[0].parameters for steps in (0, 1))
    assert all(torch.equal(p, q) for p, q in zip(before, after, strict=True))


def test_without_bases_it_is_adam_from_the_second_step():
    """To every number, where there is no eps, which the two add in different places."""
    ours, _ = descend("soap", [0, 1], 11, longest=0, weight_decay=0.0, eps=0.0)
    theirs, adam = descend("adam", [0, 1], 0, lr=0.003, betas=[0.95, 0.95], eps=0.0)
    theirs.step = 1
    go_on(theirs, adam, 10)
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("axis", range(4))
def test_gradients_that_are_turned_along_an_axis_turn_the_step(axis):
    """What Adam does not know: no direction of weights is special."""
    stream = torch.Generator().manual_seed(axis)
    slopes = torch.randn(8, 3, 4, 2, 2, generator=stream, dtype=torch.float64)
    size = slopes.shape[axis + 1]
    turn = torch.linalg.qr(torch.randn(size, size, generator=stream, dtype=torch.float64)).Q

    def turned(numbers, along):
        return torch.tensordot(numbers, turn, dims=([along], [1])).movedim(-1, along)

    start = torch.zeros(3, 4, 2, 2, dtype=torch.float64)
    (plain,) = follow("soap", [start], [slopes], frequency=2)
    (other,) = follow("soap", [start], [turned(slopes, axis + 1)], frequency=2)
    torch.testing.assert_close(other, turned(plain, axis), rtol=1e-6, atol=1e-9)


def test_of_diagonal_gradients_it_is_adam_also_when_the_largest_direction_becomes_another():
    """All bases are then permutations, which move as the squares do."""
    sizes = torch.tensor([[9.0, 1.0, 3.0]] * 3 + [[0.1, 9.0, 30.0]] * 6, dtype=torch.float64)
    slopes = torch.diag_embed(sizes * torch.linspace(1, 2, 9, dtype=torch.float64)[:, None])
    numbers = {"lr": 0.01, "eps": 1e-8, "weight_decay": 0.0}
    start = torch.zeros(3, 3, dtype=torch.float64)
    (ours,) = follow("soap", [start], [slopes], frequency=2, **numbers)
    (adams,) = follow("adam", [start], [slopes[1:]], betas=[0.95, 0.95], **numbers)
    torch.testing.assert_close(ours, adams, rtol=1e-6, atol=1e-7)
