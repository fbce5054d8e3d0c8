"""Trials in worker processes: whatever their number and whenever they end, what is drawn and kept is the same."""

import os
import random
import signal
from pathlib import Path

import optuna
import pytest

from runner import tune
from runner.comparison.results import Outcome, Result
from runner.comparison.tuning import SAMPLERS, Search
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.launch import sweep
from runner.launch.plan import plan
from runner.store.store import Store
from runner.tasks.families import DECLARED
from runner.tuning import space, training, trials, turns
from tests.journals import tried
from tests.program import await_that, program, started

QUICK = ("dataset=blobs", "epochs=1", "val_fraction=0.2", "exec.progress=none", "exec.wandb.mode=disabled")
LR = "space.optimizer.lr=log(1e-3,1)"
FEW = ("space.optimizer.lr=choice(0.01,0.1)",)


def finished(root):
    """{(cell, seed): when it was begun} of what is finished."""
    records = [cell.seed(seed) for cell in Store(root).cells() for seed in cell.seeds()]
    return {(each.cell.path.name, each.seed): each.status()["since"] for each in records if each.finished}


@pytest.fixture
def go(tmp_path):
    """Tune into this store; the exit status."""

    def run(*said, store=tmp_path):
        with pytest.raises(SystemExit) as ended:
            tune.main([*QUICK, f"store={store}", *said])
        return ended.value.code

    return run


@pytest.fixture
def workers(monkeypatch):
    """So many workers, whose trials end in an order that chance has, and come to what their learning rate says."""

    def described(count, chance):
        begun, most = [], []

        def swept(cells, settings, more=None, expected=0):
            todo = list(cells)
            while todo:
                most.append(len(todo))
                planned = todo.pop(chance.randrange(min(count, len(todo))))
                begun.append(planned.cell.path.name)
                todo += more(planned) if more else []
            return []

        def found(cell, seeds):
            lr = float(cell.question["optimizer"]["lr"]) if cell.question else rates[cell.path.name]
            rates[cell.path.name] = lr
            row = {"val/accuracy": 1 - (lr - 0.1) ** 2, "test/accuracy": 0.5, "epoch": 1, "step": 1}
            return Result(cell.path.name, {}, {}, "", "", {0: Outcome("done", {"last": row}, metrics=DECLARED)})

        rates = {}
        for module in (training, turns):
            monkeypatch.setattr(module, "sweep", swept)
        for module in (training, turns, trials):
            monkeypatch.setattr(module, "result", found)
        monkeypatch.setattr(turns, "AHEAD", count)
        return begun, most

    return described


@pytest.mark.parametrize("sampler", [name for name in SAMPLERS if name != "grid"])
def test_trials_are_the_same_whatever_the_number_of_workers_and_whenever_they_end(sampler, go, workers, tmp_path):
    said = ("loss=ce,gce", "trials=13", LR, "space.loss.q=uniform(0.1,1)", f"tune.sampler={sampler}", "jobs=1")
    workers(1, random.Random(0))
    assert go(*said, store=tmp_path / "one") == 0
    for seed in (1, 2):
        _, most = workers(5, random.Random(seed))
        assert go(*said, store=tmp_path / str(seed)) == 0
        assert max(most) == 5, "several were trained at once"
        assert tried(tmp_path / str(seed)) == tried(tmp_path / "one")


@pytest.mark.parametrize("sampler", ["tpe", "cross_entropy", "ei_per_gradient"])
def test_a_draw_looks_at_no_other_trials_than_it_has_to_wait_for(sampler, monkeypatch):
    study, dimension = optuna.create_study(), space.dimension("optimizer.lr", "log(1e-3,1)")
    chance, its = random.Random(0), {"optimizer.lr": dimension}
    for _ in range(25):
        lr = chance.uniform(0.01, 1)
        trial = {"params": {"optimizer.lr": lr}, "distributions": {"optimizer.lr": dimension.distribution}}
        study.add_trial(optuna.trial.create_trial(value=lr, **trial, user_attrs={"gradients": 1 + 9 * lr}))
    numbers = (0, 5, 9, 10, 19, 20, 25)
    search = Search("val/accuracy", "last", sampler, 0)
    waited = [space.drawn(its, {"optimizer.lr": 0.1}, search, study, number) for number in numbers]
    monkeypatch.setattr(space, "learnt_from", lambda sampler, number: number)
    assert waited == [space.drawn(its, {"optimizer.lr": 0.1}, search, study, number) for number in numbers]


