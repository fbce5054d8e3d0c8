"""Killed at any moment, again and again, tuning and claims come to the same end as if nothing had been."""

import json
import random
import signal
from math import isclose

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from runner.comparison.results import read
from tests.faults.hits import finished, hit, left_behind, runs_after_a_while, trains

KILLS = 30  # of each program
QUICK = ("exec.wandb.mode=disabled", "exec.checkpoint_every=2", "exec.progress=none")
TUNE = (
    "runner.tune", "dataset=blobs", "loss=ce,gce", "noise=0.3", "val_fraction=0.2", "epochs=60", "seeds=2", *QUICK,
    "trials=6", "space.optimizer.lr=log(1e-2,1)", "space.loss.q=uniform(0.1,1)", "final.seeds=3", "final.noise=0.2,0.4",
    "tune.list=true",
)  # fmt: skip
CLAIMS = (
    "runner.claims", "apl_symmetric", "aldr_symmetric", "scale=smoke", "tuned=true", "multiverse=true", "seeds=4",
    "jobs=2",
)  # fmt: skip


def journal(store):
    """{study: its trials, as they were drawn and judged}, from Optuna's journals."""
    found = {}
    for file in store.glob("tune/*/journal.log"):
        storage = JournalStorage(JournalFileBackend(str(file)))
        for name in optuna.get_all_study_names(storage):
            its = optuna.load_study(study_name=name, storage=storage).trials
            found[file.parent.name, name] = [(trial.number, trial.state, trial.params, trial.value) for trial in its]
    return found


def tuned(file):
    """What tuning kept, but for what it took."""
    return [
        (each.cell, {seed: (outcome.state, outcome.rows) for seed, outcome in each.outcomes.items()})
        for each in read(str(file))
    ]


def judged(file):
    """The evidence that claims kept."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def timeless(found):
    """Rows that were kept in full have the seconds that they took, and their lines checksums of them."""
    if isinstance(found, dict):
        return {key: timeless(part) for key, part in found.items() if key not in ("seconds", "checksum", "line")}
    return [timeless(part) for part in found] if isinstance(found, list | tuple) else found


def stacks(store):
    """{cell and seed: how many seeds were trained together with it, itself among them}."""
    its = {file.parent: json.loads(file.read_text()) for file in store.glob("cells/*/seed=*/status.json")}
    return {seed.parent.name + seed.name: status["took"]["stack_size"] for seed, status in its.items()}


def same(rows, others, sizes):
    """Are rows the same? Where a kill left fewer seeds to a stack, their sums were rounded otherwise."""
    return rows.keys() == others.keys() and all(
        rows[key] == others[key] if sizes[0][key] == sizes[1][key] else close(rows[key], others[key]) for key in rows
    )


def close(one, other):
    """Are numbers close, and is all else equal?"""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(close, one, other))
    return isclose(one, other, rel_tol=1e-4) if isinstance(one, float) else one == other


@pytest.mark.parametrize(("words", "kept", "seed"), [(TUNE, tuned, 11), (CLAIMS, judged, 13)], ids=["tune", "claims"])
def test_nothing_is_lost_and_nothing_is_done_twice(words, kept, seed, program, stored, tmp_path):
    """`seed` is of the moments."""

    def end(store):
        """All that a program comes to, but for the rows."""
        return {"trials": journal(store), "kept": timeless(kept(store / "kept.jsonl"))}

    def rows_of(store):
        return {key[0] + key[1]: rows for key, rows in stored(store).items()}

    def begun(store):
        return program(*words, f"store={store}", f"keep={store / 'kept.jsonl'}")

    whole = begun(tmp_path / "whole")
    assert whole.wait() == 0, whole.said.read_text()
    undisturbed, rows, sizes = end(tmp_path / "whole"), rows_of(tmp_path / "whole"), stacks(tmp_path / "whole")
    seeds = len(finished(tmp_path / "whole")) // 2
    chance = random.Random(seed)
    turn = starts = rounds = 0
    while turn < KILLS:
        store, before, code = tmp_path / f"round {rounds}", {}, None
        rounds += 1
        while code != 0:
            child = begun(store)
            starts += 1
            while turn < KILLS and runs_after_a_while(child, chance, trains, child, store):
                turn += 1
                if hit(child, signal.SIGKILL, chance, turn):
                    break
            code = child.wait()
            said = child.said.read_text()
            assert code in (0, 1, -signal.SIGKILL), said
            assert "Traceback" not in said
            now = finished(store)
            assert before.items() <= now.items()
            before = now
        assert close(end(store), undisturbed)
        assert same(rows_of(store), rows, (stacks(store), sizes))
        assert len(before) == 2 * seeds
        assert left_behind(store) == []
        print(f"seed {seed}: {turn} kills, {starts} starts, {rounds} rounds, {seeds} seeds each")
