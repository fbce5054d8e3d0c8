"""What every loss obeys. A law takes a factory of the loss and raises AssertionError where it is broken.

The laws know nothing of any one loss. `python -m runner.check` holds a loss to each of them,
tests/losses/test_losses.py the whole zoo, and tests/losses/test_laws.py each law to planted bugs.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.data.loader import Batch
from runner.training.stack import Stack

N, B, K = 32, 8, 4
Make = Callable[[], nn.Module]


def examples(draw: int = 0, scale: float = 1.0, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    """Logits (B, K) that want a gradient, labels (B,) of every class, places (B,) in a training set of N."""
    g = torch.Generator().manual_seed(draw)
    logits = scale * torch.randn(B, K, generator=g, dtype=torch.float64)
    labels = (torch.arange(B) % K)[torch.randperm(B, generator=g)]
    return logits.to(dtype).requires_grad_(), labels, torch.randperm(N, generator=g)[:B]


def law_one_loss_an_example(make: Make) -> None:
    losses = make()(*examples())
    assert losses.shape == (B,)
    assert losses.dtype == torch.float32
    assert losses.isfinite().all()


def law_inputs_are_untouched(make: Make) -> None:
    inputs = examples()
    before = [t.detach().clone() for t in inputs]
    make()(*inputs).sum().backward()
    assert all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True))


def law_no_random_numbers(make: Make) -> None:
    loss, state = make(), torch.get_rng_state()
    loss(*examples())
    assert torch.equal(torch.get_rng_state(), state)


def law_steps_are_separate(make: Make) -> None:
    """No step goes back through an earlier one's graph."""
    loss = make()
    for draw in range(4):
        loss(*examples(draw)).sum().backward()


def law_gradient_is_the_derivative(make: Make) -> None:
    logits, labels, index = examples(dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda z: make().double()(z, labels, index), logits)


def law_gradient_points_downhill(make: Make) -> None:
    logits, labels, index = examples(dtype=torch.float64)
    (gradient,) = torch.autograd.grad(make().double()(logits, labels, index).sum(), logits)
    assert gradient.abs().sum() > 0
    with torch.no_grad():
        here, there = (make().double()(z, labels, index).sum() for z in (logits, logits - 1e-4 * gradient))
    assert there < here


def law_finite_at_extreme_logits(make: Make) -> None:
    for scale in (60.0, 1e3, 1e4):
        logits, labels, index = examples(scale=scale)
        losses = make()(logits, labels, index)
        losses.sum().backward()
        assert losses.isfinite().all()
        assert logits.grad is not None
        assert logits.grad.isfinite().all()


def law_examples_do_not_mix(make: Make) -> None:
    logits, labels, index = examples()
    torch.testing.assert_close(make()(logits[:3], labels[:3], index[:3]), make()(logits, labels, index)[:3])


def law_classes_are_only_names(make: Make) -> None:
    logits, labels, index = examples()
    renamed = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(
        make()(logits[:, renamed], renamed.argsort()[labels], index), make()(logits, labels, index)
    )


def law_a_common_shift_of_logits_is_nothing(make: Make) -> None:
    logits, labels, index = examples(dtype=torch.float64)
    torch.testing.assert_close(make().double()(logits + 3, labels, index), make().double()(logits, labels, index))


def law_right_is_better_than_uniform_than_wrong(make: Make) -> None:
    _, labels, index = examples()
    hot = 6 * F.one_hot(labels, K).float()
    right, uniform, wrong = (make()(z, labels, index) for z in (hot, 0 * hot, hot.roll(1, -1)))
    assert (right < uniform).all()
    assert (uniform < wrong).all()


def law_wrong_examples_pull(make: Make) -> None:
    _, labels, index = examples()
    wrong = (6 * F.one_hot(labels, K).float().roll(1, -1)).requires_grad_()
    (gradient,) = torch.autograd.grad(make()(wrong, labels, index).sum(), wrong)
    assert (gradient.abs().amax(-1) > 0).all()


def law_state_survives_a_reload(make: Make) -> None:
    old, new = make(), make()
    old(*examples(0))
    new.load_state_dict(old.state_dict())
    torch.testing.assert_close(new(*examples(0)), old(*examples(0)))


def law_a_stack_is_its_seeds(make: Make) -> None:
    """Two steps of three seeds at once, and of each alone: the same losses and gradients."""
    stack = Stack([_Alone(make()) for _ in range(3)])
    alone = [make() for _ in range(3)]
    for step in range(2):
        rows = [examples(10 * step + seed) for seed in range(3)]
        logits, labels, index = (torch.stack(t) for t in zip(*rows, strict=True))
        one_by_one = torch.stack([loss(*row) for loss, row in zip(alone, rows, strict=True)])
        together = stack(Batch(logits, labels, index, {}))
        torch.testing.assert_close(together, one_by_one)
        gradients = torch.autograd.grad(together.sum(), logits)[0]
        torch.testing.assert_close(gradients, torch.stack(torch.autograd.grad(one_by_one.sum(), [r[0] for r in rows])))


class _Alone(nn.Module):
    """A loss as if its logits were a network's input."""

    def __init__(self, loss: nn.Module):
        super().__init__()
        self.loss = loss

    def forward(self, batch: Batch) -> Tensor:
        losses: Tensor = self.loss(batch.x, batch.labels, batch.index)
        return losses


LAWS = {name.removeprefix("law_"): law for name, law in globals().items() if name.startswith("law_")}
