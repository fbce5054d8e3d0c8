"""What workers are given to do in tests/launch/test_pool.py, and parents that come to harm there."""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

from runner.launch import pool

WHICH = os.environ.get("WHICH")  # when this was imported
HERE = {"jobs": 1, "threads": 1, "limit": None, "retries": 0, "preload": [], "environments": [{}]}


def nothing(task, say):
    pass


def perform(task, say):
    """Do what the task is the name of, with what follows it."""
    name, *arguments = task if isinstance(task, tuple) else (task,)
    globals()[name](say, *arguments)


def succeed(say, *messages):
    for message in messages:
        say(message)


def where(say):
    say(os.getpid())


def settings(say, *names):
    say({name: os.environ.get(name) for name in names} | {"folder": str(Path.cwd())})


def early(say):
    say(WHICH)


def modules(say, name):
    say(name in sys.modules)


def torch_threads(say):
    import torch

    say(torch.get_num_threads())


def refuse(say):
    raise ValueError("not this one")


def speechless(say):
    raise ValueError


def leave(say):
    sys.exit(3)


def interrupt(say):
    raise KeyboardInterrupt


def vanish(say, status):
    os._exit(status)


def segfault(say):
    ctypes.string_at(0)


def shoot(say, number):
    os.kill(os.getpid(), number)


def last_words(say, count):
    for n in range(count):
        say(n)
    os.kill(os.getpid(), signal.SIGKILL)


def half_a_word(say):
    """Die amid a message, and leave a child that has the socket open."""
    child = os.fork()
    if not child:
        time.sleep(600)
    say(child)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
    say("x" * 10_000_000)


def exhaust(say):
    """Ask for more memory than there may be."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 29, resource.getrlimit(resource.RLIMIT_AS)[1]))
    kept = []
    while True:
        kept.append(bytearray(1 << 24))


def hang(say):
    say(os.getpid())
    time.sleep(600)


def hang_on(say):
    """Hang, and take no notice of a polite request."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang(say)


def wind_up(say, mark=os.devnull):
    """Hang until asked to end, and then end well, and leave a mark."""
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append("asked"))
    say(os.getpid())
    while not asked:
        time.sleep(0.01)
    Path(mark).touch()
    say(*asked)


def once(say, folder, name, *arguments):
    """Come to harm at the first attempt only."""
    mark = Path(folder) / "tried"
    say(f"attempt at {name}")
    if not mark.exists():
        mark.touch()
        globals()[name](say, *arguments)


def nudge(say):
    """Ctrl-C as a terminal sends it, to everybody."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)


def doze(say, seconds):
    time.sleep(seconds)


def spoil(say):
    """Leave handlers behind."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def handlers(say):
    say([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == [signal.SIG_IGN, signal.SIG_DFL])


def send(say, kind):
    say({"function": lambda: 0, "lock": threading.Lock(), "error": OddError(1, 2)}[kind])


class OddError(Exception):
    """Can be pickled, but not unpickled."""

    def __init__(self, one, two):
        super().__init__(one)


def chatter(say, count, size):
    for n in range(count):
        say((n, "x" * size))


def kill_server(say):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


def blocked(say):
    say(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def parent(*tasks, **settings):
    """A program with a pool of two, that tells who it is and what its tasks say."""
    print(os.getpid(), flush=True)
    for event in pool.run(perform, tasks, **HERE | {"jobs": 2, "environments": [{}, {}]} | settings):
        if isinstance(event, pool.Said):
            print(event.message, flush=True)


def parent_that_leaves(*tasks):
    """A program that forgets its pool, in a place where nothing forgets it for good."""
    global forgotten
    forgotten = pool.run(perform, list(tasks), **HERE)
    print(os.getpid(), next(forgotten).message, sep="\n", flush=True)
