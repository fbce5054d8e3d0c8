"""Tuning: the same budget for every objective, nothing lost, and no look at the test set."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from runner import report, tune
from runner.comparison import tuning
from runner.comparison.results import Outcome, Result, read
from runner.compose.cell_config import unless_said
from runner.compose.command_line import compose_cells
from runner.compose.dimension import dimension
from runner.console.errors import ConfigError
from runner.console.plain import Plain
from runner.launch.sweep import Board
from runner.store.store import Store
from runner.tasks.declared.classification import CLASSIFICATION
from runner.tasks.families import DECLARED, TASKS
from runner.tuning import training, trials, turns
from runner.tuning.quasi_random import quasi_random
from runner.tuning.space import drawn
from tests.journals import tried

ROOT = Path(__file__).resolve().parents[2]
RANDOM = tuning.Search("val/accuracy", "last", "random", 0)
QUICK = ["dataset=blobs", "epochs=1", "val_fraction=0.2", "noise=0.2", "exec.progress=none"]
LR = "space.optimizer.lr=log(1e-3,1)"


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Tune as the command line would; the exit status."""
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            tune.main([*unless_said([*QUICK, f"store={tmp_path}"], arguments), *arguments])
        return ended.value.code

    return run


@pytest.fixture
def fake(monkeypatch):
    """Nothing is trained: a cell ends as this function of its learning rate says; the list of what was asked for."""

    def replaced(row):
        made, ended = [], {}

        def came_to(lr):
            state, last = ended[lr] if lr in ended else row(lr)
            rules = {"last": last, "best_val": last} if last else {}
            metrics = DECLARED if state != "failed" else {}
            return Result(repr(lr), {}, {}, "", "", {0: Outcome(state, rules, metrics=metrics)})

        def swept(cells, settings, more=None, expected=0):
            todo = list(cells)
            for planned in todo:
                lr = planned.config.config["optimizer"]["lr"]
                made.append((planned.name, lr, planned.config.config["seeds"]))
                ended[lr] = row(lr)
                todo += more(planned) if more else []
            return []

        def found(cell, seeds):
            return came_to(cell.question["optimizer"]["lr"] if cell.question else float(cell.path.name))

        for module in (training, turns):
            monkeypatch.setattr(module, "sweep", swept)
        for module in (training, turns, trials):
            monkeypatch.setattr(module, "result", found)
        return made

    return replaced


def words(out):
    return " ".join(out.split())


def done(val, test=0.5):
    return "done", {"val/accuracy": val, "val/nll": val, "test/accuracy": test}


def rates(root):
    (study,) = tried(root).values()
    return [params["optimizer.lr"] for params, _, _ in study]


@pytest.mark.programs
def test_objectives_have_equal_budgets_and_meet_the_same_values_of_what_they_share(go, tmp_path, capsys):
    said = ["loss=ce,gce", "trials=3", LR, "space.loss.q=uniform(0.1,1)", "tune.sampler=random", "final.seeds=2"]
    assert go(*said) == 0
    out = capsys.readouterr().out
    assert "loss.q is not searched for loss=ce: there is no such key" in out
    assert out.count("best of 3 trials") == out.count("at its defaults") == 2
    assert out.count("(n=2)") == 8
    ce, gce = (next(v for k, v in tried(tmp_path).items() if f"loss={loss} " in f"{k} ") for loss in ("ce", "gce"))
    assert len(ce) == len(gce) == 3
    assert [set(params) for params, _, _ in ce] == [{"optimizer.lr"}] * 3
    assert [params["optimizer.lr"] for params, _, _ in ce] == [params["optimizer.lr"] for params, _, _ in gce]
    assert len({params["loss.q"] for params, _, _ in gce}) == 3
    for params, value, state in gce:
        (cell,) = compose_cells([*QUICK, "loss=gce", *(f"{k}={v}" for k, v in params.items())], multirun=False)
        status = Store(tmp_path).cell(cell.identity, cell.choices).seed(0).status()
        assert state == status["state"] == "done"
        assert value == status["selected"]["last"]["val/accuracy"]


