"""What every loss obeys. A law takes a factory of the loss and its batches, and raises AssertionError where it
is broken.

The laws know nothing of any one loss. `python -m runner.check` holds a loss to those of its kind and task, the tests
hold every loss of the zoo to them, and tests/losses/test_laws.py each law to planted bugs.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.catalog.example_batches import B, Examples, K, N, setting_of
from runner.catalog.examples import example_loss
from runner.contracts.loss import begin, said
from runner.data.loader import Batch
from runner.nodes.build import target
from runner.stack.stack import Stack

Make = Callable[[], nn.Module]
EPOCHS = 3  # of a stack and its seeds


def laws_of(node: Mapping[str, Any], task: str, num_classes: int = K, **given: Any) -> dict[str, Callable[[], None]]:
    """{law: tries it} of the loss that a node names.

    Args:
        task: what is learnt.
        num_classes: that the loss is made for, of classes alone.
        given: what the runner would give it; else made up, see example_loss.
    Raises:
        ConfigError: the loss cannot be made so, or there are no batches of this task.
    """
    examples, made_for = setting_of(node, task, num_classes)
    make = partial(example_loss, node, num_train=N, num_classes=made_for, **given)
    make()
    laws = laws_for(task, said(target(node), "kind"))
    if said(target(node), "inputs"):  # which an example has by its place
        laws = tuple(law for law in laws if law != "places_are_only_names")
    return {law: partial(LAWS[law], make, examples) for law in laws}


def laws_for(task: str, kind: str) -> tuple[str, ...]:
    """The names of the laws for losses of a kind: see Loss.kind."""
    return ALWAYS + OF_KIND[kind] + (OF_TASK.get(task, ()) if kind == "example" else ())


def law_one_loss_an_example(make: Make, examples: Examples) -> None:
    losses = make()(*examples())
    assert losses.shape == (B,)
    assert losses.dtype == torch.float32
    assert losses.isfinite().all()


def law_one_number_of_a_batch(make: Make, examples: Examples) -> None:
    loss = make()(*examples())
    assert loss.shape == ()
    assert loss.dtype == torch.float32
    assert loss.isfinite()


def law_inputs_are_untouched(make: Make, examples: Examples) -> None:
    inputs = examples()
    before = [t.detach().clone() for t in inputs]
    make()(*inputs).sum().backward()
    assert all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True))


def law_no_random_numbers(make: Make, examples: Examples) -> None:
    loss, state = make(), torch.get_rng_state()
    loss(*examples())
    assert torch.equal(torch.get_rng_state(), state)


def law_steps_are_separate(make: Make, examples: Examples) -> None:
    """No step goes back through an earlier one's graph."""
    loss = make()
    for draw in range(4):
        loss(*examples(draw)).sum().backward()


def law_gradient_is_the_derivative(make: Make, examples: Examples) -> None:
    """In float64; of two views, by both."""
    assert torch.autograd.gradcheck(lambda *given: make().double()(*given), examples(dtype=torch.float64))


def law_gradient_points_downhill(make: Make, examples: Examples) -> None:
    predictions, targets, index = examples(dtype=torch.float64)
    (gradient,) = torch.autograd.grad(make().double()(predictions, targets, index).sum(), predictions)
    assert gradient.abs().sum() > 0
    with torch.no_grad():
        near = predictions - 1e-4 * gradient
        here, there = (make().double()(z, targets, index).sum() for z in (predictions, near))
    assert there < here


def law_finite_at_extremes(make: Make, examples: Examples) -> None:
    """Predictions up to ten thousand times their usual size, and targets that are numbers, too."""
    for scale in (60.0, 1e3, 1e4):
        inputs = examples(scale=scale)
        losses = make()(*inputs)
        losses.sum().backward()
        assert losses.isfinite().all()
        assert all(t.grad is not None and t.grad.isfinite().all() for t in inputs if t.requires_grad)


def law_examples_do_not_mix(make: Make, examples: Examples) -> None:
    inputs = examples()
    torch.testing.assert_close(make()(*(t[:3] for t in inputs)), make()(*inputs)[:3])


