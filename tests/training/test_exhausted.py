"""A machine that has no more to give fails a seed, wherever that happens; it refuses nothing."""

import errno
import re
import sys
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from datasets import human_labels, image_cache, mnist, table_file, text_file
from datasets.faults import exhausted
from runner import __main__
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data import prepare
from runner.nodes import parts
from runner.store.store import Store
from runner.training import device

NUMBER = count()
USED_UP = {
    "MemoryError()": "MemoryError",
    "OSError(28, 'No space left on device')": "OSError: .* No space left on device",
    "OSError(12, 'Cannot allocate memory')": "OSError: .* Cannot allocate memory",
    "OSError(24, 'Too many open files')": "OSError: .* Too many open files",
    "torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2 GiB')": "OutOfMemoryError: CUDA out of memory",
    "RuntimeError('DefaultCPUAllocator: can\\'t allocate memory: 32 bytes')": "RuntimeError: .* can't allocate memory",
    "RecursionError('maximum recursion depth exceeded')": "RecursionError: maximum recursion depth exceeded",
}
LOSS = """
    import torch
    from torch import nn


    class Loss(nn.Module):
        def __init__(self):
            super().__init__()
            {built}

        def forward(self, logits, labels, index):
            {stepped}
            return nn.functional.cross_entropy(logits, labels, reduction="none")
"""


@pytest.fixture
def loss(tmp_path, monkeypatch):
    """A loss that raises in its constructor or in a step, as an override."""
    package = f"used_up{next(NUMBER)}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    parts.admit([package])

    def said(built="pass", stepped="pass"):
        text = "\n".join(line[4:] for line in LOSS.format(built=built, stepped=stepped).splitlines())
        (tmp_path / package / "loss.py").write_text(text)
        return f"loss._target_={package}.loss.Loss"

    return said


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Run a command line of two seeds; its exit status, and what the store says of them."""

    def run(*overrides):
        said = ["dataset=blobs", "epochs=1", "seeds=2", f"store={tmp_path / 'store'}", *overrides]
        monkeypatch.setattr(sys, "argv", ["", *said])
        with pytest.raises(SystemExit) as end:
            __main__.main()
        (cell,) = compose_cells(said, multirun=False)
        kept = Store(tmp_path / "store").cell(cell.identity, cell.choices)
        return end.value.code, [kept.seed(seed).status() for seed in (0, 1)]

    return run


@pytest.mark.parametrize("error", USED_UP)
@pytest.mark.parametrize("where", ["built", "stepped"])
def test_a_loss_that_runs_out_of_something_has_failed(error, where, loss, runs):
    code, statuses = runs(loss(**{where: f"raise {error}"}))
    assert code == 1
    for status in statuses:
        assert status["state"] == "failed"
        assert re.match(USED_UP[error], status["cause"])
        assert "Traceback" in status["traceback"]


@pytest.mark.parametrize("error", ["OSError(2, 'No such file')", "ValueError('out of memory')", "RuntimeError('no')"])
def test_what_is_wrong_with_the_code_is_refused_as_before(error, loss, runs):
    code, statuses = runs(loss(stepped=f"raise {error}"))
    assert code == 2
    assert [status["state"] for status in statuses] == ["planned"] * 2


def test_endless_calls_have_failed(loss, runs):
    code, statuses = runs(loss(stepped="return self.forward(logits, labels, index)"))
    assert code == 1
    assert {status["cause"].partition(":")[0] for status in statuses} == {"RecursionError"}


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOSPC, "full"), RuntimeError("out of memory")])
def test_data_that_cannot_be_held_fail_every_seed(error, runs, monkeypatch):
    def load(*_):
        raise error

    monkeypatch.setattr(prepare, "_load", load)
    code, statuses = runs()
    assert code == 1
    assert [status["state"] for status in statuses] == ["failed"] * 2


def test_a_gpu_that_is_full_is_no_wrong_choice(monkeypatch):
    def full(*_, **__):
        raise RuntimeError("CUDA error: out of memory\nCompile with ...")

    monkeypatch.setattr(device.torch, "empty", full)
    with pytest.raises(RuntimeError, match="out of memory"):
        device.resolve_device("cpu")


@pytest.mark.parametrize("file", ["mnist", "image", "table", "labels"])
def test_files_that_cannot_be_read_for_want_of_something_are_not_damaged(file, tmp_path, monkeypatch):
    def want(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    place = tmp_path / ("file.csv.gz" if file == "labels" else "file.csv")
    place.write_text("a,b\n1,2\n")
    ways = {
        "mnist": (mnist._read, (place,), (Path, "read_bytes")),
        "image": (image_cache._upright, (place,), (Image, "open")),
        "table": (table_file.cells, (str(tmp_path), "source", str(place), "a", table_file.Form()), (pd, "read_csv")),
        "labels": (human_labels._columns, (place, []), (text_file.gzip, "open")),
    }
    function, given, (owner, name) = ways[file]
    monkeypatch.setattr(owner, name, want)
    with pytest.raises(OSError, match="Too many open files"):
        function(*given)


def test_no_error_is_taken_for_want_by_its_words_alone():
    assert not exhausted(ValueError("out of memory"))
    assert not exhausted(OSError("no number"))
    assert not exhausted(ConfigError("out of memory"))
