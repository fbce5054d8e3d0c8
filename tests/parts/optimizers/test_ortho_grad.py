"""Gradients orthogonal to the weights."""

import torch

from tests.parts.optimizers.bowls import follow
from tests.zoo import node

PLAIN = node("sgd", "optimizer") | {"lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}


def test_the_step_is_orthogonal_to_each_tensor_and_as_long_as_the_bases():
    weights = [torch.tensor([[3.0, 4.0], [0.0, 0.0]]), torch.tensor([1.0, 2.0, 2.0])]
    slopes = [torch.tensor([[[1.0, 1.0], [1.0, 2.0]]]), torch.tensor([[1.0, 0.0, 1.0]])]
    for before, after, slope in zip(weights, follow("ortho_grad", weights, slopes, base=PLAIN), slopes, strict=True):
        move = after - before
        torch.testing.assert_close((move * before).sum().item(), 0.0, rtol=0, atol=1e-6)
        torch.testing.assert_close(move.norm(), 0.1 * slope.norm())
        assert (move * slope).sum() < 0


def test_a_worked_step():
    """g = (1, 1) less its part along w = (2, 0) is (0, 1), as long as g: (0, 1.4142)."""
    (after,) = follow("ortho_grad", [torch.tensor([2.0, 0.0])], [torch.ones(1, 2)], base=PLAIN)
    torch.testing.assert_close(after, torch.tensor([2.0, -0.1 * 2**0.5]))


def test_where_the_gradient_is_orthogonal_already_or_weights_are_zero_it_is_its_base():
    weights = [torch.tensor([2.0, 0.0]), torch.zeros(2)]
    slopes = [torch.tensor([[0.0, 3.0]]), torch.tensor([[1.0, 3.0]])]
    theirs = follow("sgd", weights, slopes, **PLAIN)
    ours = follow("ortho_grad", weights, slopes, base=PLAIN)
    for p, q in zip(ours, theirs, strict=True):
        torch.testing.assert_close(p, q)


def test_one_number_has_no_orthogonal_direction():
    """Nor is what rounding leaves of it one."""
    stream = torch.Generator().manual_seed(0)
    weights, slopes = torch.rand(100, 1, generator=stream), torch.rand(100, 1, 1, generator=stream)
    after = follow("ortho_grad", list(weights), list(slopes), base=PLAIN)
    assert torch.equal(torch.stack(after), weights)
