"""Output that cannot be written: training goes on to its end, no program dies of it, and the exit status is right."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.store.store import Store
from tests.program import python
from tests.stores import small

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.programs
QUICK = "dataset=blobs epochs=3 seeds=2 exec.progress=lines"
FULL = "seedwise: the output could not be written (No space left on device)\n"


@pytest.fixture
def shell(tmp_path):
    """Run a line of bash in which `$run` stands for python -m runner; what became of the first of its programs."""

    def done(line, **environment):
        variables = os.environ | {"PYTHONPATH": str(ROOT), "run": f"{python()} -m runner", **environment}
        wrapped = f"{line}; exit ${{PIPESTATUS[0]}}"
        return subprocess.run(["bash", "-c", wrapped], cwd=tmp_path, env=variables, capture_output=True, text=True)

    return done


def states(root):
    return [record.status()["state"] for cell in Store(root).cells() for record in map(cell.seed, cell.seeds())]


LINES = {
    "a reader of one line": f"$run {QUICK} 2>&1 | head -1",
    "no reader": f"$run {QUICK} 2>&1 | true",
    "a full disk": f"$run {QUICK} >/dev/full 2>/dev/full",
    "stderr on a full disk": f"$run {QUICK} 2>/dev/full",
    "closed": f"$run {QUICK} >&- 2>&-",
    "stderr closed": f"$run {QUICK} 2>&-",
    "all closed": f"{sys.executable} -m runner {QUICK} <&- >&- 2>&-",  # a process of its own, whatever others are
    "a grid without a reader": f"$run -m {QUICK} loss=ce,gce 2>&1 | true",
    "a grid on a full disk": f"$run -m {QUICK} loss=ce,gce >/dev/full 2>/dev/full",
}


@pytest.mark.parametrize("line", LINES)
def test_training_goes_on_and_the_status_is_that_of_the_record(line, shell, tmp_path):
    assert shell(LINES[line]).returncode == 0
    assert states(tmp_path / "results") == ["done"] * (4 if "grid" in line else 2)


def test_what_failed_has_failed_whether_it_can_be_said_or_not(shell, tmp_path):
    for line in ("$run dataset.num_train=4000000000000 {} >/dev/full 2>&1", "$run -m {} loss=no 2>&1 | true"):
        assert shell(line.format(QUICK)).returncode in (1, 2)
    assert "done" not in states(tmp_path / "results")


def test_a_table_that_is_lost_is_told_and_the_record_is_whole(shell, tmp_path):
    done = shell(f"$run {QUICK} >/dev/full")
    assert done.returncode == 0
    assert done.stderr.endswith(FULL)
    assert "Traceback" not in done.stderr


def test_nothing_that_is_printed_ends_up_in_a_file(shell, tmp_path):
    """Without stderr, its number is that of the next file which is opened."""
    assert shell(f"$run {QUICK} 2>&-").returncode == 0
    for cell in Store(tmp_path / "results").cells():
        assert [record.checked()["state"] for record in map(cell.seed, cell.seeds())] == ["done", "done"]
        assert all(len(cell.seed(seed).rows()) == 3 for seed in cell.seeds())


def test_letters_that_the_terminal_lacks_are_spelt_out(shell):
    done = shell(f"$run {QUICK}", PYTHONIOENCODING="ascii", COLUMNS="200")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert r"\xb1" in done.stdout


def test_a_reader_that_is_slow_gets_all_of_it_even_where_the_pipe_does_not_block():
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETFL, os.O_NONBLOCK)
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    code = "from runner.console.output import printing\nwith printing(): print('a line\\n' * 10000, end='')"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE) as child:
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            assert stream.read() == b"a line\n" * 10000
        assert child.stderr.read() == b""
    assert child.returncode == 0


ANSWERS = [
    "runner.report store=results",
    "runner.report store=results format=csv",
    "runner.status store=results --json",
    "runner.claims",
    "runner.report --help",
    "runner.audit dataset=blobs",
    "runner --help",
]


@pytest.mark.parametrize("program", ANSWERS)
def test_an_answer_that_is_lost_is_told_and_one_that_is_not_read_is_not(program, shell, tmp_path):
    small(tmp_path / "results")
    command = f"{python()} -m {program}"
    done = shell(f"{command} | true")
    assert (done.returncode, "Traceback" in done.stderr, "Errno" in done.stderr) == (0, False, False)
    done = shell(f"{command} >/dev/full")
    assert done.returncode == 1
    assert done.stderr.endswith(FULL)
    assert "Traceback" not in done.stderr


def test_a_refusal_is_a_refusal_without_a_reader(shell, tmp_path):
    for line in ("$run loss=no 2>&1 | true", "$run loss=no 2>/dev/full", f"{python()} -m runner.report x=1 2>&-"):
        assert shell(line).returncode == 2
    small(tmp_path / "results")
    assert shell(f"{python()} -m runner.report 2>/dev/full").returncode == 0
