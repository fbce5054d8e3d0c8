"""What a loss obeys whatever its targets are. A law takes a factory of the loss, and what makes examples for it."""

from itertools import count

import torch
from torch import nn

from runner.data.loader import Batch
from runner.training.stack import Stack

N, B = 32, 8  # training examples, those of a batch


def examples_of(targets, width):
    """A function (draw, scale, dtype) -> predictions (B, width) that want a gradient, targets (B, ...), places (B,).

    Args:
        targets: (generator) -> (B, ...).
    """

    def examples(draw=0, scale=1.0, dtype=torch.float32):
        g = torch.Generator().manual_seed(draw)
        predictions = scale * torch.randn(B, width, generator=g, dtype=torch.float64)
        return predictions.to(dtype).requires_grad_(), targets(g), torch.randperm(N, generator=g)[:B]

    return examples


def law_one_loss_an_example(make, examples):
    losses = make()(*examples())
    assert losses.shape == (B,)
    assert losses.dtype == torch.float32
    assert losses.isfinite().all()


def law_inputs_are_untouched(make, examples):
    inputs = examples()
    before = [t.detach().clone() for t in inputs]
    make()(*inputs).sum().backward()
    assert all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True))


def law_no_random_numbers(make, examples):
    loss, state = make(), torch.get_rng_state()
    loss(*examples())
    assert torch.equal(torch.get_rng_state(), state)


def law_steps_are_separate(make, examples):
    loss = make()
    for draw in range(4):
        loss(*examples(draw)).sum().backward()


def law_gradient_is_the_derivative(make, examples):
    predictions, targets, index = examples(dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda z: make().double()(z, targets, index), predictions)


def law_gradient_points_downhill(make, examples):
    predictions, targets, index = examples(dtype=torch.float64)
    (gradient,) = torch.autograd.grad(make().double()(predictions, targets, index).sum(), predictions)
    assert gradient.abs().sum() > 0
    with torch.no_grad():
        near = predictions - 1e-4 * gradient
        here, there = (make().double()(z, targets, index).sum() for z in (predictions, near))
    assert there < here


def law_finite_at_extreme_predictions(make, examples):
    for scale in (60.0, 1e3, 1e4):
        predictions, targets, index = examples(scale=scale)
        losses = make()(predictions, targets, index)
        losses.sum().backward()
        assert losses.isfinite().all()
        assert predictions.grad.isfinite().all()


def law_examples_do_not_mix(make, examples):
    predictions, targets, index = examples()
    few = make()(predictions[:3], targets[:3], index[:3])
    torch.testing.assert_close(few, make()(predictions, targets, index)[:3])


def law_state_survives_a_reload(make, examples):
    old, new = make(), make()
    old(*examples(0))
    new.load_state_dict(old.state_dict())
    torch.testing.assert_close(new(*examples(1)), old(*examples(1)))


def law_a_stack_is_its_seeds(make, examples):
    """Three epochs of a step of three seeds at once, and of each alone: the same losses and gradients."""
    stack, alone = Stack([_Alone(make()) for _ in range(3)]), [_Alone(make()) for _ in range(3)]
    for epoch, draw in zip((1, 2, 3), count(), strict=False):
        for each in (stack, *alone):
            each.begin(epoch)
        rows = [examples(10 * draw + seed) for seed in range(3)]
        predictions, targets, index = (torch.stack(t) for t in zip(*rows, strict=True))
        one_by_one = torch.stack([each.loss(*row) for each, row in zip(alone, rows, strict=True)])
        together = stack(Batch(predictions, targets, index, {}))
        torch.testing.assert_close(together, one_by_one)
        gradients = torch.autograd.grad(together.sum(), predictions)[0]
        expected = torch.autograd.grad(one_by_one.sum(), [row[0] for row in rows])
        torch.testing.assert_close(gradients, torch.stack(expected))


class _Alone(nn.Module):
    """A loss as if its predictions were a network's input."""

    def __init__(self, loss):
        super().__init__()
        self.loss = loss
        self.register_buffer("number", torch.zeros(()))  # a stack has one at least

    def begin(self, epoch):
        if hasattr(self.loss, "begin"):
            self.loss.begin(epoch, 3)

    def forward(self, batch):
        return self.loss(batch.x, batch.labels, batch.index)


LAWS = {name.removeprefix("law_"): law for name, law in globals().items() if name.startswith("law_")}
