"""A store on a disk that is full, or that cannot be written to."""

import os
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from runner.store.store import Store
from tests.faults.conftest import ROOT

GRID = ("loss=ce,gce", "seeds=2", "epochs=20", "exec.checkpoint_every=2")
SIZE = 600  # KiB, more than the grid needs


def outcomes(store):
    return [cell.seed(seed).status()["state"] for cell in Store(store).cells() for seed in (0, 1)]


def rows(store):
    return {file: file.read_bytes() for file in store.glob("cells/*/seed=*/rows.jsonl")}


def rows_and_names(stored):
    return {cell + seed: rows for (cell, seed), rows in stored.items()}


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def whole(kept, sweep, stored, tmp_path):
    """The rows of a sweep that had room, trained once for all tests."""
    if not kept:
        child = sweep(tmp_path / "whole", *GRID)
        assert child.wait() == 0, child.said.read_text()
        kept.update(rows_and_names(stored(tmp_path / "whole")))
    return kept


@pytest.mark.parametrize("left", [0, 8, 40, 80])
def test_a_full_disk_is_told_and_costs_nothing_that_was_there(left, sweep, disk, stored, whole):
    """With so many KiB left: at the word of the sweep, at the claim, at the provenance, the rows, a checkpoint."""
    folder = disk(f"{SIZE}k")
    store = folder / "store"
    first = sweep(store, *GRID, "loss=ce", "epochs=2")
    assert first.wait() == 0, first.said.read_text()
    before = rows(store)
    used = sum(file.stat().st_blocks for file in folder.rglob("*")) // 2  # KiB
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(1024 * (SIZE - used - left)))
    child = sweep(store, *GRID)
    assert child.wait() in (1, 2), child.said.read_text()  # 2 where nothing could be begun
    said = child.said.read_text()
    assert "No space left on device" in said
    assert "Traceback" not in said.partition("seedwise: ")[0]  # but for the one of each cause, in the end
    assert before.items() <= rows(store).items()
    assert not list(store.rglob(".*")), "what was half written is in the way of what comes"
    ballast.unlink()
    again = sweep(store, *GRID)
    assert again.wait() == 0, again.said.read_text()
    assert set(outcomes(store)) == {"done"}
    assert whole.items() <= rows_and_names(stored(store)).items()


@pytest.mark.parametrize("there", [False, True])
def test_a_store_that_can_only_be_read_is_refused_in_a_line(there, sweep, disk):
    """Whether it holds something or not; what it holds is shown all the same."""
    folder = disk(f"{SIZE}k")
    store = folder / "store"
    if there:
        assert sweep(store, *GRID, "loss=ce").wait() == 0
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    child = sweep(store, *GRID)
    assert child.wait() == 2
    (line,) = [line for line in child.said.read_text().splitlines() if line.startswith("seedwise:")]
    assert "cannot be written to" in line
    assert "Read-only file system" in line
    assert "Traceback" not in child.said.read_text()
    assert rows(store) == {} or set(outcomes(store)) == {"done"}


def test_images_that_the_disk_has_no_room_for_are_an_error_and_no_crash(disk, tmp_path):
    """Written to mapped memory, they would kill the process."""
    for number in range(8):
        Image.fromarray(np.zeros((256, 256), np.uint8)).save(tmp_path / f"{number}.png")
    folder = disk(f"{SIZE // 2}k")  # of the 512 KiB that they take
    code = (
        "import sys; from pathlib import Path; from datasets.image_cache import Form, cached\n"
        f"files = sorted(Path({str(tmp_path)!r}).glob('*.png'))\n"
        f"try: cached(files, Form(1, (256, 256), True, None), skip=False, folder=Path({str(folder)!r}))\n"
        "except OSError as error: sys.exit(error.strerror)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "No space left on device\n")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("option", ["pack=results.jsonl", "page=page", "pictures=pictures"])
def test_a_report_that_the_disk_has_no_room_for_leaves_the_one_before(option, sweep, disk, tmp_path):
    store, folder = tmp_path / "store", disk("2m")
    assert sweep(store, *GRID, "epochs=2").wait() == 0

    def report(where):
        command = [sys.executable, "-m", "runner.report", f"store={store}", f"where={where}", option]
        return subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True)

    def there():
        return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != "ballast"}

    assert report("loss=ce|gce").returncode == 0
    before = there()
    assert before
    with suppress(OSError), (folder / "ballast").open("wb") as ballast:
        while True:
            ballast.write(bytes(512))
            ballast.flush()
    done = report("loss=ce|gce")
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()[-1:]
    assert line == f"seedwise: {option}: cannot be written (No space left on device)"
    assert there() == before
