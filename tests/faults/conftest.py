"""Common to tests that really break things. They take minutes, and are run by `make test-faults` alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import hearing

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sweep(program):
    """From a store and overrides, of each key the last, to the process of a sweep over blobs."""

    def begun(store, *overrides):
        words = ("dataset=blobs", "hydra.launcher.jobs=2", f"store='{store}'", *overrides)
        return program("runner", "-m", *{word.partition("=")[0]: word for word in words}.values())

    return begun


@pytest.fixture
def program(tmp_path):
    """From a module and its arguments to its process; what it says goes to `child.said`."""
    children = []

    def begun(*words):
        said = tmp_path / f"said {len(children)}"
        environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "250"}
        with said.open("w") as stream:
            child = subprocess.Popen(
                hearing([sys.executable, "-m", *words]), cwd=tmp_path, env=environment, stdout=stream, stderr=stream,
                start_new_session=True,
            )  # fmt: skip
        child.said = said
        children.append(child)
        return child

    yield begun
    for child in children:
        child.kill()
        child.wait()


@pytest.fixture
def disk(tmp_path):
    """From a size to an empty file system of its own, which is full, or cannot be written to, when we say so."""
    mounted = []

    def made(size):
        folder = tmp_path / f"disk {len(mounted)}"
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.decode().strip()}")
        mounted.append(folder)
        return folder

    yield made
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)
