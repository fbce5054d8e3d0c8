"""Cut short and continued is the same as never cut short, bit for bit."""

import io
import os
import pickle
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.launch import session
from runner.store.store import Store, cell_of
from runner.training import events
from runner.training.events import Ended, Row, Saved, Started, Stopped
from runner.training.run import run
from tests.program import interrupted, program

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = {
    "plain": [],
    "adam": ["optimizer=adam", "optimizer.lr=0.01"],
    "batch norm, clipping, step schedule": ["model.norm=batch", "grad_clip=1", "schedule=step"],
    "a loss with state": ["loss=elr"],
    "a loss that draws": ["loss=nlnl"],
    "augmented": ["dataset=digits", "augment=strong", "batch_size=256"],
    "sampled by class": ["sampler=class_balanced", "imbalance=4"],
    "validated, rarely": ["val_fraction=0.2", "eval_every=3"],
}


def plain(values):
    return {key: value for key, value in values.items() if key != "seconds"}


def followed(happenings):
    """Rows without their seconds, ends, and states at their epochs as they would be on the disk."""
    rows, ends, states = [], {}, {}
    try:
        for event in happenings:
            match event:
                case Row():
                    rows.append((event.seed, plain(event.values)))
                case Ended():
                    ends[event.seed] = event.state
                case Saved():
                    kept = io.BytesIO()
                    torch.save(event.state, kept)
                    states[event.epoch] = kept.getvalue()
    except Stopped:
        pass
    return rows, ends, states


def restored(state):
    return torch.load(io.BytesIO(state), weights_only=True)


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != "seconds")
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("said", EVERYTHING.values(), ids=EVERYTHING)
def test_going_on_is_as_if_nothing_had_been(compose, said):
    arguments = compose("epochs=6", "noise=0.4", "exec.checkpoint_every=1", *said, seeds=[0, 1, 2])
    rows, ends, states = followed(run(**arguments))
    assert set(states) == {1, 2, 3, 4, 5}
    for cut in (1, 4):
        again, ends_again, states_again = followed(run(**arguments, resume=restored(states[cut])))
        assert again == [(seed, row) for seed, row in rows if row["epoch"] > cut]
        assert ends_again == ends
        assert same(restored(states_again[5]), restored(states[5]))


def test_seeds_that_were_over_stay_so(compose, monkeypatch):
    """One of three diverges before the cut: the others go on beside it, and it says nothing more."""
    arguments = compose("epochs=4", "exec.checkpoint_every=1", "optimizer.lr=0.5", seeds=[0, 1, 2])
    original = events._measured

    def one_breaks(course, progress, *more):
        progress.broken[1] = 3  # as if its objective had not been finite
        return original(course, progress, *more)

    monkeypatch.setattr(events, "_measured", one_breaks)
    rows, ends, states = followed(run(**arguments))
    assert ends == {0: "done", 1: "diverged", 2: "done"}
    happenings = list(run(**arguments, resume=restored(states[2])))
    assert {e.seed for e in happenings if isinstance(e, Started)} == {0, 2}
    assert {e.seed for e in happenings if isinstance(e, Row)} == {0, 2}
    assert followed(happenings)[0] == [(seed, row) for seed, row in rows if row["epoch"] > 2]


def test_asked_to_stop_it_stops_after_the_epoch_in_hand_with_a_checkpoint(compose):
    arguments = compose("epochs=9", "exec.checkpoint_every=0")
    with pytest.raises(Stopped):
        list(run(**arguments, stopping=lambda: True))
    rows, _, states = followed(run(**arguments, stopping=lambda: True))
    assert [row["epoch"] for _, row in rows] == [1]
    assert list(states) == [1]


def test_automatic_checkpoints_are_a_tenth_of_the_run_apart_and_give_the_disk_time(compose, monkeypatch):
    arguments = compose("epochs=40")
    monkeypatch.setattr(events, "PAUSE", float("inf"))  # it is over in less
    assert not followed(run(**arguments))[2]
    monkeypatch.setattr(events, "PAUSE", 0.0)
    assert list(followed(run(**arguments))[2]) == list(range(4, 40, 4))


@pytest.fixture
def cell(tmp_path):
    (found,) = compose_cells(
        ["dataset=blobs", "epochs=6", "seeds=3", "noise=0.4", f"store={tmp_path}", "exec.progress=lines",
         "exec.checkpoint_every=1"], multirun=False,
    )  # fmt: skip
    return found


def go(cell):
    session.run_cell(cell, "a cell")
    return cell_of(cell)


def cut(cell, monkeypatch, epoch):
    """The process dies in the epoch after this one."""

    def dying(cell, seeds, **arguments):
        for event in run(cell, seeds, **arguments):
            if isinstance(event, Row) and event.values["epoch"] > epoch:
                raise KeyboardInterrupt
            yield event

    with monkeypatch.context() as patch:
        patch.setattr(session, "run", dying)
        with pytest.raises(KeyboardInterrupt):
            go(cell)
    return cell_of(cell)


