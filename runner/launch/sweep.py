"""A grid, trained in worker processes: what a cell does to its process costs that cell alone."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any, NamedTuple, Self

from runner.compose.cell_config import CellConfig, listed
from runner.console.errors import ConfigError, tell
from runner.launch import pool
from runner.launch.plan import Planned, Refused, plan
from runner.launch.progress import Bar
from runner.launch.workers import Workers, workers

PRELOAD = ("runner.launch.session", "datasets.digits")  # what every worker needs, which takes seconds to import
COMPILER = "torch._dynamo"  # and those that compile
WAIT = 10.0  # seconds that we look out for seeds which others may give up
PAUSE = 0.2  # seconds between a worker's words on how far it is
REFUSAL = f"{ConfigError.__name__}: "  # what the cause of a task begins with that could not be begun


class Task(NamedTuple):
    """Some seeds of a cell, which one worker trains.

    Attributes:
        config: of the cell, with these seeds alone.
        title: what to call it on the screen.
    """

    config: CellConfig
    title: str


def tasks(cells: Sequence[Planned]) -> list[tuple[Planned, Task]]:
    """What is to do, balanced: a grid that is cut short has as many seeds of one cell as of another.

    All cells train their first chunk of seeds (exec.chunk, all at once where it is null) before any trains its second.
    """
    rounds: list[list[tuple[Planned, Task]]] = []
    for planned in cells:
        for turn, seeds in enumerate(_chunks(planned.todo, planned.config.exec.chunk)):
            which = f"seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"
            task = Task(planned.config.of_seeds(seeds), f"{planned.name or planned.config.title} {which}")
            if turn == len(rounds):
                rounds.append([])
            rounds[turn].append((planned, task))
    return [task for turn in rounds for task in turn]


def _chunks(seeds: Sequence[int], size: int | None) -> list[list[int]]:
    """Runs of consecutive seeds, none longer than `size`."""
    found: list[list[int]] = []
    for seed in seeds:
        if not found or seed != found[-1][-1] + 1 or len(found[-1]) == size:
            found.append([])
        found[-1].append(seed)
    return found


def train_grid(cells: Sequence[Planned], settings: Mapping[str, Any]) -> list[Refused]:
    """Train what is to do of some cells, and say of which it could not be begun, and why.

    Args:
        cells: planned.
        settings: of conf/hydra/launcher/pool.yaml.
    """
    refused = [*sweep(cells, settings), *wait_for_others(cells, settings)]
    tell(each.error for each in refused)
    return refused


def sweep(
    cells: Sequence[Planned],
    settings: Mapping[str, Any],
    more: Callable[[Planned], Iterable[Planned]] | None = None,
    expected: int = 0,
) -> list[Refused]:
    """Train what is to do of some cells; those that could not be begun, and why.

    Args:
        cells: planned.
        settings: of conf/hydra/launcher/pool.yaml.
        more: told of a cell that all of its tasks are done, it says which others are to be trained as well. Of a cell
            that could not be begun, or whose process died, it is not told.
        expected: how many tasks there will be with these, for the screen.
    """
    todo = tasks(cells)
    if not todo:
        return []
    left = Counter(id(planned) for planned, _ in todo)
    crew = workers(settings, None if more else len(todo))
    refused: list[Refused] = []
    with Board(cells[0].config.exec.progress, [task for _, task in todo], expected) as board:
        board.say(crew.said)
        with closing(_events(board.todo, crew, settings)) as events:
            for event in events:
                planned, task = todo[event.task]
                if isinstance(event, pool.Said):
                    board.hear(event.task, event.message)
                    continue
                board.end(event.task, event, _finished(planned, task))
                if event.cause and event.cause.startswith(REFUSAL):
                    refused.append(Refused(planned.cell.path, ConfigError(event.cause.removeprefix(REFUSAL))))
                elif event.cause:
                    _mark(planned, task, event)
                left[id(planned)] -= event.state == "done"
                if more and not left[id(planned)]:
                    new = tasks([*more(planned)])
                    todo += new
                    left.update(id(its) for its, _ in new)
                    board.add(task for _, task in new)
    return refused


def _events(todo: Sequence[Task], crew: Workers, settings: Mapping[str, Any]) -> Generator[pool.Ended | pool.Said]:
    return pool.run(
        train,
        todo,
        jobs=len(crew.environments),
        threads=crew.threads,
        limit=settings["limit"],
        retries=settings["retries"],
        preload=(*PRELOAD, *([COMPILER] if any(each.config.exec.compiled for each in todo) else [])),
        environments=crew.environments,
    )


def _finished(planned: Planned, task: Task) -> int:
    return sum(planned.cell.seed(seed).finished for seed in task.config.seeds)


def wait_for_others(cells: Sequence[Planned], settings: Mapping[str, Any]) -> list[Refused]:
    """Train seeds that other processes had, and give up while we look: a sweep that was killed takes its workers along,
    but not at once. Those that are still at work after that are left to it.
    """
    held = {id(p): [seed for seed, state in p.states.items() if state == "elsewhere"] for p in cells}
    left = [planned for planned in cells if held[id(planned)]]
    refused: list[Refused] = []
    until = time.monotonic() + WAIT
    while left and time.monotonic() < until:
        again = [_again(planned, held[id(planned)]) for planned in left]
        refused += sweep(again, settings)
        left = [p for p, now in zip(left, again, strict=True) if "elsewhere" in now.states.values()]
        time.sleep(min(1.0, WAIT) if left else 0.0)
    return refused


def _again(planned: Planned, seeds: Sequence[int]) -> Planned:
    """The same cell with these seeds alone, as they stand now."""
    (now,) = plan([planned.config])
    return Planned(now.config, now.cell, {seed: now.states[seed] for seed in seeds}, planned.name)


def _mark(planned: Planned, task: Task, event: pool.Ended) -> None:
    """Let the seeds that died with their process say so."""
    for seed in task.config.seeds:
        record = planned.cell.seed(seed)
        if record.status()["state"] != "failed" and record.claim():
            trace = {"traceback": event.traceback} if event.traceback else {}
            record.judge("failed", str(event.cause), command=task.config.command_of(seed), **trace)


def train(task: Task, say: pool.Say) -> None:
    """What a worker does."""
    from runner.launch.session import run_cell

    listed.cache_clear()

    def screen(mode: str, title: str, seeds: int, epochs: int) -> "Reporter":
        return Reporter(say)

    run_cell(task.config, task.title, screen)


class Reporter:
    """The screen of a cell in a worker: tells the parent how far it is, now and then, and what there is to say."""

    def __init__(self, tell: pool.Say):
        self.tell = tell
        self.epochs: dict[int, float] = {}
        self.told = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def say(self, line: str) -> None:
        self.tell(line)

    def read(self, lines: Iterable[str]) -> None:
        self.tell(list(lines))

    def begin(self, seed: int) -> None:
        self.epochs[seed] = 0

    def leave(self, seed: int) -> None:
        pass

    def row(self, seed: int, values: Mapping[str, Any]) -> None:
        self.epochs[seed] = values["epoch"]
        if time.monotonic() - self.told > PAUSE:
            self.told = time.monotonic()
            self.tell(sum(self.epochs.values()))


class Board(Bar):
    """Progress of a whole sweep: a bar in a terminal, a line for each task that is over elsewhere."""

    def __init__(self, mode: str, todo: Iterable[Task], expected: int = 0):
        super().__init__(mode, "{task.percentage:>3.0f}%")
        self.expected = expected
        self.todo: list[Task] = []
        self.weights: list[int] = []
        self.done: list[float] = []
        self.over = 0
        self.line = self.bar.add_task("")
        self.add(todo)

    def add(self, todo: Iterable[Task]) -> None:
        """Further tasks; those that are only expected count as much as the others in the mean."""
        new = list(todo)
        self.todo += new
        self.weights += [len(task.config.seeds) * task.config.epochs for task in new]
        self.done += [0.0] * len(new)
        total = sum(self.weights) * self.most / len(self.todo)
        self.bar.update(self.line, total=total, description=self._count())

    @property
    def most(self) -> int:
        """How many tasks there are, or will be."""
        return max(self.expected, len(self.todo))

    def hear(self, number: int, message: float | str | list[str]) -> None:
        """What the worker at a task tells: epochs of its seeds, a line, or what data it read, which is said once."""
        if isinstance(message, str):
            self.say(f"{self.todo[number].title}: {message}")
        elif isinstance(message, list):
            self.read(message)
        else:
            self._move(number, message)

    def end(self, number: int, event: pool.Ended, finished: int) -> None:
        """A task is over, and so many of its seeds are finished."""
        self.over += 1
        self._move(number, self.weights[number])
        seeds = len(self.todo[number].config.seeds)
        if finished < seeds or self.mode == "lines":
            outcome = "done" if finished == seeds else f"{finished} of {seeds} seeds done"
            failed = f", failed: {event.cause}" if event.cause else ""
            cause = ", refused" if str(event.cause).startswith(REFUSAL) else failed  # why, the caller says
            self.say(f"[{self.over}/{self.most}] {self.todo[number].title}: {outcome}{cause}, {event.seconds:.1f} s")

    def _move(self, number: int, epochs: float) -> None:
        self.done[number] = epochs
        self.bar.update(self.line, completed=sum(self.done), description=self._count())

    def _count(self) -> str:
        return f"{self.over}/{self.most} tasks"
