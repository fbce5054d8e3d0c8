"""Several sweeps of the same grid over one store at once."""

import json
import time
from collections import defaultdict
from contextlib import suppress

import pytest

GRID = ("loss=ce,gce", "noise=0,0.3,0.6", "optimizer.lr=0.05,0.1", "seeds=3", "epochs=30", "exec.checkpoint_every=2")


@pytest.mark.parametrize("number", [2, 4])
def test_each_seed_is_trained_once(number, sweep, stored, tmp_path):
    store = tmp_path / "store"
    children = [sweep(store, *GRID) for _ in range(number)]
    begun = defaultdict(set)  # who trained a seed, and since when; a seed takes much longer than a look
    while any(child.poll() is None for child in children):
        for file in store.glob("cells/*/seed=*/status.json"):
            with suppress(OSError):  # it is being begun
                status = json.loads(file.read_text())
                begun[file.parent].add((status["worker"], status["since"]))
        time.sleep(0.02)
    assert [child.returncode for child in children] == [0] * number, [child.said.read_text() for child in children]
    assert len(begun) == 36
    assert {folder: by for folder, by in begun.items() if len(by) > 1} == {}
    assert len({worker for by in begun.values() for worker, _ in by}) > 1
    for folder in begun:
        assert json.loads((folder / "status.json").read_text())["state"] == "done"
    assert [len(rows) for rows in stored(store).values()] == [30] * 36
    assert list(store.glob("workers/*")) == []
