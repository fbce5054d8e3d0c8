"""Replayed steps are the steps, bit for bit, and what cannot be replayed is not."""

import weakref
from itertools import count
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from runner.stack.replay import Replay
from runner.stack.stack import Stack
from runner.training import run as flow
from tests.objective.test_objectives import ALONE, EVERY, said
from tests.training.test_run import HEADS, SMALL
from tests.zoo import BINARY, LOSSES, losses_for


@pytest.fixture
def assert_replay_is_the_function(compose, measured, monkeypatch):
    """Every row of a run whose steps are replayed is that of a run whose steps are not."""

    def check(*overrides, seeds):
        given = compose(*overrides, "epochs=3", seeds=seeds)
        replayed = measured(flow.run(**given))
        monkeypatch.setattr(Replay, "__call__", lambda self, function: function)
        assert replayed == measured(flow.run(**given))
        assert replayed

    return check


@pytest.mark.parametrize("seeds", [[0], [0, 1]], ids=["one", "two"])
@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in BINARY])
def test_every_loss_is_replayed(assert_replay_is_the_function, loss, seeds):
    head = f"model.head={HEADS.get(loss, 'linear')}"
    assert_replay_is_the_function(*SMALL, "noise=0.4", f"loss={loss}", "optimizer.lr=0.01", head, seeds=seeds)


OTHERS = [
    (data, loss)
    for task, data in {"regression": "friedman1", "boxes": "boxes", "multilabel": "mosaic"}.items()
    for kind in ("example", "set")
    for loss in losses_for(task, kind)
]


@pytest.mark.parametrize("seeds", [[0], [0, 1]], ids=["one", "two"])
@pytest.mark.parametrize(("data", "loss"), OTHERS)
def test_losses_of_other_tasks_are_replayed(assert_replay_is_the_function, data, loss, seeds):
    assert_replay_is_the_function(f"dataset={data}", f"loss={loss}", "optimizer.lr=0.01", seeds=seeds)


@pytest.mark.parametrize("seeds", [[0], [0, 1]], ids=["one", "two"])
@pytest.mark.parametrize(("group", "name"), [each for each in EVERY if each[1] not in ALONE])
def test_every_part_is_replayed(assert_replay_is_the_function, group, name, seeds):
    assert_replay_is_the_function(*said(group, name), seeds=seeds)


class Step(nn.Module):
    """A weight, a buffer that a step changes, and a count of how often Python computed a step."""

    def __init__(self, compute, begin):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
        self.register_buffer("sum", torch.zeros(3))
        self.compute = compute
        self.factor = 1.0
        self.calls = []
        self.note = SimpleNamespace(times=1)
        self.names = {"a"}
        self.counter = None if compute is not iterates else count()
        self.plain = torch.zeros(3)
        self.layer = nn.Tanh()
        self.parts = [nn.Identity()]
        self.parts[0].times = 1
        self.norm = nn.BatchNorm1d(3)
        self.started = begin

    def begin(self, epoch: int) -> None:
        self.started(self, epoch)

    def forward(self, x: Tensor) -> Tensor:
        calls.append(1)
        return self.compute(self, x)


calls: list[int] = []
X = [torch.tensor([[float(i), 1.0, -float(i)]]) for i in range(8)]


def nothing_begins(step, epoch):
    pass


def stepped(compute, *, constant, epochs=2, between=lambda step: None, begin=nothing_begins):
    """The objectives, gradients and sums of two epochs of steps, and how often Python computed one."""
    calls.clear()
    stack, found = Stack([Step(compute, begin)], constant=constant), []
    for epoch in range(1, epochs + 1):
        stack.begin(epoch)
        for x in X:
            objective = stack.backward(x.clone())
            found += [objective.tolist(), stack.only.weight.grad.tolist(), stack.only.sum.tolist()]
        between(stack.only)
    return found, len(calls)


