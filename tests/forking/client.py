"""Programs of ours as forks of a process that has imported what takes seconds to import (server.py).

As a program, `python -IS tests/forking/client.py ADDRESS -m module words` stands for `python -m module words` in a
shell: its stdin, stdout, stderr, folder and environment are those of the fork.
"""

import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path


class Forked:
    """A process that is not our child.

    Attributes:
        pid: of the process.
    """

    def __init__(self, address, argv, *, cwd, environment, files):
        """Have it started.

        Args:
            address: of the server.
            argv: what follows `python` in its command: -m, a module and words; or -c and code.
            files: {number that it has in the process: number that it has here}; no others are open there.
        """
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(address)
        send(self.connection, {"argv": argv, "cwd": str(cwd), "environment": environment, "blocked": []}, files)
        self._answers = self.connection.makefile()
        self.pid = int(self._answers.readline())

    def wait(self):
        """Its exit status, as of subprocess.Popen."""
        with self.connection, self._answers:
            return int(self._answers.readline())


def send(connection, order, files):
    """An order, and the files that come with it."""
    data = json.dumps({**order, "numbers": [*files]}).encode()
    connection.sendall(len(data).to_bytes(8, "big"))
    socket.send_fds(connection, [b"\0"], [*files.values()])
    connection.sendall(data)


def receive(connection):
    """What was sent: an order, and the numbers of its files here; None if the other end was closed."""
    size = connection.recv(8, socket.MSG_WAITALL)
    if not size:
        return None
    _, files, _, _ = socket.recv_fds(connection, 1, 64)
    data = connection.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
    return json.loads(data), files


def open_files(numbers):
    """Those of the numbers that are open."""
    found = []
    for number in numbers:
        with suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def main(address, *argv):
    files = {number: number for number in open_files(range(3))}
    status = Forked(address, argv, cwd=Path.cwd(), environment={**os.environ}, files=files).wait()
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main(*sys.argv[1:])
