"""What is kept of the code: enough to know it, and no file that the run did not use."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from runner.launch import provenance

SECRET = "password: hunter2"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A repository of code of which some files are changed, some are new, and some are used; where it is."""
    root = tmp_path / "home"
    files = {
        "losses/same.py": "same = 1", "losses/changed.py": "old = 1", "losses/other.py": "old = 2",
        "conf/config.yaml": "epochs: 1", "conf/loss/changed.yaml": "q: 1",
        "conf/tracked_secrets.yaml": "password: none",
    }  # fmt: skip
    write(root, files)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True)
    changed = {
        "losses/changed.py": "new_changed = 1", "losses/other.py": f"new_other = {SECRET!r}",
        "losses/new.py": "new_new = 1",
        "losses/unused.py": f"unused = {SECRET!r}", "conf/loss/changed.yaml": "q: 2", "conf/secrets.yaml": SECRET,
        "conf/tracked_secrets.yaml": SECRET, "conf/loss/mine.yaml": "mine: 3", "conf/loss/unused.yaml": SECRET,
        ".env": SECRET, "secrets.yaml": SECRET, "runner/notes.txt": SECRET, "losses/ignored.py": "ignored = 1",
        ".gitignore": "losses/ignored.py",
    }  # fmt: skip
    write(root, changed)
    write(tmp_path, {"lab/own.py": "own = 1", "lab/key.py": SECRET})
    used = {f"losses/{name}.py": root / "losses" / f"{name}.py" for name in ("same", "changed", "new", "ignored")}
    monkeypatch.setattr(provenance, "HOME", root)
    monkeypatch.setattr(provenance, "loaded", lambda: used | {"lab/own.py": tmp_path / "lab" / "own.py"})
    provenance._of.cache_clear()
    yield root
    provenance._of.cache_clear()


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")


def test_texts_are_of_what_the_run_used(home):
    found = provenance.provenance({"loss": "mine", "loss.base": "changed", "augment": "none"})
    assert found["untracked"] == {
        "conf/loss/mine.yaml": "mine: 3\n", "lab/own.py": "own = 1\n", "losses/ignored.py": "ignored = 1\n",
        "losses/new.py": "new_new = 1\n",
    }  # fmt: skip
    assert {line for line in found["diff"].splitlines() if line[:1] == "+" and line[:3] != "+++"} == {
        "+new_changed = 1", "+q: 2",
    }  # fmt: skip
    assert len(found["commit"]) == 40


def test_no_secret_is_kept(home):
    said = json.dumps(provenance.provenance({"loss": "mine"}))
    assert "hunter2" not in said
    assert ".env" not in said
    assert "notes.txt" not in said


def test_of_all_other_code_there_are_hashes(home):
    found = provenance.provenance({"loss": "mine"})["hashes"]
    names = ["losses/changed.py", "losses/other.py", "losses/new.py", "losses/unused.py", "conf/loss/changed.yaml"]
    names += ["conf/secrets.yaml", "conf/tracked_secrets.yaml", "conf/loss/mine.yaml", "conf/loss/unused.yaml"]
    assert found == {name: hashlib.sha256((home / name).read_bytes()).hexdigest() for name in names}


def test_texts_are_kept_as_far_as_there_is_room(home, monkeypatch):
    monkeypatch.setattr(provenance, "LIMIT", 12)
    found = provenance.provenance({"loss": "mine"})
    assert found["diff"].partition("\n")[0] == "diff --git a"
    assert "characters more; SHA-256" in found["diff"]
    kept = list(found["untracked"].values())
    assert kept[0] == "mine: 3\n"
    assert kept[1].startswith("own \n... 4 characters more; SHA-256 ")
    assert kept[2].startswith("\n... 12 characters more")


@pytest.mark.parametrize("around", [False, True])
def test_code_that_is_in_no_repository_of_its_own(home, monkeypatch, tmp_path, around):
    """As where it is installed, in an environment that lies in somebody's repository."""
    installed = tmp_path / "site" / "packages"
    write(installed, {"losses/ce.py": "ce = 1", "conf/config.yaml": "epochs: 1"})
    if around:
        subprocess.run(["git", "-C", tmp_path, "init", "-q"], check=True)
    monkeypatch.setattr(provenance, "HOME", installed)
    used = {"losses/ce.py": installed / "losses" / "ce.py", "lab/own.py": tmp_path / "lab" / "own.py"}
    monkeypatch.setattr(provenance, "loaded", lambda: used)
    found = provenance.provenance({})
    assert (found["commit"], found["diff"], found["hashes"]) == (None, None, None)
    assert found["untracked"] == {"lab/own.py": "own = 1\n"}


def test_a_run_knows_what_it_imported(go):
    """And keeps no text of files of this repository that others have."""
    kept = go("loss=gce").seed(0).provenance()
    from runner.nodes.parts import loaded

    found = loaded()
    assert {"losses/gce.py", "runner/training/loop.py", "runner/__init__.py", "datasets/blobs.py"} <= set(found)
    assert all(Path(file).is_file() for file in found.values())
    assert not any(name.startswith("tests/") for name in found)
    ours = {name for name in kept["untracked"] if (provenance.HOME / name).is_file()}  # others may be of another test
    assert ours <= set(kept["hashes"] or ours)