def test_no_objective_is_ahead_of_another_by_more_than_its_turn(go, workers, tmp_path, monkeypatch):
    ended, original = [], turns.Turns._keep

    def keep(self, attempt):
        original(self, attempt)
        ended.append([self._kept(place) for place in (0, 1)])

    monkeypatch.setattr(turns.Turns, "_keep", keep)
    workers(1, random.Random(0))
    assert go("loss=ce,gce", "trials=12", LR, "jobs=1") == 0
    assert all(abs(one - other) <= 1 for one, other in ended)
    assert ended[-1] == [12, 12]


def test_a_cell_that_several_trials_have_is_trained_once(go, workers, tmp_path):
    begun, _ = workers(5, random.Random(0))
    assert go("trials=10", *FEW, "tune.sampler=random") == 0
    (study,) = tried(tmp_path).values()
    assert len(study) == 10
    rates = {params["optimizer.lr"] for params, _, _ in study}
    trained = begun[1:-1]  # but for the defaults, and those in the comparison in the end
    assert len(trained) == len(set(trained)) == len(rates - {"0.1"}) + ("0.1" in rates)


@pytest.mark.programs
def test_workers_come_to_what_one_comes_to_bit_for_bit(go, stored, tmp_path):
    said = ("loss=ce,gce", "seeds=2", "trials=4", LR, "tune.sampler=random", "final.noise=0,0.4", "final.seeds=3")
    for jobs in (1, 3):
        assert go(*said, f"jobs={jobs}", store=tmp_path / str(jobs)) == 0
    assert stored(tmp_path / "3") == stored(tmp_path / "1")
    assert tried(tmp_path / "3") == tried(tmp_path / "1")


def mortal(task, say):
    """Training that a large learning rate kills, the first time or always."""
    lr, mark = task.config.training.optimizer["lr"], Path(task.config.store, "mark")
    if lr == 0.5 or (lr == 0.2 and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    trains(task, say)


trains = sweep.train


@pytest.mark.programs
def test_a_worker_that_dies_costs_no_trial(go, tmp_path, monkeypatch, capsys):
    said = ("trials=3", "optimizer.lr=0.01", "space.optimizer.lr=choice(0.2,0.5,0.01)", "tune.sampler=grid", "jobs=2")
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "train", mortal)
        assert go(*said) == 1
    err = capsys.readouterr().err
    assert "the objective, trial 3 of 3: optimizer.lr=0.5: its process died; the same command tries it again" in err
    assert "1 of 3 trials are missing, and nothing is selected" in err
    (study,) = tried(tmp_path).values()
    assert [(float(params["optimizer.lr"]), state) for params, _, state in study] == [(0.01, "done"), (0.2, "done")]
    before = finished(tmp_path)
    assert len(before) == 2, "the defaults and a trial"
    assert go(*said) == 0
    assert [state for _, _, state in next(iter(tried(tmp_path).values()))] == ["done"] * 3
    assert before.items() <= finished(tmp_path).items()


@pytest.mark.programs
def test_a_trial_in_the_hands_of_another_process_is_waited_for_and_then_left_to_it(go, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "WAIT", 0.1)
    said = ("trials=3", "space.optimizer.lr=choice(0.2,0.01)", "tune.sampler=grid")
    (cell,) = compose_cells([*QUICK, f"store={tmp_path}", "optimizer.lr=0.2"], multirun=False)
    (planned,) = plan([cell])
    record = planned.cell.seed(0).claim()
    with pytest.raises(ConfigError, match=r"trial 2 of 3: optimizer\.lr=0\.2: a seed is running, by another process"):
        tune.main([*QUICK, f"store={tmp_path}", *said])
    record.abandon()
    assert go(*said) == 0
    assert [state for _, _, state in next(iter(tried(tmp_path).values()))] == ["done"] * 3


@pytest.mark.programs
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_after_a_signal_nothing_is_trained_twice_and_the_end_is_the_same(number, stored, tmp_path):
    said = (
        "dataset=blobs", "epochs=30", "val_fraction=0.2", "exec.wandb.mode=disabled", "exec.progress=lines", "jobs=2",
        "loss=ce,gce", "trials=3", LR, "final.seeds=2",
    )  # fmt: skip
    whole, there = tmp_path / "whole", tmp_path / "disturbed"
    assert program(*said, f"store={whole}", module="runner.tune", cwd=tmp_path).returncode == 0
    with started(*said, f"store={there}", module="runner.tune", cwd=tmp_path) as (child, _, err):
        await_that(lambda: "trial 2 of 3" in err.read_text())
        os.kill(child.pid, number)
        assert child.wait() == (130 if number == signal.SIGINT else -number)
    before = finished(there)
    assert before
    again = program(*said, f"store={there}", module="runner.tune", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert stored(there) == stored(whole)
    assert tried(there) == tried(whole)
    assert before.items() <= finished(there).items()
