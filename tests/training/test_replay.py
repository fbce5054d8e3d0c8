"""Replayed steps are the steps, bit for bit, and what cannot be replayed is not."""

import pytest
import torch
from torch import Tensor, nn

from runner.training import run as flow
from runner.training.replay import Replay
from tests.objective.test_objectives import ALONE, EVERY, said
from tests.training.test_run import HEADS, SMALL
from tests.zoo import BINARY, LOSSES


@pytest.fixture
def assert_replay_is_the_function(compose, measured, monkeypatch):
    """Every row of a run whose steps are replayed is that of a run whose steps are not."""

    def check(*overrides, seeds):
        given = compose(*overrides, "epochs=3", seeds=seeds)
        replayed = measured(flow.run(**given))
        monkeypatch.setattr(flow, "_constant", lambda cell, objective: False)
        assert replayed == measured(flow.run(**given))
        assert replayed

    return check


@pytest.mark.parametrize("seeds", [[0], [0, 1]], ids=["one", "two"])
@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in BINARY])
def test_every_loss_is_replayed(assert_replay_is_the_function, loss, seeds):
    head = f"model.head={HEADS.get(loss, 'linear')}"
    assert_replay_is_the_function(*SMALL, "noise=0.4", f"loss={loss}", "optimizer.lr=0.01", head, seeds=seeds)


@pytest.mark.parametrize("seeds", [[0], [0, 1]], ids=["one", "two"])
@pytest.mark.parametrize(("group", "name"), [each for each in EVERY if each[1] not in ALONE])
def test_every_part_is_replayed(assert_replay_is_the_function, group, name, seeds):
    assert_replay_is_the_function(*said(group, name), seeds=seeds)
