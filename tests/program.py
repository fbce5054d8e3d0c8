"""Programs of ours as processes of their own, forked from one that has imported what takes them seconds to import."""

import atexit
import json
import os
import runpy
import subprocess
import sys
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ["torch", "torch._dynamo", "hydra", "rich.console", "scipy.stats", "sklearn.datasets", "wandb"]  # none of ours


def program(*words, cwd, module="runner", **environment):
    """What became of `python -m module words`, as of subprocess.run; where what it imports is the point, run that."""
    with TemporaryDirectory() as folder:
        out, err = (str(Path(folder) / name) for name in ("out", "err"))
        variables = os.environ | {"PYTHONPATH": str(ROOT), "WANDB_MODE": "disabled"} | environment
        asked = {"module": module, "words": words, "cwd": str(cwd), "environment": variables, "out": out, "err": err}
        server = _server()
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        said = [Path(file).read_text(encoding="utf-8") for file in (out, err)]
    return subprocess.CompletedProcess([module, *words], status, *said)


def interrupted(number, store, pattern, *words):
    """A process of `python -m runner words` gets a signal once its store has such a file; its status and stderr."""
    words = [sys.executable, "-m", "runner", *words, f"store='{store}'"]
    child = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(store.glob(pattern)):
        time.sleep(0.01)
    os.kill(child.pid, number)
    said = child.communicate(timeout=60)[1]
    return child.returncode, said


@cache
def _server():
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.program"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(started.communicate)
    return started


def _serve():
    """Fork for each line that is asked, and tell its exit status."""
    for module in HEAVY:
        import_module(module)
    while line := sys.stdin.readline():
        if not (child := os.fork()):
            _become(**json.loads(line))
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(module, words, cwd, environment, out, err):
    """Run the module in this process as if Python had been started with it."""
    for number, file, mode in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        opened = os.open(file, mode | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.path[0] = cwd
    sys.argv[1:] = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
