"""Warm and cold starts of distillation: inner steps by hand, and where nothing can be beyond weights trained anew."""

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.parts.calculations.warm_distillation import accuracy, inner, warm_distillation


def measured(**changed):
    (cell,) = compose_cells(["calculation=warm_distillation"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    return warm_distillation(numbers("calculation", 0), **{**keys, "outer_steps": 20, **changed})


def logistic_loss(weights, data):
    return -(data[1].softmax(1) * (data[0] @ weights).log_softmax(1)).sum(1).mean()


def test_inner_steps_go_down_the_gradient_of_the_mean_cross_entropy():
    generator = torch.Generator().manual_seed(0)
    weights, x, logits = (
        torch.randn(size, dtype=torch.float64, generator=generator) for size in ((5, 3), (4, 5), (4, 3))
    )
    expected = weights
    for _ in range(3):
        expected = expected.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(logistic_loss(expected, [x, logits]), expected)
        expected = expected - 0.3 * gradient
    torch.testing.assert_close(inner(weights, [x, logits], 3, 0.3), expected.detach(), rtol=1e-12, atol=0)


def test_a_step_from_nothing_by_hand():
    """Weights of 0 give two classes 1/2 each; a label of 3/4 and 1/4 moves them by lr / 4 along the point."""
    data = [torch.tensor([[2.0, -1.0]]), torch.tensor([[3.0, 1.0]]).log()]
    moved = inner(torch.zeros(2, 2), data, 1, 0.4)
    torch.testing.assert_close(moved, torch.tensor([[0.2, -0.2], [-0.1, 0.1]]))


def test_gradients_reach_points_and_labels_through_the_steps():
    data = [torch.ones(2, 3, dtype=torch.float64), torch.eye(2, dtype=torch.float64)]
    start = torch.zeros(3, 2, dtype=torch.float64)
    weight = torch.arange(6.0, dtype=torch.float64).reshape(3, 2)

    def result(x, logits):
        return (inner(start, [x, logits], 3, 0.1) * weight).sum()

    assert torch.autograd.gradcheck(result, [one.requires_grad_() for one in data])


def test_accuracy_counts_the_largest_output():
    x = torch.eye(4, dtype=torch.float64)
    assert accuracy(torch.eye(4, dtype=torch.float64), (x, torch.tensor([0, 1, 2, 0]))) == 0.75


def test_a_cold_start_has_nothing_beyond_weights_trained_anew():
    found = measured(start="cold", retrained=4, inner_lr=0.5)
    assert found["beyond_retrained"] == 0
    assert found["accuracy"] == found["retrained_accuracy"]
    assert found["accuracy"] > measured(start="cold", retrained=4, inner_lr=0.5, outer_steps=0)["accuracy"] + 0.05


def test_a_warm_start_without_outer_steps_has_nothing_beyond_either():
    assert measured(outer_steps=0, unrolled=7, retrained=7)["beyond_retrained"] == 0


def test_one_step_of_a_warm_start_is_not_undone_by_the_next():
    """Points that do not move: so many steps of a warm start are those of one that is trained anew."""
    found = measured(outer_steps=4, outer_lr=1e-12, unrolled=2, retrained=10)
    assert found["beyond_retrained"] == 0
    assert measured(outer_steps=4, outer_lr=1e-12, unrolled=2, retrained=1)["beyond_retrained"] != 0


def test_a_difference_is_that_of_both_accuracies():
    found = measured(outer_steps=60)
    assert found["beyond_retrained"] == pytest.approx(found["accuracy"] - found["retrained_accuracy"])
    assert found["beyond_retrained"] > 0