def law_the_order_of_a_batch_is_nothing(make: Make, examples: Examples) -> None:
    """A permutation of the batch leaves the loss of a set, and permutes those of pairs."""
    inputs, order = examples(), _permutation()
    losses, permuted = make()(*inputs), make()(*(t[order] for t in inputs))
    torch.testing.assert_close(permuted, losses[order] if losses.dim() else losses)


def law_the_order_of_pairs_is_nothing(make: Make, examples: Examples) -> None:
    """A permutation of pairs permutes rows and columns of scores."""
    (scores, targets, index), order = examples(), _permutation()
    permuted = make()(scores[order][:, order], targets[order], index[order])
    torch.testing.assert_close(permuted, make()(scores, targets, index))


def law_pairs_are_to_score_higher_than_others(make: Make, examples: Examples) -> None:
    _, targets, index = examples()
    right, unsure, wrong = (make()(size * torch.eye(B), targets, index) for size in (1, 0, -1))
    assert right < unsure < wrong


def law_targets_are_not_looked_at(make: Make, examples: Examples) -> None:
    scores, targets, index = examples()
    torch.testing.assert_close(make()(scores, targets + 1, index), make()(scores, targets, index))


def law_an_estimate_of_several_batches_is_theirs(make: Make, examples: Examples) -> None:
    """In nats: of scores (S, B, B) it is (S,), each that of a batch, and goes where scores of pairs go."""
    batches = torch.stack([examples(draw)[0].detach() for draw in range(3)])
    decode = partial(said(type(loss := make()), "decode"), loss)
    estimates = decode(batches)
    torch.testing.assert_close(estimates, torch.stack([decode(each) for each in batches]))
    assert (decode(batches + torch.eye(B)) > estimates).all()


def law_places_are_only_names(make: Make, examples: Examples) -> None:
    """At the first use, the place of an example in the training set says what is kept of it, and moves nothing else."""
    predictions, targets, index = examples()
    torch.testing.assert_close(make()(predictions, targets, N - 1 - index), make()(predictions, targets, index))


def law_state_survives_a_reload(make: Make, examples: Examples) -> None:
    old, new = make(), make()
    old(*examples())
    new.load_state_dict(old.state_dict())
    torch.testing.assert_close(new(*examples()), old(*examples()))


def law_a_stack_is_its_seeds(make: Make, examples: Examples) -> None:
    """Three epochs, of one step each, of three seeds at once, and of each alone: the same losses and gradients."""
    stack, alone = Stack([_Alone(make()) for _ in range(3)]), [_Alone(make()) for _ in range(3)]
    everyone: tuple[Any, ...] = (stack, *alone)
    for epoch in range(1, EPOCHS + 1):
        for each in everyone:
            each.begin(epoch)
        rows = [examples(10 * epoch + seed) for seed in range(3)]
        predictions, targets, index = (torch.stack(t) for t in zip(*rows, strict=True))
        one_by_one = torch.stack([each.loss(*row) for each, row in zip(alone, rows, strict=True)])
        together = stack(Batch(predictions, targets, index, {}))
        torch.testing.assert_close(together, one_by_one)
        gradients = torch.autograd.grad(together.sum(), predictions)[0]
        expected = torch.autograd.grad(one_by_one.sum(), [row[0] for row in rows])
        torch.testing.assert_close(gradients, torch.stack(expected))


def law_classes_are_only_names(make: Make, examples: Examples) -> None:
    """So are labels of which an example may have several."""
    predictions, targets, index = examples()
    k = predictions.shape[1]
    renamed = torch.cat([torch.arange(1, k, 2), torch.arange(0, k, 2)])
    other = renamed.argsort()[targets] if targets.dim() == 1 else targets[:, renamed]
    torch.testing.assert_close(make()(predictions[:, renamed], other, index), make()(predictions, targets, index))


def law_a_common_shift_of_logits_is_nothing(make: Make, examples: Examples) -> None:
    logits, labels, index = examples(dtype=torch.float64)
    torch.testing.assert_close(make().double()(logits + 3, labels, index), make().double()(logits, labels, index))