@pytest.mark.programs
def test_the_same_command_trains_nothing_and_a_larger_budget_only_what_is_new(go, tmp_path, monkeypatch):
    assert go("trials=2", LR) == 0
    before = rates(tmp_path)
    started = []
    original = Board.add

    def add(board, todo):
        new = list(todo)
        started.extend(task.config.training.optimizer["lr"] for task in new)
        original(board, new)

    monkeypatch.setattr(Board, "add", add)
    assert go("trials=2", LR) == 0
    assert started == []
    assert go("trials=3", LR) == 0
    assert rates(tmp_path)[:2] == before
    assert started == rates(tmp_path)[2:]
    assert go("trials=1", LR, "tune.list=true") == 0


@pytest.mark.programs
def test_trials_of_which_the_store_says_something_else_are_not_selected_from(go, tmp_path, capsys):
    said = ["loss=ce,gce", LR, "trials=2", "seeds=1"]
    assert go(*said) == 0
    capsys.readouterr()
    (journal,) = (tmp_path / "tune").glob("*/journal.log")
    before = journal.read_text()
    number = re.search(r'"value":([\d.]+)', before)[1]
    journal.write_text(before.replace(f'"value":{number}', '"value":0.999', 1))
    with pytest.raises(ConfigError, match=rf"tune/\w+: trial 0 of loss=\w+ came to 0\.999, and .* has {number} now"):
        tune.main([*unless_said(QUICK, said), f"store={tmp_path}", *said])
    journal.write_text(before)
    assert go(*said) == 0
    trial = next(cell for cell in read(tmp_path) if len(cell.outcomes) == 1 and cell.settings["optimizer.lr"] != 0.1)
    for spoil in (shutil.rmtree, lambda folder: (folder / "seed=0" / "status.json").write_text("{}")):
        spoil(trial.folder)
        assert go(*said) == 0
        assert Store(tmp_path).named(trial.cell).seed(0).finished


def test_a_value_is_drawn_whatever_else_is_searched():
    study, unit = optuna.create_study(), dimension("loss.q", "uniform(0,1)")
    alone, both, other = (drawn(dict.fromkeys(keys, unit), {}, RANDOM, study, 1) for keys in ("a", "ba", "b"))
    assert both == alone | other
    assert both["a"] != both["b"]
    assert drawn({"a": unit}, {}, RANDOM._replace(seed=1), study, 1) != alone


@pytest.mark.parametrize("sampler", ["tpe", "ei_per_gradient"])
def test_trials_before_any_is_learnt_from_are_quasi_random(sampler):
    """Of which each sampler has the same."""
    space, search = {"optimizer.lr": dimension("optimizer.lr", "log(1e-4,1)")}, RANDOM._replace(sampler=sampler)
    made = [drawn(space, {"optimizer.lr": 0.1}, search, optuna.create_study(), number) for number in range(10)]
    assert made == [{"optimizer.lr": 0.1}, *(quasi_random(space, 0, number) for number in range(1, 10))]


@pytest.mark.parametrize("sampler", ["tpe", "random", "cross_entropy", "ei_per_gradient"])
def test_after_an_exception_it_goes_on_as_if_nothing_had_happened(sampler, go, fake, tmp_path):
    said = ["trials=12", LR, f"tune.sampler={sampler}"]  # of which none learns from the first ten
    fake(lambda lr: done(1 - (lr - 0.1) ** 2))
    assert go(*said, f"store={tmp_path / 'whole'}") == 0
    calls = iter(range(100))

    def broken(lr):
        if next(calls) == 11:
            raise RuntimeError("the roof is on fire")
        return done(1 - (lr - 0.1) ** 2)

    fake(broken)
    there = tmp_path / "disturbed"
    with pytest.raises(RuntimeError, match="roof"):
        tune.main([*unless_said(QUICK, said), *said, f"store={there}"])
    assert len(rates(there)) == 10
    assert go(*said, f"store={there}") == 0
    assert tried(there) == tried(tmp_path / "whole")
    assert len(set(rates(there))) == 12


