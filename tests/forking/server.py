"""Forks a process for each program that is asked of it (client.py), after what takes seconds to import."""

import gc
import os
import select
import socket
import sys
from contextlib import suppress
from importlib import import_module

from tests.forking.client import receive
from tests.forking.process import become

HEAVY = (  # none of ours
    "torch", "torch._dynamo", "hydra", "rich.console", "scipy.stats", "sklearn.datasets", "sklearn.model_selection",
    "wandb",
)  # fmt: skip


def main(address):
    for module in HEAVY:
        import_module(module)
    gc.collect()
    gc.freeze()  # a fork copies what it looks at, and would look at all of this
    if asked := serve(address):
        become(*asked)


def serve(address):
    """Fork for each order, and tell its pid and then its exit status, until stdin closes; to a fork, its order."""
    running = {}  # {pidfd: (pid, connection)}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print(flush=True)
        while sys.stdin not in (ready := select.select([sys.stdin, listener, *running], [], [])[0]):
            for over in {*ready} - {listener}:
                pid, connection = running.pop(over)
                os.close(over)
                _tell(connection, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                connection.close()
            if listener in ready:
                connection, _ = listener.accept()
                order, files = receive(connection)
                if not (pid := os.fork()):
                    return order, files
                for file in files:
                    os.close(file)
                running[os.pidfd_open(pid)] = pid, connection
                _tell(connection, pid)
    return None


def _tell(connection, number):
    with suppress(OSError):  # who asked has gone
        connection.sendall(b"%d\n" % number)


if __name__ == "__main__":
    main(*sys.argv[1:])