def law_right_is_better_than_unsure_than_wrong(make: Make, examples: Examples) -> None:
    """Unsure is the same logit for all classes, and 0 for labels; of these, all are told."""
    predictions, targets, index = examples()
    if targets.dim() == 1:
        right = 6 * F.one_hot(targets, predictions.shape[1]).float()
        wrong = right.roll(1, -1)
    else:
        targets = (targets > 0).float()
        right = 6 * (2 * targets - 1)
        wrong = -right
    good, unsure, bad = (make()(z, targets, index) for z in (right, 0 * right, wrong))
    assert (good < unsure).all()
    assert (unsure < bad).all()


def law_wrong_examples_pull(make: Make, examples: Examples) -> None:
    logits, labels, index = examples()
    wrong = (6 * F.one_hot(labels, logits.shape[1]).float().roll(1, -1)).requires_grad_()
    (gradient,) = torch.autograd.grad(make()(wrong, labels, index).sum(), wrong)
    assert (gradient.abs().amax(-1) > 0).all()


def law_views_may_be_swapped(make: Make, examples: Examples) -> None:
    one, other, index = examples()
    torch.testing.assert_close(make()(other, one, index), make()(one, other, index))


def law_collapse_is_worse_than_spread(make: Make, examples: Examples) -> None:
    """Two equal views of different examples are better than one embedding for all."""
    one, _, index = examples()
    same = one[:1].expand_as(one)
    assert make()(same, same, index).mean() - make()(one, one, index).mean() > 1e-3  # more than rounding


def law_one_class_near_is_better_than_far(make: Make, examples: Examples) -> None:
    """Embeddings that are equal within a class and unlike between classes are better than those of a wrong class."""
    embeddings, labels, index = examples()
    own = F.one_hot(labels, embeddings.shape[1]).float()
    assert make()(own, labels, index) < make()(own.roll(1, 0), labels, index)


class _Alone(nn.Module):
    """A loss as if its predictions were a network's input."""

    def __init__(self, loss: nn.Module):
        super().__init__()
        self.loss: Any = loss
        self.register_buffer("number", torch.zeros(()))  # a stack has one at least

    def begin(self, epoch: int) -> None:
        begin(self.loss, epoch, EPOCHS)

    def forward(self, batch: Batch) -> Tensor:
        losses: Tensor = self.loss(batch.x, batch.labels, batch.index)
        return losses


def _permutation() -> Tensor:
    return torch.randperm(B, generator=torch.Generator().manual_seed(0))


LAWS = {name.removeprefix("law_"): law for name, law in globals().items() if name.startswith("law_")}
ALWAYS = (
    "inputs_are_untouched", "no_random_numbers", "steps_are_separate", "gradient_is_the_derivative",
    "gradient_points_downhill", "finite_at_extremes", "places_are_only_names", "state_survives_a_reload",
    "a_stack_is_its_seeds",
)  # fmt: skip
OF_KIND = {
    "example": ("one_loss_an_example", "examples_do_not_mix"),
    "recovered": ("one_loss_an_example", "examples_do_not_mix"),
    "set": ("one_number_of_a_batch", "the_order_of_a_batch_is_nothing"),
    "scores": (
        "one_number_of_a_batch", "the_order_of_pairs_is_nothing", "pairs_are_to_score_higher_than_others",
        "targets_are_not_looked_at", "an_estimate_of_several_batches_is_theirs",
    ),
    "pair": (
        "one_loss_an_example", "the_order_of_a_batch_is_nothing", "views_may_be_swapped",
        "collapse_is_worse_than_spread",
    ),
    "views": (
        "one_number_of_a_batch", "the_order_of_a_batch_is_nothing", "views_may_be_swapped",
        "collapse_is_worse_than_spread",
    ),
    "embeddings": (
        "one_number_of_a_batch", "the_order_of_a_batch_is_nothing", "one_class_near_is_better_than_far",
    ),
}  # fmt: skip
OF_TASK = {  # of losses of an example
    "classification": (
        "classes_are_only_names", "a_common_shift_of_logits_is_nothing", "right_is_better_than_unsure_than_wrong",
        "wrong_examples_pull",
    ),
    "candidates": ("classes_are_only_names",),
    "multilabel": ("classes_are_only_names", "right_is_better_than_unsure_than_wrong"),
}  # fmt: skip
