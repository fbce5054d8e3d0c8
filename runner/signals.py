"""Being asked to stop: SIGTERM, SIGUSR1 and SIGUSR2 end training after the epoch in hand and a checkpoint."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

ASKING = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)  # what schedulers send before they take a machine away


class Stopping:
    """Within it, the first such signal is remembered; a second one interrupts at once.

    Whoever handled the signal before (submitit requeues the job) is told on the way out. Outside the main thread,
    where Python lets nobody handle signals, nothing is changed.
    """

    def __init__(self) -> None:
        self._asked: int | None = None
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Was it asked to stop?"""
        return self._asked is not None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in ASKING}
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
        if self._asked is not None:
            raise KeyboardInterrupt
        self._asked = number
