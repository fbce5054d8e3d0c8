"""A store on a file system without hard links or file locks is refused in a line, before anything is trained."""

import os
from pathlib import Path

import pytest

from tests.program import program

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.programs
QUICK = ["dataset=blobs", "epochs=1", "exec.wandb.mode=disabled"]
LACKING = """
import errno, fcntl, os

def lacking(*_, **__):
    number = getattr(errno, os.environ["LACKING_ERRNO"])
    raise OSError(number, os.strerror(number))

if os.environ["LACKING"] == "hard links":
    os.link = lacking
else:
    fcntl.flock = lacking
"""


@pytest.fixture
def refused(tmp_path):
    """Run a program, and whatever it starts, where the system has no `what`; the line that it says."""
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "sitecustomize.py").write_text(LACKING)

    def run(what, number, module, *words):
        path = os.pathsep.join([str(tmp_path / "python"), str(ROOT)])
        lacking = {"PYTHONPATH": path, "LACKING": what, "LACKING_ERRNO": number}
        done = program(*words, cwd=tmp_path, module=module, **lacking)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert not list(tmp_path.glob("*/cells/*/*"))
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("seedwise: ")]
        return line

    return run


PROGRAMS = {
    "run": ["runner", *QUICK, "seeds=2", "store=store"],
    "grid": ["runner", "-m", "loss=ce,gce", *QUICK, "store=store"],
    "claims": ["runner.claims", "apl_symmetric", "scale=smoke", "store=store"],
    "tuned claims": ["runner.claims", "apl_symmetric", "scale=smoke", "store=store", "tuned=true"],
    "tune": ["runner.tune", *QUICK, "val_fraction=0.2", "store=store", "trials=1", "space.optimizer.lr=log(0.1,1)"],
}


@pytest.mark.parametrize("which", PROGRAMS)
@pytest.mark.parametrize(("number", "said"), [("EPERM", "Operation not permitted"), ("ENOTSUP", "Operation not supp")])
def test_without_hard_links(which, number, said, refused, tmp_path):
    line = refused("hard links", number, *PROGRAMS[which])
    assert line.startswith(f"seedwise: store=store: its file system has no hard links ({said}")
    assert "take a disk of this machine, or NFS, and copy the store where it belongs when all is done" in line
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("which", ["tune", "tuned claims"])
@pytest.mark.parametrize("number", ["ENOLCK", "ENOTSUP", "ENOSYS"])
def test_without_file_locks_nothing_is_tuned(which, number, refused, tmp_path):
    line = refused("file locks", number, *PROGRAMS[which])
    assert line.startswith("seedwise: store=store: its file system has no file locks (")
    assert not (tmp_path / "store").exists()


def test_without_file_locks_all_else_goes_on(tmp_path, refused):
    with pytest.raises(AssertionError, match="assert 0 == 2"):
        refused("file locks", "ENOLCK", *PROGRAMS["run"])
    assert list(tmp_path.glob("store/cells/*/seed=*/status.json"))
