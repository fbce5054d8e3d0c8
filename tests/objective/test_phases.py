"""What a part does before an epoch, and what follows: hooks, restarts, views, and what cannot be compiled."""

import sys

import pytest
import torch
from torch import nn

from runner.catalog.objective_laws import double
from runner.console.errors import ConfigError
from runner.contracts.method import Method
from runner.objective.assemble import stackable
from runner.objective.objective import Objective, draws_of
from runner.parts.methods.erm import ERM
from runner.parts.risks.mean import Mean
from runner.stack.stack import Stack
from runner.training.restarts import restarting
from runner.training.run import run
from tests.objectives import built

NO_PAST = torch.zeros(1, 0)


class Counting(Method):
    """A method that changes before each epoch: an attribute by the epoch, a buffer by its own parameter."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.epoch = 0
        self.register_buffer("seen", torch.zeros(()))

    def begin(self, epoch, epochs):
        self.epoch = epoch
        self.seen += self.network.head.weight.sum()

    def forward(self, batch):
        return self.network(batch.x).square().sum(-1) * self.epoch

    def predict(self, x):
        return self.network(x) * self.epoch


def objectives(seeds):
    return [Objective(Counting(o.method.network), Mean(), 3).double() for o in built(seeds=seeds)[0]]


@pytest.mark.parametrize("seeds", [[0], [0, 1, 2]])
def test_a_part_begins_each_epoch_with_its_own_numbers(seeds):
    stack = Stack(objectives(seeds))
    for epoch in (1, 2, 3):
        stack.eval()
        stack.begin(epoch)
        assert stack.training
    for i, alone in enumerate(objectives(seeds)):
        expected = 3 * alone.method.network.head.weight.sum()
        torch.testing.assert_close(stack.copy(i)["method.seen"], expected.detach())
        alone.method.epoch = 3
        x = torch.randn(5, *built()[1].inputs.x.shape[1:], dtype=torch.float64)
        torch.testing.assert_close(stack.predict(x, shared=True)[i], alone.predict(x))


def test_beginning_leaves_no_graph():
    stack = Stack(objectives([0, 1]))
    stack.begin(1)
    assert not any(buffer.requires_grad for buffer in stack.buffers())


def test_an_objective_that_never_changes_says_so():
    (erm,), _ = built()
    assert erm.constant
    assert not objectives([0])[0].constant


def test_what_changes_cannot_be_compiled(compose, monkeypatch):
    monkeypatch.setattr(ERM, "begin", lambda self, epoch, epochs: None, raising=False)
    with pytest.raises(ConfigError, match=r"exec\.compile=True: the objective changes from epoch to epoch"):
        next(run(**compose("exec.compile=true")))
    monkeypatch.undo()
    with pytest.raises(ConfigError, match=r"exec\.compile=True: the objective cannot be stacked"):
        next(run(**compose("exec.compile=true", "risk=iwrm_upgrad")))


def test_a_network_that_a_step_does_not_use_is_left_alone():
    """Not even weight decay reaches it."""

    class Second(Counting):
        def __init__(self, network):
            super().__init__(network)
            self.other = nn.Linear(2, 2).double()

    stack = Stack([Objective(Second(o.method.network), Mean(), 1).double() for o in built(seeds=[0, 1])[0]])
    _, loader = built(seeds=[0, 1])
    stack.begin(1)
    optimizer = torch.optim.SGD(stack.parameters(), lr=0.1, weight_decay=0.5, momentum=0.9)
    before = {name: number.clone() for name, number in stack.copy(1).items()}
    stack.backward(double(next(iter(loader))))
    optimizer.step()
    after = stack.copy(1)
    assert torch.equal(before["method.other.weight"], after["method.other.weight"])
    assert not torch.equal(before["method.network.head.weight"], after["method.network.head.weight"])


def test_a_schedule_begins_anew_where_a_method_says():
    linear = restarting(lambda t, epochs: t / epochs, (0, 2, 10))
    assert [linear(t, 12, NO_PAST) for t in (0.5, 2.0, 2.5, 10.0, 10.5, 12.0)] == [0.25, 1.0, 0.0625, 1.0, 0.25, 1.0]
    assert [restarting(lambda t, epochs: t / epochs, (0,))(t, 8, NO_PAST) for t in (0.5, 8.0)] == [0.0625, 1.0]


def test_the_run_follows_the_methods_restarts(compose, monkeypatch):
    lrs = []
    monkeypatch.setattr(ERM, "starts", (0, 2), raising=False)
    module = sys.modules[torch.optim.SGD.__module__]  # torch.optim hides it
    original = module.sgd  # which every step calls, whatever class it is of
    monkeypatch.setattr(module, "sgd", lambda *a, lr, **more: lrs.append(lr) or original(*a, lr=lr, **more))
    list(run(**compose("epochs=6", "schedule=cosine", "schedule.per=epoch", "optimizer.lr=1")))
    steps = len(lrs) // 6
    by_epoch = lrs[::steps]
    assert by_epoch[0] == by_epoch[2] == 1
    assert by_epoch[1] == pytest.approx(0.5)
    assert by_epoch[4] == pytest.approx(0.5)


def test_views_are_augmented_anew(compose, monkeypatch):
    """As an axis after the batch; one view is what there always was."""
    monkeypatch.setattr(ERM, "views", 2, raising=False)
    _, loader = built("dataset=digits", "augment=strong", "batch_size=32")
    x = next(iter(loader)).x
    assert x.shape[:3] == (1, 32, 2)
    assert not torch.equal(x[:, :, 0], x[:, :, 1])
    monkeypatch.delattr(ERM, "views")
    _, single = built("dataset=digits", "augment=strong", "batch_size=32")
    assert torch.equal(next(iter(single)).x, x[:, :, 0])


def test_two_parts_may_not_mean_different_things_by_one_name():
    (objective,), _ = built()
    objective.method.draws = {"noise": lambda g, b: torch.zeros(b)}
    assert set(draws_of(objective)) == {"noise"}
    objective.risk.draws = dict(objective.method.draws)
    assert set(draws_of(objective)) == {"noise"}
    objective.risk.draws = {"noise": lambda g, b: torch.ones(b)}
    with pytest.raises(ValueError, match="two parts of the objective draw noise"):
        draws_of(objective)


def test_a_part_that_cannot_be_stacked_runs_alone(compose, monkeypatch):
    recipe = compose()["cell"].recipe
    assert stackable(recipe)
    monkeypatch.setattr(Mean, "stackable", False, raising=False)
    assert not stackable(recipe)
