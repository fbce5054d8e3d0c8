"""Common to all tests."""

import json
import os
import signal

import pytest
import torch
import yaml

import datasets.vision  # noqa: F401  # torchmetrics imports torchvision, which needs ours first
from runner.compose.command_line import compose_cells

torch.set_num_threads(1)  # tests run two at a time
os.environ["WANDB_MODE"] = "disabled"  # but for the tests of it
os.fsync = lambda _: None  # what a machine keeps that loses its power no test of this process can tell
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as under nohup: tests interrupt programs, which inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

QUICK = ["dataset=blobs", "epochs=2"]


@pytest.fixture
def compose():
    """From overrides to the arguments of run(): a blobs experiment of two epochs unless they say otherwise."""

    def arguments(*overrides, seeds=(0,)):
        named = {o.partition("=")[0] for o in overrides}
        quick = [o for o in QUICK if o.partition("=")[0] not in named]
        (cell,) = compose_cells([*quick, *overrides], multirun=False)
        return {"cell": cell, "seeds": list(seeds)}

    return arguments


@pytest.fixture
def go(tmp_path):
    """Run a cell as the command line would; the cell in the store."""

    from runner.launch import session
    from runner.store.store import Store

    def run(*overrides):
        said = ["dataset=blobs", "epochs=2", f"store={tmp_path}", "exec.progress=lines", *overrides]
        (cell,) = compose_cells(said, multirun=False)
        session.run_cell(cell, "a cell")
        return Store(tmp_path).cell(cell.identity, cell.choices)

    return run


@pytest.fixture
def measured():
    """Rows without the time that they took, {(seed, epoch): values}, from the events of a run."""

    def rows(events):
        from runner.training.events import Row

        found = [event for event in events if isinstance(event, Row)]
        return {(r.seed, r.values["epoch"]): {k: v for k, v in r.values.items() if k != "seconds"} for r in found}

    return rows


@pytest.fixture
def stored():
    """The same, read back from a store."""

    def rows(root):
        return {
            (cell.parent.name, cell.name): [
                {k: v for k, v in json.loads(line).items() if k != "seconds"}
                for line in (cell / "rows.jsonl").read_text().splitlines()
            ]
            for cell in root.glob("cells/*/seed=*")
        }

    return rows


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of claims (and of tables) of our own."""
    from runner.replication import claim_file, published

    for module in (claim_file, published):
        monkeypatch.setattr(module, "FOLDER", tmp_path / "conf")
    (tmp_path / "conf").mkdir()
    return tmp_path / "conf"


@pytest.fixture
def claim(folder):
    """Write a claim of our own; the claim."""
    from runner.replication import claim_file
    from tests.papers import SAID

    def write(name="one", **changes):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({**SAID, **changes}, sort_keys=False))
        return claim_file.load(name)

    return write