@pytest.mark.parametrize("sampler", ["tpe", "cross_entropy", "ei_per_gradient"])
def test_it_learns_from_the_trials_before(sampler):
    space = {"optimizer.lr": dimension("optimizer.lr", "log(1e-3,1)")}

    def sampled(sampler):
        study = optuna.create_study()
        for _ in range(30):
            search = RANDOM._replace(sampler=sampler)
            params = drawn(space, {"optimizer.lr": 0.1}, search, study, len(study.trials))
            distributions = {key: searched.distribution for key, searched in space.items()}
            value = abs(math.log10(params["optimizer.lr"]) + 2)
            study.add_trial(optuna.trial.create_trial(value=value, params=params, distributions=distributions))
        return [trial.value for trial in study.trials]

    learnt, random = sampled(sampler), sampled("random")
    assert learnt[0] == random[0] == 1, "the defaults"
    assert sum(learnt[10:]) < 0.75 * sum(random[10:])


def test_a_journal_cut_short_in_a_line_and_a_lock_left_over_are_mended(go, fake, tmp_path):
    fake(lambda lr: done(lr))
    assert go("trials=2", LR) == 0
    before = tried(tmp_path)
    (journal,) = tmp_path.glob("tune/*/journal.log")
    with journal.open("ab") as stream:
        stream.write(b'{"op_code":4,"stu')
    journal.with_name("journal.log.lock").symlink_to(journal)
    assert go("trials=3", LR) == 0
    ((name, study),) = tried(tmp_path).items()
    assert study[:2] == before[name]
    assert len(study) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("\n", "\ngarbage\n", 1),
        lambda text: "[]\n",
        lambda text: text.replace('"op_code":4', '"op_code":"x"', 1),
        lambda text: text.replace('"state":1', '"state":99', 1),
        lambda text: text.replace('"state":"done"', '"stat":"done"', 1),
        lambda text: text.replace('"command"', '"comand"', 1),
        lambda text: b"\xff\xfe\n" + text.encode(),
    ],
)
def test_a_damaged_journal_is_refused_in_one_line(go, fake, tmp_path, damage):
    fake(lambda lr: ("done", {"val/accuracy": lr, "test/accuracy": lr}))
    said = ["loss=ce", LR, "trials=2", "seeds=1"]
    assert go(*said) == 0
    (journal,) = (tmp_path / "tune").glob("*/journal.log")
    damaged = damage(journal.read_text())
    journal.write_bytes(damaged if isinstance(damaged, bytes) else damaged.encode())
    with pytest.raises(ConfigError) as refused:
        tune.main([*unless_said(QUICK, said), f"store={tmp_path}", *said])
    assert str(journal.parent) in str(refused.value)
    assert "without " in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["journal.log", "lock"])
def test_a_pipe_is_not_waited_for(go, fake, tmp_path, name):
    fake(lambda lr: done(lr))
    assert go("trials=1", LR) == 0
    (folder,) = tmp_path.glob("tune/*")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ConfigError) as refused:
        tune.main([*QUICK, f"store={tmp_path}", "trials=1", LR])
    assert str(folder if name == "journal.log" else tmp_path) in str(refused.value)


def test_two_processes_do_not_tune_the_same(go, fake, tmp_path):
    calls = []

    def meanwhile(lr):
        calls.append(lr)
        if len(calls) == 2:  # the first trial, after the defaults
            with pytest.raises(ConfigError, match="another process"):
                tune.main([*QUICK, f"store={tmp_path}", "trials=1", LR])
        return done(lr)

    fake(meanwhile)
    assert go("trials=1", LR) == 0
    assert len(rates(tmp_path)) == 1


def test_selection_does_not_look_at_the_test_set(go, fake, tmp_path):
    """The better the validation, the worse the test."""
    asked_for = fake(lambda lr: done(val=1 - lr, test=lr))
    assert go("trials=4", LR, "final.seeds=7") == 0
    best = min(rates(tmp_path))
    assert [lr for title, lr, seeds in asked_for if seeds == 7] == [0.1, best]
    assert [value for _, value, _ in next(iter(tried(tmp_path).values()))] == [1 - lr for lr in rates(tmp_path)]


