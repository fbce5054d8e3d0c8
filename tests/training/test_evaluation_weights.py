"""Weights that are evaluated beside those that are trained."""

import copy

import pytest
import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn, update_bn

from runner.parts.averages.ema import ema
from runner.parts.averages.swa import swa
from runner.stack.stack import Stack
from runner.training.events import Row, Saved
from runner.training.loop import Training, train
from runner.training.run import run
from tests.flow import everything, loading
from tests.stack.test_stack import BATCH, objective, split

EPOCHS = 4


def trained(seeds, share, norm="batch"):
    """The stack after training, the batches of weights after each step, and what was seen in evaluation."""
    data = split()
    loader = loading(data, everything(data, len(seeds)), seeds, BATCH)
    stack = Stack([objective(seed, "ce", norm) for seed in seeds])
    optimizer = torch.optim.SGD(stack.parameters(), lr=0.1)
    training = Training(stack, loader, optimizer, epochs=EPOCHS, share=share)
    steps, seen = [], []
    stepped = training.weights.stepped
    training.weights.stepped = lambda step: steps.append(numbers(stack)) or stepped(step)
    list(train(training, lambda t, n, past: 1.0, lambda s: seen.append(numbers(s)) or {}, eval_every=1))
    return stack, steps, seen, loader


def numbers(stack):
    return [p.detach().clone() for p in stack.parameters()]


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_ema_is_torchs(seeds):
    _, steps, seen, loader = trained(seeds, lambda *at: ema(*at, decay=0.9, every=1, warmup=False))
    average = [p.clone() for p in steps[0]]
    for at, present in enumerate(steps[1:], start=2):
        get_ema_multi_avg_fn(0.9)(average, present, None)
        if at % len(loader) == 0:
            for ours, theirs in zip(seen[at // len(loader) - 1], average, strict=True):
                torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_swa_is_the_mean_of_the_last_epochs_ends():
    _, steps, seen, loader = trained([0], lambda *at: swa(*at, start=0.5))
    ends = steps[len(loader) - 1 :: len(loader)]
    for ours, theirs in zip(seen[1], ends[1], strict=True):
        assert torch.equal(ours, theirs)
    for ours, third, fourth in zip(seen[3], ends[2], ends[3], strict=True):
        torch.testing.assert_close(ours, (third + fourth) / 2, rtol=1e-12, atol=1e-12)


def test_what_is_trained_does_not_notice():
    with_average, without = (trained([0, 1], share)[1] for share in (lambda *at: 0.1, lambda *at: None))
    for ours, theirs in zip(with_average, without, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_running_statistics_are_those_of_the_average(seeds):
    """As torch's update_bn takes them, over the same batches."""
    stack, _, _, loader = trained(seeds, lambda *at: ema(*at, decay=0.9, every=1, warmup=True))
    for i in range(len(seeds)):
        network = objective(seeds[i], "ce", "batch").method.network
        network.load_state_dict(stack.part("method.network", i))
        update_bn([x[i] for x in loader.plain()], network)
        for name, number in network.state_dict().items():
            if "running" in name:
                torch.testing.assert_close(stack.part("method.network", i)[name], number, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("average", ["ema", "swa"])
def test_a_stack_is_its_seeds(average, compose, measured):
    asked = [f"average={average}", "epochs=4", "model.norm=batch", "noise=0.4"]
    together = measured(run(**compose(*asked, seeds=[0, 1])))
    for seed in range(2):
        for key, row in measured(run(**compose(*asked, seeds=[seed]))).items():
            assert together[key] == pytest.approx(row, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
@pytest.mark.parametrize("optimizer", ["sgd", "sam", "adam"])
def test_after_a_checkpoint_it_goes_on_bit_for_bit(optimizer, schedule, seeds, compose):
    """With an average, a schedule that remembers, and an optimizer that asks twice."""
    changed = ["schedule.patience=0", "schedule.threshold=0.5"] if schedule == "plateau" else []
    asked = [f"optimizer={optimizer}", f"schedule={schedule}", *changed, "average=ema", "epochs=5", "model.norm=batch"]
    arguments = compose(*asked, "exec.checkpoint_every=1", seeds=seeds)
    events = list(run(**arguments))
    rows = [e for e in events if isinstance(e, Row)]
    state = next(copy.deepcopy(e.state) for e in run(**arguments) if isinstance(e, Saved) and e.epoch == 3)
    rest = [e for e in run(**arguments, resume=state) if isinstance(e, Row)]
    assert [without_seconds(e) for e in rest] == [without_seconds(e) for e in rows if e.values["epoch"] > 3]


def without_seconds(row):
    return row.seed, {key: value for key, value in row.values.items() if key != "seconds"}
