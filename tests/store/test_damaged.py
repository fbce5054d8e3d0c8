"""A slice of the damaged stores that `make test-faults` goes through (tests/damage.py): nothing is trained for it."""

import json
from pathlib import Path

import pytest

from runner.store.seal import sealed
from runner.store.store import Store
from tests import damage
from tests.stores import small

FILES = {
    "config.yaml": "store/cells/{cell}/config.yaml",
    "status.json": "store/cells/{cell}/seed=0/status.json",
    "rows.jsonl": "store/cells/{cell}/seed=0/rows.jsonl",
    "provenance.json": "store/cells/{cell}/seed=0/provenance.json",
    "portrait.json": "store/cells/{cell}/seed=7/portrait.json",
    "examples.json": "store/cells/{cell}/seed=7/examples.json",
    "network.pt": "store/cells/{cell}/seed=7/network.pt",
    "lease": "store/cells/{cell}/seed=8/lease-1",
    "checkpoint": "store/cells/{cell}/checkpoints/*",
    "sweep": "store/sweeps/*",
    "worker": "store/workers/dead.json",
    "look": "store/looks/a question/1.json",
    "packed": "packed.jsonl",
}
FOLDERS = {
    "cell": "store/cells/{cell}",
    "seed": "store/cells/{cell}/seed=0",
    "cells": "store/cells",
    "sweeps": "store/sweeps",
    "workers": "store/workers",
    "looks": "store/looks",
    "store": "store",
}
QUICK = (
    "lost", "empty", "cut", "a bit", "a digit", "{}", "[]", "deep list", "deep yaml", "a folder", "unreadable",
    "a pipe", "a device",
)  # fmt: skip
PROGRAMS = ("pack", "status --json", "report of packed")
CASES = [(place, way) for place in FILES for way in QUICK]
CASES += [(place, way) for place in FOLDERS for way in damage.FOLDER_DAMAGES]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with a store that has all kinds of files, and a packed one; what it says, and the name of a cell."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        store = Store(small(Path("store")))
        cell = store.cells()[0]
        record = cell.seed(7).claim()
        record.start({}, "python -m runner loss=ce seed=7 seeds=1")
        record.append({"epoch": 1, "test/accuracy": 0.3})
        record.keep_diagnostics({"a": [1.0]})
        record.keep_examples({"test": "a hash"})
        record.keep_network(b"numbers")
        record.end("diverged", {"seconds": 1.0, "stack_size": 1, "peak_memory_bytes": 1}, cause="nan")
        cell.keep_checkpoint([8], {"epoch": 1}, b"state")
        store.keep_sweep("a command", [{"cell": cell.path.name, "name": "a", "seeds": [0, 8]}])
        cell.seed(8).path.mkdir()
        (cell.seed(8).path / "lease-1").write_text(json.dumps({"worker": "dead"}))
        Path("store/workers/dead.json").write_text(json.dumps({"here": "elsewhere", "beat": 1, "time": 1.0}))
        Path("store/looks/a question").mkdir(parents=True)
        Path("store/looks/a question/1.json").write_text(sealed({"look": 1, "question": {}, "seeds": [0]}))
        assert damage.call("runner.report", ["store=store", "pack=packed.jsonl"]).code == 0
        known = damage.truth()
    return folder, known, cell.path.name


@pytest.mark.parametrize(("place", "way"), CASES)
def test_nothing_wrong_is_shown_of_a_damaged_store(place, way, whole, tmp_path, monkeypatch):
    folder, known, cell = whole
    monkeypatch.chdir(damage.copied(folder, tmp_path / "case"))
    (its,) = Path().glob((FILES | FOLDERS)[place].format(cell=cell))
    lost = damage.spoilt(its, (damage.FOLDER_DAMAGES if place in FOLDERS else damage.FILE_DAMAGES)[way], known["there"])
    found = [why for name in PROGRAMS for why in damage.violations(damage.PROGRAMS[name], lost, known, cell)]
    assert found == []
