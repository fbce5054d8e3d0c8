"""The process of W&B's client, `python -m runner.launch.mirror`: runner/launch/tracking.py starts it and tells it what.

It reads lines of JSON, [name of a method, its arguments], and answers in such lines: what went wrong, or "" when all
that came before `close` is done. So W&B's import and its waits cost training nothing, and neither does its end.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from runner.console.errors import first_line


class Mirror:
    """The open W&B runs of one stack.

    Args:
        answers: where lines go.
    """

    def __init__(self, answers: TextIO):
        self.answers = answers
        self.off = False
        self.runs: dict[int, Any] = {}

    def begin(self) -> None:
        """Another stack."""
        self.off = False
        self.runs.clear()

    def start(self, seed: int, run: Mapping[str, Any]) -> None:
        """Begin the run of a seed with these arguments of wandb.init."""
        if self.off:
            return
        with self._forgiving():
            import wandb

            settings = wandb.Settings(console="off", silent=True, x_stats_pid=os.getppid())  # whose load is recorded
            self.runs[seed] = wandb.init(**run, settings=settings)
            self.runs[seed].define_metric("*", step_metric="epoch")

    def log(self, seed: int, row: Mapping[str, Any]) -> None:
        if seed in self.runs:
            with self._forgiving():
                self.runs[seed].log(row)

    def finish(self, seed: int, exit_code: int) -> None:
        if seed in self.runs:
            with self._forgiving():
                self.runs.pop(seed).finish(exit_code=exit_code)

    def close(self) -> None:
        self.answer("")

    def answer(self, text: str) -> None:
        self.answers.write(f"{json.dumps(text)}\n")
        self.answers.flush()

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:  # SystemExit among them: whatever it is, it is wandb's
            self.off = True
            self.runs.clear()
            self.answer(first_line(error))


def main() -> None:
    """Until there is nothing more to read: then whoever told it has ended, and with it every run that is open."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whatever W&B prints is no answer
    mirror = Mirror(answers)
    with suppress(BaseException):  # it is said where it is needed
        import wandb  # noqa: F401  # while there is nothing to do yet
    for line in sys.stdin:
        name, arguments = json.loads(line)
        getattr(mirror, name)(**arguments)
    for seed in list(mirror.runs):
        mirror.finish(seed, exit_code=1)


if __name__ == "__main__":
    main()
