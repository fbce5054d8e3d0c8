"""A cell in the store: nothing twice, nothing lost."""

import signal
from pathlib import Path

import pytest

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.launch import session
from runner.store.store import Store
from tests.program import interrupted, program

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_done_is_not_done_again(go, capsys):
    go("seeds=2")
    before = capsys.readouterr().err
    assert "epoch 2/2" in before
    cell = go("seeds=2")
    assert "2 of 2 seeds are in" in (said := capsys.readouterr().err)
    assert "epoch" not in said
    assert cell.seeds() == [0, 1]


def test_more_seeds_train_only_what_lacks(go, stored, tmp_path, monkeypatch):
    go("seeds=2")
    before = stored(tmp_path)
    trained = []
    original = session.run
    monkeypatch.setattr(
        session, "run", lambda cell, seeds, **k: trained.append(list(seeds)) or original(cell, seeds, **k)
    )
    cell = go("seeds=5")
    assert trained == [[2, 3, 4]]
    assert cell.seeds() == [0, 1, 2, 3, 4]
    after = stored(tmp_path)
    assert all(after[key] == before[key] for key in before)


def test_what_the_store_has_is_given_back(tmp_path):
    said = ["dataset=blobs", "epochs=2", f"store={tmp_path}", "exec.progress=none"]
    for seeds in (2, 1):
        (cell,) = compose_cells([*said, f"seeds={seeds}"], multirun=False)
        found = session.run_cell(cell, "a cell")
        assert list(found.outcomes) == list(range(seeds))
        rows = Store(tmp_path).cell(cell.identity, cell.choices).seed(0).rows()
        assert found.outcomes[0].rows["last"] == rows[-1]
        assert found.choices["loss"] == "ce"


def test_what_came_before_the_first_step_of_each_stack_is_kept(go):
    cell = go("seeds=2", "exec.stack=1")
    took = [cell.seed(seed).status()["took"] for seed in (0, 1)]
    assert all(each["start_seconds"] > 0 for each in took)
    assert took[0]["launch_seconds"] == took[1]["launch_seconds"] > 0
    assert took[0]["start_seconds"] != took[1]["start_seconds"]


@pytest.mark.parametrize("stack", [1, 2])
def test_the_stack_is_bookkeeping(go, stored, tmp_path, stack):
    go("seeds=3", "noise=0.4")
    whole = stored(tmp_path)
    go("seeds=3", "noise=0.4", f"exec.stack={stack}", f"store={tmp_path / 'chunks'}")
    chunks = stored(tmp_path / "chunks")
    assert whole.keys() == chunks.keys()
    for key in whole:
        for a, b in zip(whole[key], chunks[key], strict=True):
            assert a == pytest.approx(b, rel=1e-4, abs=1e-4)


def test_provenance_says_what_and_with_what(go):
    cell = go("noise=0.4", "imbalance=2", "val_fraction=0.2")
    found = cell.seed(0).provenance()
    assert {"commit", "diff", "packages", "device", "data_sha256", "seconds", "peak_memory_bytes"} <= set(found)
    train = found["train"]
    assert sum(train["class_counts"]) == train["examples"]
    assert 0.2 < train["noise_rate"] < 0.6
    assert len(train["transition"]) == 4
    assert found["val"]["examples"] > 0
    assert found["stack"] == [0]


def test_final_diagnostics_are_kept(go):
    record = go("noise=0.4", "seeds=2", "val_fraction=0.2").seed(1)
    diagnostics, last = record.final_diagnostics(), record.status()["selected"]["last"]
    classes = record.provenance()["train"]["class_counts"]
    assert len(diagnostics["recall"]) == len(classes)
    assert sum(diagnostics["recall"]) / len(classes) == pytest.approx(last["test/balanced_accuracy"])
    number, confidence, accuracy = zip(*diagnostics["reliability"], strict=True)
    error = sum(n * abs(c - a) for n, c, a in zip(number, confidence, accuracy, strict=True)) / sum(number)
    assert error == pytest.approx(last["test/ece"])
    flipped = sum(diagnostics["flipped_losses"]) / sum(diagnostics["flipped_losses"] + diagnostics["clean_losses"])
    assert flipped == pytest.approx(record.provenance()["train"]["noise_rate"])


def test_the_first_gradient_is_measured_before_it_is_clipped(go):
    def norm(*overrides):
        return go(*overrides, "seeds=2").seed(1).provenance()["gradient_norm_at_start"]

    free = norm()
    assert norm("grad_clip=0.001") == free > 0.001
    assert norm("exec.stack=1", "batch_size=512") != free
    assert norm("epochs=3", "exec.stack=1") == pytest.approx(free)


def test_a_failure_is_told_kept_and_tried_again(go, monkeypatch, capsys):
    def broken(*_, **__):
        raise RuntimeError("the roof is on fire")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(session, "run", broken)
        cell = go("seeds=2")
    status = cell.seed(1).status()
    assert status["state"] == "failed"
    assert status["cause"] == "RuntimeError: the roof is on fire"
    assert "Traceback" in status["traceback"]
    assert status["command"] == cell.seed(0).status()["command"].replace("seed=0", "seed=1")
    assert status["command"].endswith(" seed=1 seeds=1")
    assert "the roof is on fire" in capsys.readouterr().err
    assert go("seeds=2").seed(1).finished


def test_other_stacks_go_on_when_one_fails(go, monkeypatch):
    original = session.run

    def broken(cell, seeds, **arguments):
        if 0 in seeds:
            raise RuntimeError("only this one")
        return original(cell, seeds, **arguments)

    monkeypatch.setattr(session, "run", broken)
    cell = go("seeds=2", "exec.stack=1")
    assert [cell.seed(s).status()["state"] for s in (0, 1)] == ["failed", "done"]


def test_a_diverged_seed_is_an_outcome(go):
    cell = go("optimizer.lr=1e30", "epochs=3")
    assert cell.seed(0).finished
    status = cell.seed(0).status()
    assert status["state"] == "diverged"
    assert "not finite" in status["cause"]


def test_what_cannot_be_built_leaves_nothing(go, tmp_path):
    for impossible in ("imbalance=1e6", "model=cnn", "optimizer.lr=-1"):
        with pytest.raises(ConfigError):
            go(impossible)
    assert not tmp_path.exists() or list(tmp_path.iterdir()) == []


@pytest.mark.programs
def test_ctrl_c_keeps_what_is_finished(tmp_path, stored):
    """Interrupted in its second stack of one, started again: the rows of an undisturbed run."""
    said = ["dataset=blobs", "epochs=40", "seeds=3", "exec.stack=1", "exec.progress=lines"]
    there = tmp_path / "disturbed"
    status, said_last = interrupted(signal.SIGINT, there, "cells/*/seed=1/rows.jsonl", *said)
    assert status == 130
    assert "interrupted" in said_last
    assert "Traceback" not in said_last
    (cell,) = Store(there).cells()
    assert [cell.seed(s).status()["state"] for s in cell.seeds()] == ["done", "planned"]
    finished = cell.seed(0).rows()
    assert program(*said, f"store={there}", cwd=tmp_path).returncode == 0
    assert cell.seed(0).rows() == finished
    whole = tmp_path / "whole"
    assert program(*said, f"store={whole}", cwd=tmp_path).returncode == 0
    assert stored(there) == stored(whole)