@pytest.mark.programs
def test_the_comparison_in_the_end_can_be_elsewhere_and_is_kept(go, tmp_path, capsys):
    file = tmp_path / "kept.jsonl.gz"
    said = ["loss=ce,gce", "trials=2", "space.optimizer.lr=choice(0.1,1e30)", "tune.sampler=grid", "epochs=2"]
    assert go(*said, "final.seeds=2", "final.noise=0.1,0.4", "final.val_fraction=0", f"keep={file}") == 0
    out = capsys.readouterr().out
    assert out.count("best of 2 trials, 1 diverged, which is its defaults:") == out.count("at its defaults") == 4
    assert out.count("(n=2)") == 8
    assert "without val/accuracy" not in out
    kept = [each.settings for each in read(file)]
    assert [(each["loss"], each["noise"]) for each in kept] == [(a, b) for a in ("ce", "gce") for b in (0.1, 0.4)]
    assert {(each["val_fraction"], each["optimizer.lr"]) for each in kept} == {(0.0, 0.1)}
    assert [each["loss"] for each in kept] == ["ce", "ce", "gce", "gce"]
    for its in (each.tuning for each in read(file)):
        studies = [study for name, study in tried(tmp_path).items() if f"{its.objective} " in f"{name} "]
        assert [[tuple(trial) for trial in its.trials]] == studies
        assert (its.chosen, its.space) == (["optimizer.lr=0.1"], {"optimizer.lr": "choice(0.1,1e30)"})
        assert its.search == tuning.Search("val/accuracy", "last", "grid", 0)
        assert {"val_fraction=0.2", "epochs=2", its.objective} <= set(its.overrides)
        assert not any(word.startswith(("store=", "exec.")) for word in its.overrides)
    report.main([f"store={file}", "rows=loss,optimizer.lr"])
    out = words(capsys.readouterr().out)
    assert "tuned: trials 2, space of optimizer.lr choice(0.1,1e30), judged by val/accuracy at the last epoch" in out
    assert "│ 2 (2 unlike), 1 diverged │" in out
    again = tmp_path / "again.jsonl"
    report.main([f"store={file}", f"pack={again}", "only=test/accuracy"])
    assert [each.tuning for each in read(again)] == [each.tuning for each in read(file)]


@pytest.mark.programs
def test_an_objective_of_which_no_trial_came_to_anything_is_named_beside_the_others(go, tmp_path, capsys):
    file = tmp_path / "kept.jsonl"
    said = ["epochs=2", "trials=1", "space.optimizer.lr=choice(0.1)", "tune.sampler=grid", f"keep={file}"]
    assert go("optimizer.weight_decay=0,1e30", *said) == 0
    (its,) = read(file)
    assert its.tuning.lost == ["optimizer.weight_decay=1e30"]
    report.main([f"store={file}"])
    assert "so it has no row: optimizer.weight_decay=1e30" in words(capsys.readouterr().out)
    before = file.read_bytes()
    assert go("optimizer.weight_decay=1e30", *said) == 0
    assert f"keep={file}: nothing was selected, and nothing is kept" in capsys.readouterr().err
    assert file.read_bytes() == before


@pytest.mark.programs
def test_the_tuned_ones_are_compared_seed_by_seed(go, tmp_path, capsys):
    said = ["loss=gce,ce", "trials=1", "space.optimizer.lr=choice(0.1)", "tune.sampler=grid"]
    assert go(*said, "final.seed=100", "final.seeds=6", "final.noise=0,0.4") == 0
    out = words(capsys.readouterr().out)
    assert "difference to loss=ce under the same seed, in points" in out
    assert "corrected for 2 comparisons" in out
    assert [out.count(f"│ loss=gce │ noise={noise} │") for noise in (0.0, 0.4)] == [1, 1]
    stored = {seed for cell in Store(tmp_path).cells() for seed in cell.seeds()}
    assert stored == {0, *range(100, 106)}, "the defaults and the trials have seed 0, and the comparison has not"
    assert go(*said) == 0
    assert "final.seeds=10" in capsys.readouterr().out
    assert go("trials=1", LR) == 0
    assert "difference" not in (out := capsys.readouterr().out)
    assert "final.seeds=10" not in out


