"""What is kept of test examples is what the rows were made of, and keeping it changes nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from runner.comparison.examples import ROOTS
from runner.comparison.kept_examples import Filed, examples
from runner.compose.command_line import compose_cells
from runner.data.prepare import hash_of_test
from runner.launch import session
from runner.store.record import EXAMPLES
from runner.store.store import Store, cell_of
from runner.tasks.families import TASKS
from runner.training.by_example import VALUES, ByExample
from runner.training.events import Row
from runner.training.looking_on import looking_on
from runner.training.run import run

SETTINGS = {
    "classes": ["dataset=blobs", "noise=0.4", "val_fraction=0.2", "epochs=5"],
    "sets of classes": ["dataset=blobs", "noise_type=candidates", "noise=0.3", "loss=cc", "epochs=2"],
    "numbers": ["dataset=friedman1", "loss=mse", "optimizer.lr=0.01", "epochs=2"],
    "labels": ["dataset=mosaic", "epochs=2"],
    "boxes": ["dataset=boxes", "epochs=2"],
}


def kept(record):
    status = record.checked()
    assert status["state"] == "done"
    return status["selected"], examples(Filed(f"{record.path}/{EXAMPLES}", *status["files"][EXAMPLES]))


def test_every_task_says_what_is_kept_of_it():
    assert VALUES.keys() == TASKS.keys()


@pytest.mark.parametrize("said", SETTINGS.values(), ids=SETTINGS)
def test_they_come_to_what_every_row_that_counts_says(said, tmp_path):
    (cell,) = compose_cells([*said, "seeds=2", f"store={tmp_path}", "exec.progress=none"], multirun=False)
    session.run_cell(cell, "a cell")
    for seed in (0, 1):
        rows, its = kept(cell_of(cell).seed(seed))
        assert its.test == hash_of_test(cell.data, cell.exec)
        assert {int(epoch) for epoch in its.epochs} == {row["epoch"] for row in rows.values()}
        for row in rows.values():
            names = its.epochs[str(row["epoch"])]
            assert names
            for name in names:
                mean = np.mean(its.values(row["epoch"], name).astype(float))
                tight = 1e-12 if name == "test/accuracy" else 1e-3
                assert (np.sqrt(mean) if name in ROOTS else mean) == pytest.approx(row[name], rel=tight)


def test_training_is_the_same_to_the_bit(compose):
    """Whoever looks on is shown the tensors themselves, and draws nothing."""
    arguments = compose("epochs=4", "noise=0.4", seeds=[0, 1])
    alone = [event.values for event in run(**arguments) if isinstance(event, Row)]
    looker = ByExample(TASKS["classification"], [0, 1])
    with looking_on(looker.see):
        beside = []
        for event in run(**arguments):
            if isinstance(event, Row):
                beside.append(event.values)
                looker.row(event.seed, event.values)
    timeless = [[{k: v for k, v in row.items() if k != "seconds"} for row in rows] for rows in (alone, beside)]
    assert timeless[0] == timeless[1]
    assert len(looker.kept[0]) in (1, 2)  # the last one, and the best on test, which may be it


def test_of_equally_good_epochs_the_first_is_kept():
    looker = ByExample(TASKS["classification"], [7])
    for epoch, accuracy in ((1, 0.5), (2, 0.75), (3, 0.75), (4, 0.25)):
        looker.now = {"accuracy": torch.full((1, 4), fill_value=True)}
        looker.row(7, {"epoch": epoch, "test/accuracy": accuracy})
        assert [each.row["epoch"] for each in looker.kept[7]] == sorted({min(epoch, 2), epoch})


def dying_after(epoch):
    """A run that is interrupted at the first row after an epoch."""

    def dying(*arguments, **more):
        for event in run(*arguments, **more):
            if isinstance(event, Row) and event.values["epoch"] > epoch:
                raise KeyboardInterrupt
            yield event

    return dying


def test_after_an_interruption_they_are_what_they_would_have_been(tmp_path, monkeypatch):
    """Killed after the best epoch: that is not computed again, and its examples are in the checkpoint."""
    said = ["dataset=blobs", "noise=0.4", "val_fraction=0.2", "epochs=6", "seeds=2", "exec.progress=none",
            "exec.checkpoint_every=1"]  # fmt: skip
    (cell,) = compose_cells([*said, f"store={tmp_path / 'cut'}"], multirun=False)
    whole = replace(cell, config=cell.config | {"store": str(tmp_path / "whole")})
    session.run_cell(whole, "whole")

    with monkeypatch.context() as patch:
        patch.setattr(session, "run", dying_after(4))
        with pytest.raises(KeyboardInterrupt):
            session.run_cell(cell, "cut")
    session.run_cell(cell, "again")
    for seed in (0, 1):
        record, other = cell_of(cell).seed(seed), cell_of(whole).seed(seed)
        assert record.provenance()["continued_after_epoch"] == 4
        assert (record.path / EXAMPLES).read_bytes() == (other.path / EXAMPLES).read_bytes()


def test_a_checkpoint_without_them_is_gone_on_from(tmp_path, monkeypatch):
    """As an earlier version kept it: what was not kept is not there, and nothing else is taken for it."""
    said = ["dataset=blobs", "epochs=4", "exec.progress=none", "exec.checkpoint_every=1", f"store={tmp_path}"]
    (cell,) = compose_cells(said, multirun=False)

    with monkeypatch.context() as patch:
        patch.setattr(session, "run", dying_after(2))
        patch.setattr(ByExample, "state", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            session.run_cell(cell, "cut")
    session.run_cell(cell, "again")
    rows, its = kept(cell_of(cell).seed(0))
    assert its.has(rows["last"]["epoch"], "test/accuracy")
    for row in rows.values():
        assert its.has(row["epoch"], "test/accuracy") is (row["epoch"] > 2)


def test_folds_have_test_examples_of_their_own(tmp_path):
    (cell,) = compose_cells(["dataset=digits", f"store={tmp_path}"], multirun=False)
    other = replace(cell, config=cell.config | {"classes": [3, 5]})
    assert hash_of_test(cell.data, cell.exec) != hash_of_test(other.data, other.exec)


def test_a_diverged_seed_keeps_none(tmp_path):
    said = ["dataset=blobs", "epochs=3", "optimizer.lr=1e30", "exec.progress=none", f"store={tmp_path}"]
    (cell,) = compose_cells(said, multirun=False)
    session.run_cell(cell, "a cell")
    record = Store(tmp_path).cell(cell.identity, cell.choices).seed(0)
    assert record.checked()["state"] == "diverged"
    assert not (record.path / EXAMPLES).exists()
