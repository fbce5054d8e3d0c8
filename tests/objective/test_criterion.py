"""A loss as methods use it: what it keeps of examples it keeps once a step, and of their own labels."""

import math

import pytest
import torch

from losses.elr import ELR
from runner.data.loader import Batch
from runner.objective.criterion import Criterion
from runner.parts.methods.soft import expected, mixed
from tests.objective.test_objectives import OWN_LOSS, SUITS
from tests.objectives import NAMES, first, same
from tests.zoo import make

KEEPING = ["elr", "aldr_kl", "gce_truncated", "ldam"]
METHODS = [
    name for name in NAMES["method"] if name not in OWN_LOSS | {"forward_forward"}
]  # which has no use for a loss


def criterion(name):
    return Criterion(make(name, num_train=8, num_classes=4)).double()


def example(seed=0):
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(4, 4, generator=g, dtype=torch.float64)
    return logits, Batch(logits, torch.tensor([0, 1, 2, 3]), torch.tensor([6, 1, 4, 3]), {})


def numbers(loss):
    return {name: number.clone() for name, number in loss.named_buffers()}


@pytest.mark.parametrize("name", KEEPING)
def test_losses_apart_are_the_losses_and_leave_no_trace(name):
    loss, other = criterion(name), criterion(name)
    for seed in range(2):
        logits, batch = example(seed)
        before = numbers(loss)
        found = loss.apart(logits, batch)
        assert all(torch.equal(before[key], number) for key, number in loss.named_buffers())
        same(found, other(logits, batch))
        loss.note(logits, batch)
        assert all(torch.equal(numbers(other)[key], number) for key, number in loss.named_buffers())


@pytest.mark.parametrize("name", KEEPING)
def test_soft_targets_leave_no_trace(name):
    loss, (logits, batch) = criterion(name), example()
    before = numbers(loss)
    expected(loss, logits, torch.full((4, 4), 0.25, dtype=torch.float64), batch)
    mixed(loss, logits, torch.tensor(0.3), batch, batch.at(torch.tensor([1, 0, 3, 2])))
    assert all(torch.equal(before[key], number) for key, number in loss.named_buffers())


def test_soft_targets_of_cross_entropy_are_its_own():
    logits, batch = example()
    target = torch.rand(4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64).softmax(1)
    theirs = torch.nn.functional.cross_entropy(logits, target, reduction="none")
    same(expected(criterion("ce"), logits, target, batch), theirs)


def visited(loss):
    """How often a loss was asked for each example (N,): n times 1 - beta^n of its average is there."""
    return ((1 - loss.average.sum(-1)).log() / math.log(loss.beta)).round()


@pytest.mark.parametrize("last", [False, True], ids=["first epoch", "last epoch"])
@pytest.mark.parametrize("name", METHODS)
def test_a_step_is_one_visit_of_each_example(name, last):
    """By every copy of a loss that a step uses, each of them that of one network."""
    options = ["loss=elr", "val_fraction=0.2", "epochs=8", *SUITS.get(name, [])]
    objective, batch = first(f"method={name}", *options)
    if last:
        objective.begin(8)
    objective(batch)
    visits = [visited(module) for module in objective.modules() if isinstance(module, ELR)]
    assert all(seen.max() <= 1 for seen in visits)
    rejecting = name == "reject" and last  # its predictor is frozen, and its rejector has a loss of its own
    assert any(set(seen.nonzero()[:, 0].tolist()) & set(batch.index.tolist()) for seen in visits) is not rejecting


@pytest.mark.parametrize("name", ["oko", "vib"])
def test_nor_do_variants_visit_twice(name):
    options = {"oko": ["method.target=soft"], "vib": ["method.samples=3"]}[name]
    objective, batch = first(f"method={name}", "loss=elr", *options)
    objective(batch)
    (seen,) = (visited(module) for module in objective.modules() if isinstance(module, ELR))
    assert seen[batch.index].eq(1).all()
    assert seen.sum() == len(batch.index)
