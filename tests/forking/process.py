"""What a fork does to be as if Python had been started anew."""

import atexit
import fcntl
import io
import os
import runpy
import signal
import site
import socket
import sys
import threading
from multiprocessing import util
from pathlib import Path
from types import ModuleType

from tests.forking.client import open_files, receive, send

HIGH = 256  # no program of ours has as many files
PATH = [place for place in sys.path[1:] if place not in os.environ.get("PYTHONPATH", "").split(os.pathsep)]


def become(order, files):
    """Do in this fork what `python` with some arguments does, as if it had been started for it.

    Args:
        order: argv (what follows `python`), cwd, environment, blocked (signals) and numbers (of its files).
        files: what number each of its files has here. All others are closed.
    """
    spare, pid = _spare()
    (spare,) = _settle(order, [*files, spare])
    util.spawnv_passfds = _spawning(spare, pid, util.spawnv_passfds)
    _run(*order["argv"])


def _spare():
    """Fork once more, and nothing of ours will have run there: the number of a socket for its order, and its pid."""
    ours, theirs = socket.socketpair()
    if pid := os.fork():
        theirs.close()
        return ours.detach(), pid
    ours.close()
    for number in open_files(range(3)):
        os.close(number)
    if asked := receive(theirs):
        _settle(*asked)
        _run(*asked[0]["argv"])
    os._exit(0)


def _spawning(spare, pid, anew):
    """The server that a grid has its workers of, multiprocessing's, would import all again: let the spare become it.

    Whatever else multiprocessing starts, and another server, if that is killed, is a process of its own.
    """
    left = [pid]

    def spawn(path, arguments, passed):
        if "forkserver" not in arguments[-1] or not left:
            return anew(path, arguments, passed)
        blocked = [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())]
        order = {"argv": arguments[-2:], "cwd": str(Path.cwd()), "environment": {**os.environ}, "blocked": blocked}
        with socket.socket(fileno=spare) as connection:
            send(connection, order, {number: number for number in [*open_files(range(3)), *passed]})
        return left.pop()

    return spawn


def _settle(order, files):
    """Have the files of the order, open and closed as they would be, and its environment, folder, path and streams.

    Args:
        files: what number each of its files has here, and then others, which are kept: what numbers they have now.
    """
    moved = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, HIGH) for file in files]
    os.closerange(0, HIGH)
    for number in order["numbers"]:
        file = moved.pop(0)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["cwd"])
    signal.pthread_sigmask(signal.SIG_SETMASK, order["blocked"])
    sys.path[:] = ["", *os.environ.get("PYTHONPATH", "").split(os.pathsep), *PATH]
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        _stream(number, name)
    site.execsitecustomize()
    return moved


def _stream(number, name):
    """One of Python's three, on the file of now; None if it is closed. What letters it takes is the environment's."""
    stream = None
    if number in open_files([number]):
        before = getattr(sys, name)
        unbuffered = number > 0 and before.write_through
        file = open(number, "wb" if number else "rb", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115
        getattr(file, "raw", file).name = f"<{name}>"
        encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
        stream = io.TextIOWrapper(
            file,
            encoding=encoding or before.encoding,
            errors=before.errors if number == 2 or not encoding + errors else errors or "strict",
            line_buffering=before.line_buffering,
            write_through=before.write_through,
        )
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def _run(option, what, *words):
    """`python -m module words` or `python -c code words`, to its end, at which modules are not taken apart."""
    status = 0
    try:
        if option == "-m":
            sys.path[0] = str(Path.cwd())
            sys.argv[:] = [what, *words]
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            sys.argv[:] = ["-c", *words]
            sys.modules["__main__"] = ModuleType("__main__")
            exec(what, sys.modules["__main__"].__dict__)
    except SystemExit as leaving:
        if not isinstance(leaving.code, int | None):
            raise
        status = leaving.code or 0
    threading._shutdown()
    atexit._run_exitfuncs()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError:
        sys.exit(status)  # upon which Python tries again, and says what it says then
    os._exit(status)