def assert_same(compute, computed, **more):
    """Replayed or not; `computed` is how often Python computes a step of the sixteen where they are replayed."""
    (ours, few), (theirs, many) = (stepped(compute, constant=constant, **more) for constant in (True, False))
    assert str(ours) == str(theirs)  # a nan is a nan
    assert (few, many) == (computed, 16)


def summed(step, x):
    step.sum += x
    return (step.weight.square() * step.sum * step.factor).sum()


def test_a_step_is_recorded_and_proved_and_then_replayed():
    assert_same(summed, 2)


def test_what_an_epoch_changed_is_recorded_anew():
    assert_same(summed, 4, between=lambda step: setattr(step, "factor", 2.0))
    assert_same(summed, 4, between=lambda step: setattr(step, "sum", torch.ones(3)))
    assert_same(summed, 4, between=lambda step: setattr(step, "calls", {"of": {*"ab"}}))
    assert_same(summed, 4, between=lambda step: setattr(step, "calls", object()))


def test_another_object_is_another_one_wherever_it_lies():
    """One that is made as another is freed has its id."""
    step = Step(summed, nothing_begins)
    step.calls = object()
    replay = Replay(step, list)
    for _ in range(20):
        step.calls = object()
        before = replay._began
        replay.begin()
        assert replay._began is not before


def held(step, x):
    return summed(step, x) * step.note.times * len(step.names) * step.parts[0].times + step.layer(x).sum()


@pytest.mark.parametrize(
    "between",
    [
        lambda step: setattr(step.note, "times", 2),
        lambda step: step.names.add("b"),
        lambda step: setattr(step.parts[0], "times", 2),
        lambda step: setattr(step, "layer", nn.Sigmoid()),
        lambda step: step.layer.register_forward_hook(lambda layer, given, found: 2 * found),
    ],
    ids=["an object", "a set", "a module in a list", "a submodule", "a hook"],
)
def test_what_attributes_hold_is_looked_into(between):
    assert_same(held, 4, between=between)


def test_the_mode_of_a_submodule_is_seen():
    def normed(step, x):
        return (step.norm(torch.stack([x, 2 * x])) * step.weight).sum() + step.norm.weight.sum()

    assert_same(normed, 4, begin=lambda step, epoch: step.norm.train(epoch == 1))


def test_numbers_that_are_changed_in_place_are_seen():
    assert_same(summed, 2, between=lambda step: step.sum.mul_(0.5))
    assert_same(summed, 2, between=lambda step: step.weight.data.mul_(0.5))


def counts(step, x):
    step.factor += 1
    return summed(step, x)


def rebinds(step, x):
    step.sum = step.sum + x[0]
    return (step.weight * step.sum).sum()


def notes(step, x):
    step.calls.append(len(step.calls))
    return summed(step, x) * len(step.calls)


def remembers(step, x):
    """By a global, which no attribute shows."""
    return summed(step, x) * len(calls)


def from_elsewhere(step, x):
    """A tensor that no kernel made."""
    return (step.weight * torch.from_numpy(x.numpy() + 1)).sum()


def notes_in_an_object(step, x):
    step.note.times += 1
    return summed(step, x) * (2 if step.note.times > 5 else 1)


def iterates(step, x):
    return summed(step, x) * (2 if next(step.counter) > 5 else 1)


def changes_its_input(step, x):
    x[0].mul_(0.5)
    return (step.weight * x).sum()


def changes_what_is_no_buffer(step, x):
    step.plain[1:].add_(1)
    return (step.weight * x).sum() * 1.5


OPAQUE = [notes_in_an_object, iterates, changes_its_input, changes_what_is_no_buffer]


def multiplies(step, x):
    """The gradient of a product has two formulas, of which torch takes another where calls are noted."""
    step.sum += x
    return (step.weight * step.sum / 3).prod()


def masks(step, x):
    return (step.weight * x)[x > 0].sum()


def draws(step, x):
    """From the global stream, which nobody sees; nothing of it shows in what is given."""
    return summed(step, x) + 0 * torch.rand(()) + 0 * torch.bernoulli(x.clamp(0, 1)).sum()


