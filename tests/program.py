"""Programs of ours as processes of their own, forked from one that has imported what takes them seconds to import."""

import atexit
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.forking.client import Forked

ROOT = Path(__file__).resolve().parents[1]


def program(*words, cwd, module="runner", **environment):
    """What became of `python -m module words`, as of subprocess.run; where what it imports is the point, run that."""
    with started(*words, cwd=cwd, module=module, **environment) as (forked, out, err):
        status = forked.wait()
        said = [file.read_text(encoding="utf-8") for file in (out, err)]
    return subprocess.CompletedProcess([module, *words], status, *said)


def interrupted(number, store, pattern, *words):
    """A process of `python -m runner words` gets a signal once its store has such a file; its status and stderr."""
    with started(*words, f"store='{store}'", cwd=ROOT) as (forked, _, err):
        await_that(lambda: list(store.glob(pattern)))
        os.kill(forked.pid, number)
        return forked.wait(), err.read_text(encoding="utf-8")


def await_that(condition):
    """Wait until it is true, but not for good."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not condition():
        time.sleep(0.01)


@contextmanager
def started(*words, cwd, module="runner", **environment):
    """The process of `python -m module words`, and the files that its stdout and stderr go to."""
    variables = os.environ | {"PYTHONPATH": str(ROOT), "WANDB_MODE": "disabled"} | environment
    with TemporaryDirectory() as folder, ExitStack() as stack:
        out, err = (Path(folder) / name for name in ("out", "err"))
        modes = {Path(os.devnull): "r", out: "w", err: "w"}
        streams = [stack.enter_context(file.open(mode)) for file, mode in modes.items()]
        files = {number: stream.fileno() for number, stream in enumerate(streams)}
        yield Forked(address(), ["-m", module, *words], cwd=cwd, environment=variables, files=files), out, err


HEARING = (
    "import os, signal, sys; [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT)]; "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def hearing(command):
    """A command that hears signals however the tests were started: nohup has them ignore SIGHUP, and a shell that does
    not watch what it put in the background SIGINT."""
    return [sys.executable, "-ISc", HEARING, *command]


def python():
    """What stands for python in a line of a shell, but for its options."""
    return f"{sys.executable} -IS {ROOT}/tests/forking/client.py {address()}"


@cache
def address():
    """Of a server that forks."""
    folder = TemporaryDirectory(prefix="forks-")
    where = f"{folder.name}/socket"
    server = subprocess.Popen(
        hearing([sys.executable, "-m", "tests.forking.server", where]),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    server.stdout.readline()
    atexit.register(lambda: (server.communicate(), folder.cleanup()))
    return where
