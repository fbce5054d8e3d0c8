"""Being asked to stop: SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 end training after the epoch in hand and a checkpoint."""

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

ASKING = (  # what schedulers send before they take a machine away, and (SIGHUP) a terminal that is closed
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
TOGETHER = 2.0  # seconds within which signals are one request


class Stopping:
    """Within it, the first such signal is remembered; one that comes later interrupts at once.

    Signals that come together are one: a terminal that is closed and a service that is stopped tell every process, and
    each is told again by its parent, which has gone too. What was ignored before (SIGHUP under nohup) stays ignored.

    Whoever handled the signal before (submitit requeues the job) is told on the way out. Outside the main thread,
    where Python lets nobody handle signals, nothing is changed.
    """

    def __init__(self) -> None:
        self._asked: int | None = None
        self._since = 0.0
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Was it asked to stop?"""
        return self._asked is not None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            heard = [number for number in ASKING if signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._hear) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        before = self._before.get(self._asked) if self._asked is not None else None
        if callable(before):
            before(self._asked, None)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._asked is None:
            self._asked, self._since = number, time.monotonic()
        elif time.monotonic() - self._since > TOGETHER:
            raise KeyboardInterrupt