def test_the_same_command_goes_on_where_it_was(cell, monkeypatch, capsys, stored, tmp_path):
    undisturbed = replace(cell, config=cell.config | {"store": str(tmp_path / "whole")})
    go(undisturbed)
    left = cut(cell, monkeypatch, 3)
    assert [c.facts["epoch"] for c in left.checkpoints()] == [3]
    began = []
    monkeypatch.setattr(session, "run", lambda *a, **k: began.append(k["resume"]["training"]["epoch"]) or run(*a, **k))
    done = go(cell)
    assert began == [3]
    assert done.seed(1).provenance()["continued_after_epoch"] == 3
    assert not (done.path / "checkpoints").exists()
    ours = {key: rows for key, rows in stored(tmp_path).items() if "whole" not in key}
    assert list(ours.values()) == list(stored(tmp_path / "whole").values())


def test_a_seed_that_was_finished_elsewhere_since_is_left_as_it_is(cell, monkeypatch, stored, tmp_path):
    """As after a sweep that was killed: one seed of the checkpoint's was trained while another was still held."""
    undisturbed = go(replace(cell, config=cell.config | {"store": str(tmp_path / "whole")}))
    left = cut(cell, monkeypatch, 3)
    shutil.rmtree(left.path / "seed=0")
    shutil.copytree(undisturbed.path / "seed=0", left.path / "seed=0")
    before = (left.path / "seed=0" / "status.json").read_bytes()
    done = go(cell)
    assert (left.path / "seed=0" / "status.json").read_bytes() == before
    assert done.seed(1).provenance()["continued_after_epoch"] == 3
    ours = {key: rows for key, rows in stored(tmp_path).items() if "whole" not in key}
    assert list(ours.values()) == list(stored(tmp_path / "whole").values())


def damaged_state(checkpoint):
    content = checkpoint.file.read_bytes()
    checkpoint.file.write_bytes(content[: len(content) // 2])


def damaged_header(checkpoint):
    checkpoint.file.write_bytes(b"{" + checkpoint.file.read_bytes()[20:])


class Wicked:
    def __reduce__(self):
        return os.system, ("touch wicked",)


def wicked(checkpoint):
    seeds, epoch, rows = (checkpoint.facts[key] for key in ("seeds", "epoch", "rows"))
    cell = checkpoint.cell
    cell.keep_checkpoint(seeds, {"epoch": epoch, "rows": rows}, pickle.dumps({"training": Wicked()}))


def rows_gone(checkpoint):
    (checkpoint.file.parents[1] / "seed=1" / "rows.jsonl").write_text("")


def rows_broken(checkpoint):
    file = checkpoint.file.parents[1] / "seed=1" / "rows.jsonl"
    file.write_bytes(file.read_bytes()[:-30])


@pytest.mark.parametrize("damage", [damaged_state, damaged_header, wicked, rows_gone, rows_broken])
def test_what_cannot_be_trusted_is_named_and_trained_anew(cell, damage, monkeypatch, capsys, stored, tmp_path):
    monkeypatch.chdir(tmp_path)
    left = cut(cell, monkeypatch, 3)
    (checkpoint,) = left.checkpoints()
    checkpoint.cell = left
    damage(checkpoint)
    capsys.readouterr()
    done = go(cell)
    assert "is of no use" in capsys.readouterr().err
    assert all(done.seed(seed).finished for seed in range(3))
    assert done.seed(1).provenance()["continued_after_epoch"] is None
    assert not (tmp_path / "wicked").exists()
    assert not (done.path / "checkpoints").exists()
    undisturbed = go(replace(cell, config=cell.config | {"store": str(tmp_path / "whole")}))
    for seed in range(3):
        assert [plain(r) for r in done.seed(seed).rows()] == [plain(r) for r in undisturbed.seed(seed).rows()]


LONG = ["dataset=blobs", "epochs=20", "seeds=3", "exec.progress=lines", "exec.checkpoint_every=1"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store that it was trained in without a stop."""
    store = tmp_path_factory.mktemp("whole")
    assert program(*LONG, f"store={store}", cwd=store).returncode == 0
    return store


@pytest.mark.programs
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2, signal.SIGKILL])
def test_a_process_that_is_stopped_or_killed_goes_on(number, tmp_path, stored, whole):
    there = tmp_path / "disturbed"
    status, _ = interrupted(number, there, "cells/*/checkpoints/*.checkpoint", *LONG)
    assert status == (130 if number != signal.SIGKILL else -signal.SIGKILL)
    (cell,) = Store(there).cells()
    assert cell.checkpoints()
    again = program(*LONG, f"store={there}", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert cell.seed(0).provenance()["continued_after_epoch"] >= 1
    assert stored(there) == stored(whole)
