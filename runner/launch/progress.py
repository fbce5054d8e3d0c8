"""What a person sees while seeds train: a bar in a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runner.console.escape import terminal
from runner.console.plain import Plain
from runner.tasks.families import DECLARED
from runner.tasks.metric import in_words, shown
from runner.tasks.task import OBJECTIVE

LINES = 10  # a cell, where there is no bar


class Bar:
    """A bar in a terminal, lines elsewhere, or nothing.

    Args:
        mode: "auto", "bar", "lines" or "none".
        columns: what stands after the bar, before the times.
    """

    def __init__(self, mode: str, *columns: str | ProgressColumn):
        self.console = Plain(file=sys.stderr)
        self.mode = mode if mode != "auto" else "bar" if self.console.is_terminal else "lines"
        self.told: set[str] = set()
        self.bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            *columns,
            TimeElapsedColumn(),
            "left",
            TimeRemainingColumn(),
            console=self.console,
            disable=self.mode != "bar",
        )

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def say(self, line: str) -> None:
        if self.mode != "none":
            self.console.print(line, soft_wrap=True)

    def read(self, lines: Iterable[str]) -> None:
        """What data were read, each line once."""
        for line in lines:
            if line not in self.told:
                self.told.add(line)
                self.say(terminal(line))


class Screen(Bar):
    """Progress of one cell.

    Args:
        mode: "auto", "bar", "lines" or "none".
        title: which cell this is.
        seeds: how many seeds are to be trained.
        epochs: how many epochs each takes.
    """

    def __init__(self, mode: str, title: str, seeds: int, epochs: int):
        super().__init__(mode, "epoch {task.completed:g}/{task.total:g}", TextColumn("{task.fields[values]}"))
        self.title = title
        self.seeds = seeds
        self.epochs = epochs
        self.latest: dict[int, Mapping[str, Any]] = {}
        self.stack: set[int] = set()
        self.waiting: set[int] = set()
        self.said = 0
        self.entitled = False
        self.task = self.bar.add_task(title, total=epochs, values="")

    def say(self, line: str) -> None:
        self._entitle()
        super().say(line)

    def _entitle(self) -> None:
        """Say which cell this is, once there is something to say of it: what is refused is one line."""
        if self.mode == "lines" and not self.entitled:
            self.entitled = True
            self.say(self.title)

    def begin(self, seed: int) -> None:
        """A seed joins the stack that trains now."""
        self._entitle()
        self.stack.add(seed)
        self.waiting.add(seed)

    def leave(self, seed: int) -> None:
        """A seed trains no more."""
        self.stack.discard(seed)
        self.waiting.discard(seed)

    def row(self, seed: int, values: Mapping[str, Any]) -> None:
        """One seed has been evaluated; when all of its stack have, the bar moves to the mean over all seeds."""
        self.latest[seed] = values
        self.waiting.discard(seed)
        if self.waiting:
            return
        self.waiting = set(self.stack)
        done = sum(row["epoch"] for row in self.latest.values()) / self.seeds
        self.bar.update(self.task, completed=done, values=self._means())
        if self.mode == "lines" and done * LINES >= (self.said + 1) * self.epochs:
            self.said = int(done * LINES / self.epochs)
            self.say(f"  epoch {done:g}/{self.epochs}  {self._means()}  {values['seconds']:.1f} s")

    def _means(self) -> str:
        """The objective, if there is one, and the metric that is looked at, each the mean over the seeds so far."""
        rows = list(self.latest.values())
        common = [name for name in rows[0] if all(name in row for row in rows)]
        key = shown(common)
        means = {name: sum(row[name] for row in rows) / len(rows) for name in (OBJECTIVE, key) if name in common}
        objective = f"objective {means[OBJECTIVE]:.4g}  " if OBJECTIVE in means else ""
        if not key:  # no metric is known of a network that does not predict
            return objective.rstrip()
        value = DECLARED[key].whole(means[key]) if key in DECLARED else f"{means[key]:.4g}"
        return f"{objective}{in_words(key)} {value}"
