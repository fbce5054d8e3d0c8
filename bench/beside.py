"""The runner's own path and something else, epoch by epoch in turn, in one process: what disturbs one disturbs both."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from runner.compose.cell_config import CellConfig
from runner.compose.command_line import compose_cells
from runner.launch.progress import Screen
from runner.launch.session import run_cell

Contender = Callable[[], Iterator[float]]  # makes an iterator of which each step is an epoch, and gives its seconds


class Seconds:
    """Of each epoch of a stack, with all that is measured, stored and shown of it, and of each contender's beside it.

    Attributes:
        before: from the beginning to the end of the first epoch, compilation included.
        runner: of the epochs after that.
        others: {name: of the epochs after the first}.
    """

    def __init__(self, before: float, runner: Sequence[float], others: Mapping[str, Sequence[float]]):
        self.before = before
        self.runner = median(runner)
        self.others = {name: median(seconds) for name, seconds in others.items()}
        self._pairs = {name: list(zip(runner, seconds, strict=True)) for name, seconds in others.items()}

    def ratio(self, name: str) -> float:
        """How many of the contender's epochs one of the runner's takes: the median of pairs."""
        return median(ours / theirs for ours, theirs in self._pairs[name])


def beside(said: Sequence[str], others: Mapping[str, Contender]) -> Seconds:
    """Train what a user says, one stack, and after each of its epochs one epoch of each contender."""
    contenders = {name: make() for name, make in others.items()}
    runner: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in others}
    began = time.perf_counter()

    class InTurn(Screen):
        def row(self, seed: int, values: Mapping[str, Any]) -> None:
            nonlocal began
            super().row(seed, values)
            if seed != max(self.stack):  # the last row of a stack ends its epoch
                return
            runner.append(time.perf_counter() - began)
            for name, contender in contenders.items():
                theirs[name].append(next(contender))
            began = time.perf_counter()

    with TemporaryDirectory() as store:
        cell = config([f"store={store}", "exec.wandb.mode=disabled", *said])
        run_cell(cell, "bench", make_screen=InTurn)
    return Seconds(runner[0], runner[1:], {name: seconds[1:] for name, seconds in theirs.items()})


def config(said: Sequence[str]) -> CellConfig:
    """What a command line asks for."""
    return compose_cells(list(said), multirun=False)[0]