@pytest.mark.parametrize("compute", [masks, draws, counts, rebinds, notes, remembers, from_elsewhere, *OPAQUE])
def test_what_a_program_cannot_do_is_never_replayed(compute):
    assert_same(compute, 16)


def nothing(step, x):
    return (step.weight * x / x.new_zeros(())).sum()


def pieces(step, x):
    """Lists of tensors, several results of which some are not used, and one in place of another."""
    first, *others = (step.weight * x).split(1)
    top, _ = torch.cat([first, *others]).topk(2)
    return top.clone().mul_(2).add_(step.sum[:2]).sum()


def turned(step, x):
    """A view of as many numbers, of the same shape, which lie otherwise."""
    square = step.weight[:, None] * x
    return (square - 2 * square.mT).square().sum()


@pytest.mark.parametrize("compute", [nothing, pieces, turned])
def test_many_kinds_of_kernels_are_replayed(compute):
    assert_same(compute, 2)


def test_what_is_the_same_at_every_call_is_kept():
    """The gradients of a mean begin with one over its number; its kernels are a product and its sum each way."""
    stack = Stack([Step(lambda step, x: (step.weight * x).mean(), nothing_begins)], constant=True)
    for x in X[:2]:
        stack.backward(x)
    with Most() as kernels:
        stack.backward(X[2])
    assert [name for name in kernels.names if name not in {"select", "unsqueeze"}] == ["mul", "mean", "mul"]


def in_pieces(step, x):
    """The gradients of the pieces are views, all of one tensor."""
    return (torch.stack([step.weight, step.weight.detach()]) * 2).sum()


@pytest.mark.parametrize(
    "compute", [lambda step, x: step.weight.sum(), lambda step, x: (step.weight * 2).sum(), in_pieces]
)
def test_what_is_given_may_be_changed(compute):
    """As clipping changes a gradient, one that is the same at every call too."""
    stack = Stack([Step(compute, nothing_begins)], constant=True)
    gradients = []
    for x in X:
        stack.backward(x)
        gradients.append(stack.only.weight.grad.clone())
        stack.only.weight.grad.zero_()
    assert all(gradient.equal(gradients[0]) for gradient in gradients)


def fills(step, x):
    """Zeros that are changed, directly and by a view of them."""
    zeros = torch.zeros_like(x)
    zeros[0] = x.sum()
    ones = x.new_ones(2, 3)
    ones[1].add_(x)
    return (step.weight * zeros * ones).sum()


def fills_pieces(step, x):
    """The first two steps add nothing."""
    zeros = x.new_zeros(3)
    zeros.split(1)[0].add_((x[:1] - 1).relu())
    return (step.weight * zeros * x).sum()


@pytest.mark.parametrize("compute", [fills, fills_pieces])
def test_what_is_filled_and_then_changed_is_filled_each_time(compute):
    assert_same(compute, 2)


def test_a_last_batch_of_another_size_has_its_own_program():
    calls.clear()
    stack = Stack([Step(lambda step, x: (step.weight * x).sum(), nothing_begins)], constant=True)
    sizes = [2, 3] * 5
    assert [stack.backward(torch.ones(1, n, 3)).item() for n in sizes] == [2.0 * n for n in sizes]
    assert len(calls) == 4


class Most(TorchDispatchMode):
    """Which kernels were called, and how many of the large tensors that they made there were at once."""

    def __init__(self):
        super().__init__()
        self.names, self.alive, self.most = [], weakref.WeakSet(), 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        self.names.append(func.overloadpacket.__name__)
        if found.numel() > 3:
            self.alive.add(found)
        self.most = max(self.most, len(self.alive))
        return found


def test_a_program_frees_what_no_later_kernel_needs():
    def doubled(step, x):
        for _ in range(50):
            x = x * 2
        return (x * step.weight).sum()

    stack = Stack([Step(doubled, nothing_begins)], constant=True)
    for _ in range(2):
        stack.backward(torch.ones(1, 100, 3))
    with Most() as most:
        stack.backward(torch.ones(1, 100, 3))
    assert most.most < 6
