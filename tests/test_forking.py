"""A program that is forked is as one that Python was started for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forking.client import Forked
from tests.program import address, program, python

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.programs
LOOK = """
import json, os, signal, sys, threading
found = sorted(map(int, os.listdir("/proc/self/fd")))
streams = [sys.stdin, sys.stdout, sys.stderr]
assert streams == [sys.__stdin__, sys.__stdout__, sys.__stderr__]
told = {
    "argv": sys.argv, "folder": os.getcwd(), "path": [place for place in sys.path if place], "main": __name__,
    "mark": os.environ.get("MARK"), "variables": sorted(os.environ), "open": [file for file in found if file < 200],
    "streams": [s and [s.name, s.encoding, s.errors, s.line_buffering, s.write_through, s.fileno()] for s in streams],
    "blocked": list(signal.pthread_sigmask(signal.SIG_BLOCK, ())), "threads": threading.active_count(),
    "handlers": [str(signal.getsignal(number)).partition(" at ")[0] for number in range(1, 20)],
    "session": os.getsid(0), "lacking": getattr(os, "lacking", None),
}
with open(sys.argv[1], "w") as file: json.dump(told, file)
"""


@pytest.fixture
def both(tmp_path):
    """Run code with words as a process that is forked, and as one of its own: [(exit status, stdout, stderr)]."""

    def run(code, *words, closed=(), out=None, **environment):
        ends = []
        for kind in ("forked", "anew"):
            (folder := tmp_path / kind).mkdir()
            variables = os.environ | {"PYTHONPATH": str(ROOT)} | environment
            said = [out or str(tmp_path / f"{kind}.out"), str(tmp_path / f"{kind}.err")]
            opened = [os.open(os.devnull, os.O_RDONLY), *(os.open(name, os.O_WRONLY | os.O_CREAT) for name in said)]
            files = {number: file for number, file in enumerate(opened) if number not in closed}
            if kind == "forked":
                status = Forked(address(), ["-c", code, *words], cwd=folder, environment=variables, files=files).wait()
            else:
                lines = [f"{n}>&-" for n in closed]
                python = ["bash", "-c", f'exec "$@" {" ".join(lines)}', "", sys.executable, "-c", code, *words]
                status = subprocess.call(
                    python, cwd=folder, env=variables, stdin=opened[0], stdout=opened[1], stderr=opened[2]
                )
            for file in opened:
                os.close(file)
            ends.append((status, *("" if name == out else Path(name).read_text() for name in said)))
        return ends

    return run


@pytest.mark.parametrize(
    "circumstances",
    [{}, {"closed": [1]}, {"closed": [0, 1, 2]}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": ":replace"},
     {"MARK": "x"}],
    ids=str,
)  # fmt: skip
def test_it_finds_what_python_finds(both, circumstances, tmp_path):
    both(LOOK, "found", "a word", **circumstances)
    forked, anew = (json.loads((tmp_path / kind / "found").read_text()) for kind in ("forked", "anew"))
    for told, kind in ((forked, "forked"), (anew, "anew")):
        assert told.pop("folder") == str(tmp_path / kind)
        told["variables"] = [name for name in told["variables"] if name not in ("_", "SHLVL", "OLDPWD")]
    assert forked == anew


def test_a_folder_of_the_environment_is_looked_in_first(both, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import os\nos.lacking = 'links'\n")
    both(LOOK, "found", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    forked, anew = (json.loads((tmp_path / kind / "found").read_text()) for kind in ("forked", "anew"))
    assert forked["lacking"] == anew["lacking"] == "links"
    assert forked["path"] == anew["path"]
    assert forked["path"][0] == str(tmp_path)


ENDS = {
    "well": "print('a word')",
    "a status": "import sys; print('a word'); sys.exit(3)",
    "a word": "import sys; sys.exit('a reason')",
    "nothing": "import sys; sys.exit()",
    "an error": "1 / 0",
    "interrupted": "raise KeyboardInterrupt",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "left": "import os; print('lost'); os._exit(4)",
    "a thread": "import threading; threading.Timer(0.1, print, ['late']).start(); print('early')",
    "an exit function": "import atexit; atexit.register(print, 'late'); print('early')",
    "not written": "import sys; sys.stderr.write('no line'); sys.stdout.write('none')",
}


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_as_python_does(both, end):
    forked, anew = both(ENDS[end])
    assert forked[:2] == anew[:2]
    assert forked[2].splitlines()[-1:] == anew[2].splitlines()[-1:]  # but for what leads to an error


def test_what_cannot_be_written_is_told(both):
    forked, anew = both("print('a word')", out="/dev/full")
    assert forked[0] == anew[0] > 0
    assert "No space left on device" in forked[2]


def test_it_knows_nothing_of_ours(both):
    code = "import sys; print([name for name in sys.modules if name.split('.')[0] in ('runner', 'losses', 'datasets')])"
    assert both(code)[0] == (0, "[]\n", "")


WORKERS = """
import os, sys
from multiprocessing import forkserver, get_context

def look(queue):
    queue.put((os.getppid(), "torch" in sys.modules, os.environ.get("LATE")))

def asked(context):
    queue = context.SimpleQueue()
    worker = context.Process(target=look, args=(queue,))
    worker.start()
    worker.join()
    return queue.get()

if __name__ == "__main__":
    os.environ["LATE"] = "said"
    context = get_context("forkserver")
    (server, there, late), (same, _, _) = asked(context), asked(context)
    os.kill(server, 9)
    os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)
    other, anew, _ = asked(context)
    print(server == same != other, there, anew, late, os.path.exists(f"/proc/{other}"))
"""


def test_workers_are_forked_from_what_is_imported_and_of_a_server_that_is_killed_from_another(tmp_path):
    (tmp_path / "workers.py").write_text(WORKERS)
    done = program(module="workers", cwd=tmp_path)
    assert (done.stdout, done.returncode) == ("True True False said True\n", 0), done.stderr


def test_a_shell_has_its_status_and_its_files(tmp_path):
    code = "import sys; print(sys.stdin.read(), sys.stderr); sys.exit(3)"
    line = f"{python()} -c '{code}' <<< 'a word' 2>&- | tr a-z A-Z; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (3, "A WORD\n NONE\n")