def test_the_first_trial_is_the_defaults_which_are_selected_where_no_other_is_better(go, fake, monkeypatch, capsys):
    kept = []
    monkeypatch.setattr(tune, "pack", lambda selected, file: kept.extend(selected))
    fake(lambda lr: done(0.9 if lr == 0.1 else 0.8))
    assert go("loss=ce,gce", "trials=4", "space.optimizer.lr=log(0.2,1)", "keep=kept.jsonl") == 0
    out = words(capsys.readouterr().out)
    assert "loss=ce, at its defaults: optimizer.lr=0.1 │ 90.00 │" in out
    assert "loss=ce, best of 4 trials, which is its defaults: optimizer.lr=0.1 (outside) │ 90.00 │" in out
    assert "trials: the defaults, then 3 quasi-random" in out
    for its in (each.tuning for each in kept):
        assert tuning.tuning_of("", json.loads(json.dumps(tuning.written(its)))) == its
        assert (its.trials[0], its.defaults, its.unmoved) == (({"optimizer.lr": 0.1}, 0.9, "done"), 0.9, True)
        assert (its.chosen, its.ends) == (["optimizer.lr=0.1"], {"optimizer.lr": "outside"})
    for select, same in (("val/nll", False), ("val/accuracy", True)):
        assert go("trials=2", "space.optimizer.lr=choice(0.3)", "tune.sampler=grid", f"tune.select={select}") == 0
        assert ("which is its defaults" in capsys.readouterr().out) == same


def test_what_was_selected_is_held_against_the_defaults_seed_by_seed(go, fake, capsys):
    fake(lambda lr: done(val=lr, test=0.5 + lr / 10))
    assert go("trials=2", "space.optimizer.lr=choice(0.6,0.1)", "tune.sampler=grid") == 0
    out = words(capsys.readouterr().out)
    assert "best of 2 trials: optimizer.lr=0.6 (highest) │ 60.00 │ 60.00 (n=1) │ 56.00 (n=1) │ +5.00 │" in out


def test_its_table_is_not_cut_in_a_narrow_terminal(go, fake, monkeypatch, capsys):
    fake(lambda lr: done(0.9))
    monkeypatch.setattr(tune, "wide_console", lambda: Plain(width=80))
    assert go("loss=ce,gce", "trials=1", LR, "final.noise=0,0.4") == 0
    table = capsys.readouterr().out.partition("Objectives at their")[0]
    assert "…" not in table
    assert "accuracy" in table
    assert max(map(len, table.splitlines())) <= 80


def test_what_is_better_the_lower_is_selected_the_lowest(go, fake, tmp_path):
    asked_for = fake(lambda lr: done(val=lr))
    assert go("trials=4", LR, "tune.select=val/nll") == 0
    assert asked_for[-1][1] == min(rates(tmp_path))


@pytest.mark.programs
def test_a_diverged_trial_uses_up_its_budget_and_is_not_selected(go, tmp_path, capsys):
    said = ["trials=2", "space.optimizer.lr=choice(1e30,0.01)", "tune.sampler=grid", "epochs=2", "optimizer.lr=1e30"]
    assert go(*said) == 0
    assert "best of 2 trials, 1 diverged" in (out := capsys.readouterr().out)
    assert "optimizer.lr=0.01" in out
    (study,) = tried(tmp_path).values()
    assert [(value is None, state) for _, value, state in study] == [(True, "diverged"), (False, "done")]


@pytest.mark.programs
def test_nothing_is_selected_where_all_diverge(go, capsys):
    said = ["optimizer.lr=1e30", "space.optimizer.lr=choice(1e30)"]
    assert go("trials=1", *said, "tune.sampler=grid", "epochs=2") == 0
    assert "nothing to select of 1 trial, 1 diverged" in capsys.readouterr().out


