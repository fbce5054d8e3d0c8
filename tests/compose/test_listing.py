"""A folder that a configuration names: listed once a command, and as it is then."""

import hashlib
import os

import pytest

from runner.compose.cell_config import contents
from runner.compose.command_line import compose_cells
from runner.launch.plan import plan


@pytest.fixture
def folder(tmp_path):
    for name in ("a/1.png", "a/.hidden/2.png", "b/c/3", "4.txt"):
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / name).write_text(name)
    (tmp_path / "images" / "link").symlink_to(tmp_path / "images" / "4.txt")
    (tmp_path / "images" / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "images" / "b" / "round").symlink_to(tmp_path / "images")
    os.mkfifo(tmp_path / "images" / "pipe")
    return tmp_path / "images"


@pytest.fixture
def looks(monkeypatch):
    """The folders that were walked through."""
    found, walk = [], os.walk
    monkeypatch.setattr(os, "walk", lambda top, **said: found.append(top) or walk(top, **said))
    return found


def cells(folder, *said):
    return compose_cells([f"dataset.root={folder}", "dataset=image_folder", *said], multirun=True)


def test_it_is_named_by_the_names_and_sizes_of_its_files(folder):
    named = sorted(f"{p.relative_to(folder)} {p.stat().st_size}" for p in folder.rglob("*") if p.is_file())
    assert named == ["4.txt 5", "a/.hidden/2.png 15", "a/1.png 7", "b/c/3 5", "link 5"]
    assert contents(folder) == hashlib.sha256("\n".join(named).encode()).hexdigest()


def test_a_sweep_lists_it_once_for_all_its_cells(folder, looks, tmp_path):
    planned = plan(cells(folder, "loss=ce,gce,mae", "noise=0,0.2,0.4", f"store={tmp_path / 'store'}"))
    assert len(planned) == 9
    assert looks == [folder]


def test_the_next_command_sees_a_file_that_has_grown(folder, looks):
    first = cells(folder)[0].identity
    assert cells(folder)[0].identity == first
    (folder / "4.txt").write_text("a longer text")
    assert cells(folder)[0].identity != first
    assert len(looks) == 3
