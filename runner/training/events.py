"""What happens to the seeds of a stack, as it happens."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite, nan
from typing import Any, NamedTuple

import torch
from torch import Tensor

from runner.tasks.metric import Metric
from runner.tasks.task import ALWAYS, Task
from runner.training.device import peak_memory
from runner.training.loop import Progress, Training

LOST = 1e12  # what a task's bounded metrics stay within: float32 knows no two numbers there that are closer than 65536,
# and log K, the loss of a guess, is nothing beside that. What comes back, as backward correction does, has been beyond
# 1e10.
PAUSE = 5.0  # seconds at least between automatic checkpoints: training is not to wait for the disk


class Started(NamedTuple):
    """Seed `seed` begins; `facts` is what it is trained on, for its provenance."""

    seed: int
    facts: dict[str, Any]


class Row(NamedTuple):
    """What was measured of one seed after some epoch: epoch, step, seconds, then metrics as split/name.

    Where an optimizer asks for more than a gradient a step, also how many gradients and forward passes there were.
    """

    seed: int
    values: dict[str, float]


class FinalDiagnostics(NamedTuple):
    """What the last evaluation of seed `seed` looks like beyond single numbers: see Evaluator.final_diagnostics."""

    seed: int
    values: dict[str, Any]


class Network(NamedTuple):
    """The network of seed `seed` after training: parameters and buffers by name."""

    seed: int
    numbers: dict[str, Tensor]


class Ended(NamedTuple):
    """Seed `seed` is over: state is "done", or "diverged" with its cause; `facts` is what it, or its stack, took, and
    `metrics` declares what is measured of it."""

    seed: int
    state: str
    cause: str | None
    facts: dict[str, Any]
    metrics: dict[str, Metric]


class Saved(NamedTuple):
    """After `epoch`, `state` is all that continuing needs, of the whole stack; it is of use until the next event."""

    epoch: int
    state: dict[str, Any]


class Stopped(KeyboardInterrupt):  # it is none: somebody asked for it
    """Training was asked to stop, and has after a checkpoint."""


class Course(NamedTuple):
    """The training of a stack.

    Attributes:
        training: of S seeds; the loop changes it.
        seeds: S of them.
        over: those of them that ended before a checkpoint that is continued.
        began: when training began, on time.perf_counter's clock, less what it was interrupted for.
        last: the last epoch, after which there is nothing to continue.
        place: where it is computed.
        checkpoint_every: epochs, 0 for never, or "auto".
        task: what the seeds learn.
        declared: what may be measured of them.
    """

    training: Training
    seeds: Sequence[int]
    over: Sequence[int]
    began: float
    last: int
    place: torch.device
    checkpoint_every: int | str
    task: Task
    declared: Mapping[str, Metric]


def events(
    course: Course,
    steps: Iterator[Progress],
    *,
    diagnose: Callable[[], dict[str, Tensor]],
    network: Callable[[int], dict[str, Tensor]] | None,
    stopping: Callable[[], bool],
) -> Iterator[Row | FinalDiagnostics | Network | Ended | Saved]:
    """The progress of a stack as rows and ends of its seeds; a diverged seed ends early and has no further rows.

    Args:
        steps: the loop.
        diagnose: {name: (S, ...)} of the stack as it stands, asked for at the end.
        network: the numbers of the network of seed number i, asked for at the end; None to keep none.
        stopping: was it asked to stop? Then it does, after the epoch in hand and a checkpoint.
    Raises:
        Stopped: it was asked to.
        ValueError: a metric is not between its bounds.
    """
    going = {i: seed for i, seed in enumerate(course.seeds) if seed not in course.over}
    saved = time.perf_counter()
    measured: dict[str, Metric] = {}
    for progress in steps:
        if progress.metrics:
            measured = {name: course.declared[name] for name in (*ALWAYS, *progress.metrics)}
            yield from _measured(course, progress, going, measured)
        stop = stopping()
        pause = time.perf_counter() - saved
        if going and progress.epoch < course.last and (stop or _due(course, progress.epoch, pause)):
            ended = [seed for seed in course.seeds if seed not in going.values()]
            seconds = time.perf_counter() - course.began
            yield Saved(progress.epoch, {"training": course.training.state(), "ended": ended, "seconds": seconds})
            saved = time.perf_counter()
            if stop:
                raise Stopped
    found = {name: values.tolist() for name, values in diagnose().items()} if going else {}
    for i, seed in going.items():
        yield FinalDiagnostics(seed, {name: rows[i] for name, rows in found.items()})
        if network:
            yield Network(seed, {name: number.cpu() for name, number in network(i).items()})
        yield Ended(seed, "done", None, _took(course, i), measured)


def _due(course: Course, epoch: int, pause: float) -> bool:
    every = course.checkpoint_every
    if every == "auto":
        return epoch % max(1, course.last // 10) == 0 and pause > PAUSE
    return bool(every) and epoch % int(every) == 0


def _measured(
    course: Course, progress: Progress, going: dict[int, int], declared: dict[str, Metric]
) -> Iterator[Row | Ended]:
    """Rows of the seeds that are still going, and ends of those that broke, which leave `going`."""
    where = {"epoch": progress.epoch, "step": progress.step, "seconds": time.perf_counter() - course.began}
    if (asked := course.training.oracle.counts) != {"gradients": progress.step, "forwards": 0}:
        where |= asked
    columns = {"train/objective": progress.objective, **progress.metrics}
    table = {name: values.tolist() for name, values in columns.items()}
    for i, seed in list(going.items()):
        if broken := int(progress.broken[i]):
            cause = f"the objective of step {broken} is not finite"
        elif lost := [name for name in course.task.diverged if name in table and not abs(table[name][i]) <= LOST]:
            cause = f"{lost[0]} after step {progress.step} is {_beyond(table[lost[0]][i])}"
        else:
            yield Row(seed, where | _applying({name: row[i] for name, row in table.items()}, course.declared))
            continue
        yield Ended(going.pop(i), "diverged", cause, _took(course, i), declared)


def _beyond(value: float) -> str:
    return f"{value:.3g}, beyond {LOST:g}" if isfinite(value) else "not finite"


def _applying(values: dict[str, float], declared: Mapping[str, Metric]) -> dict[str, float]:
    """Without nan, which is a metric that does not apply. Raises ValueError for a value that is not between bounds."""
    found = {name: value for name, value in values.items() if value == value}
    for name, value in found.items():
        if not declared[name].holds(value):
            raise ValueError(f"{name}={value} is not what its task declares ({declared[name].described})")
    return found


def _took(course: Course, i: int) -> dict[str, Any]:
    """What seed number i, or its stack, took."""
    oracle = course.training.oracle
    norm = nan if oracle.initial_norm is None else float(oracle.initial_norm[i])
    return {
        "seconds": time.perf_counter() - course.began,
        "stack_size": course.training.stack.size,
        "peak_memory_bytes": peak_memory(course.place),
        "gradient_norm_at_start": norm if isfinite(norm) else None,
        **oracle.counts,
    }