def test_a_failed_trial_is_the_worst_is_told_and_makes_the_exit_status_1(go, fake, capsys):
    ended = fake(lambda lr: ("failed", {}) if lr == 0.5 else done(lr))
    space = ["optimizer.lr=0.01", "space.optimizer.lr=choice(0.5,0.01,0.02)"]
    said = ["trials=3", *space, "tune.sampler=grid", "seeds=2"]
    assert go(*said) == 1
    found = capsys.readouterr()
    assert "best of 3 trials, 1 failed" in found.out
    assert "optimizer.lr=0.02" in found.out
    (line,) = [line for line in found.err.splitlines() if "failed: python -m runner" in line]
    assert line.endswith("seeds=2 optimizer.lr=0.5")
    ended.clear()
    assert go(*said) == 1
    assert 0.5 not in [lr for _, lr, _ in ended]


def test_ctrl_c_is_130_and_keeps_the_trials_that_have_ended(go, fake, tmp_path, capsys):
    calls = iter(range(100))

    def interrupted(lr):
        if next(calls) == 2:
            raise KeyboardInterrupt
        return done(lr)

    fake(interrupted)
    assert go("trials=3", LR) == 130
    assert "interrupted" in capsys.readouterr().err
    assert len(rates(tmp_path)) == 1


def test_a_grid_tries_every_combination_once(go, fake, tmp_path):
    fake(lambda lr: done(lr))
    assert (
        go("trials=4", "space.optimizer.lr=choice(0.1,0.2)", "space.model=choice(mlp,linear)", "tune.sampler=grid") == 0
    )
    (study,) = tried(tmp_path).values()
    assert {(p["optimizer.lr"], p["model"]) for p, _, _ in study} == {
        (lr, model) for lr in ("0.1", "0.2") for model in ("mlp", "linear")
    }


@pytest.mark.programs
def test_trials_can_be_judged_by_every_metric_of_validation(go, tmp_path):
    names = [extra.name for extra in CLASSIFICATION.extras]
    groups = ("dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=100")  # so that all can be measured
    assert go("trials=1", *groups, f"measure=[{','.join(names)}]", LR) == 0
    rows = [seed.rows() for cell in Store(tmp_path).cells() for seed in map(cell.seed, cell.seeds())]
    absent = {f"val/accuracy_in_{k}" for k in range(2, 24)}  # of environments that this data set has not
    assert {name for name in rows[0][-1] if name.startswith("val/")} == {
        key for key in CLASSIFICATION.declared if key.startswith("val/")
    } - absent
    assert set(tuning.JUDGES) == {key for task in TASKS.values() for key in task.declared if key.startswith("val/")}


REFUSED = {  # what is said: what the answer must contain
    LR: ["trials", "must be said"],
    "trails=2 space.optimizer.lr=log(1e-3,1)": ["trials has no default", "is it meant by trails?"],
    "trials=2": ["space", "space.optimizer.lr=log(1e-3,1)"],
    f"trials=0 {LR}": ["trials=0", "a whole number in [1, inf)"],
    f"trials=[ {LR}": ["trials=[", "a whole number"],
    f"trials=2 val_fraction=0 {LR}": ["val_fraction=0", "validation examples only"],
    f"trials=2 val_fraction=0.1,0 {LR}": ["val_fraction=0", "validation examples only"],
    f"trials=2 tune.select=test/accuracy {LR}": ["tune.select=test/accuracy", "did you mean val/accuracy?"],
    f"trials=2 tune.select=val/margin {LR}": ["tune.select=val/margin", "measure=[margins]"],
    f"trials=2 tune.select=val/rmse {LR}": ["tune.select=val/rmse", "classification", "val/brier"],
    f"trials=2 tune.at=best_test {LR}": ["tune.at=best_test", "last, best_val"],
    f"trials=2 tune.sampler=tpo {LR}": ["tune.sampler=tpo", "did you mean tpe?"],
    f"trials=2 tune.sampled=tpe {LR}": ["tune.sampled=tpe", "did you mean tune.sampler?"],
    f"trials=2 -m {LR}": ["-m: there is no such option", "key=value"],
    f"trials=2 loss=ce,ploy {LR}": ["loss=ploy", "did you mean poly?"],
    f"trials=2 optimizer.lr=0.1,0.2 {LR}": ["optimizer.lr=0.1 and optimizer.lr=0.2", "one objective"],
    "trials=2 space.loss.q=uniform(0.1,1)": ["space.loss.q=uniform(0.1,1)", "no objective has loss.q"],
    "trials=2 loss=gce space.loss.k=uniform(0,1)": ["no objective has loss.k", "choices: q"],
    "trials=2 space.optimiser.lr=log(1e-3,1)": ["no objective has optimiser.lr", "optimizer"],
    "trials=2 loss=ce,gce space.loss.q=uniform(0,1)": ["space.loss.q=uniform(0,1)", "loss=gce", "(0, 1]"],
    "trials=2 space.optimizer=choice(sgd,adan)": ["optimizer=adan", "did you mean adam?"],
    "trials=2 space.optimizer=choice(sgd,adam) space.optimizer.momentum=uniform(0,1)": ["optimizer.momentum=0.0"],
    "trials=2 space.batch_size=uniform(8,64)": ["batch_size=8.0", "a whole number"],
    "trials=2 space.optimizer.lr=log(0,1)": ["space.optimizer.lr=log(0,1)", "0 < a < b"],
    "trials=2 space.optimizer.lr=log(1,1e-3)": ["space.optimizer.lr=log(1,1e-3)", "0 < a < b"],
    "trials=2 space.optimizer.lr=uniform(0,inf)": ["space.optimizer.lr=uniform(0,inf)", "a < b"],
    "trials=2 space.optimizer.lr=uniform(1)": ["space.optimizer.lr=uniform(1)", "uniform(a,b)"],
    "trials=2 space.batch_size=int(1.5,3)": ["space.batch_size=int(1.5,3)", "whole numbers"],
    "trials=2 space.optimizer.lr=lg(1e-3,1)": ["space.optimizer.lr=lg(1e-3,1)", "did you mean log?"],
    "trials=2 space.optimizer.lr=0.1": ["space.optimizer.lr=0.1", "choice(x,y,...)"],
    "trials=2 space.optimizer.lr=choice()": ["space.optimizer.lr=choice()", "choice(x,y,...)"],
    "trials=2 space.noise=uniform(0,1)": ["space.noise=uniform(0,1)", "is given"],
    "trials=2 space.dataset.dim=int(2,8)": ["space.dataset.dim=int(2,8)", "is given"],
    "trials=2 space.seed=int(0,9)": ["space.seed=int(0,9)", "is given"],
    f"trials=2 {LR} final.nois=0.1": ["final.nois=0.1", "did you mean noise?"],
    f"trials=2 {LR} final.noise=0.1,2": ["final.noise=0.1,2", "noise=2"],
    f"trials=2 {LR} final.optimizer.lr=1": ["final.optimizer.lr=1", "is searched"],
    f"trials=10 tune.sampler=cross_entropy {LR}": ["trials=10", "draws 10 at random at first; ask for more"],
    f"trials=2 tune.sampler=grid {LR}": [LR, "tune.sampler=grid needs choice"],
    "trials=2 tune.sampler=grid space.optimizer.lr=choice(1,2,3)": [
        "trials=2",
        "4 combinations, its defaults among them",
    ],
    "trials=2 model=cnn space.optimizer.lr=uniform(0.1,1)": ["model"],
    f"trials=2 val_fraction=1e-9 {LR}": ["val_fraction=1e-09", "no val/accuracy"],
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_tuned_is_refused_in_one_line(said, tmp_path, monkeypatch):
    if "1e-9" not in said:  # which is found out where the defaults are trained
        monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as refusal:
        tune.main([*unless_said(QUICK, said.split()), f"store={tmp_path}", *said.split()])
    line = str(refusal.value)
    assert "\n" not in line
    assert all(part in line for part in REFUSED[said]), line
    assert not list(tmp_path.glob("tune/*"))
    if "1e-9" not in said:
        assert list(tmp_path.iterdir()) == []


def test_without_optuna_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(trials, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install -e '\.\[tune\]'"):
        tune.main([*QUICK, "trials=2", LR])


def test_a_refusal_does_not_wait_for_torch_or_optuna():
    code = "import sys, runner.tune; sys.exit(bool({'torch', 'optuna', 'wandb'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
