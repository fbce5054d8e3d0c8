"""What does a whole job cost beside what one would otherwise type?

Ten seeds of one cell of the demo (GCE, 60% of the labels wrong, 60 epochs with a test after each), from commands to
stored results, imports included: `python -m runner`; the Lightning + Hydra template's way, a process a seed; and the
plain loop of the repositories about noisy labels, a process a seed. The processes are as many at once as there are
cores, each on one thread, with DataLoaders without workers. Network, optimizer, split and rate of noise are the same,
so mean accuracies have to agree. Memory is resident, and counts what processes share in each of them. The runner's is
the median of three commands, which run before, between and after the others.
"""

import csv
import json
from collections.abc import Callable, Sequence
from itertools import combinations
from math import sqrt
from pathlib import Path
from statistics import mean, median, variance
from typing import NamedTuple

from bench.measure import Figure, command, spent
from bench.processes import Watch, one_a_core

SEEDS = range(10)


class Job(NamedTuple):
    """What ten seeds took: seconds on the wall and on all cores, bytes of one process and of all that lived at once.

    Attributes:
        accuracies: (10,) on test examples, that they ended with.
    """

    wall: float
    cpu: float
    one: int
    together: int
    accuracies: list[float]


def measure(folder: Path) -> list[Figure]:
    first, loop, second, template, third = (
        job(way, folder / str(turn)) for turn, way in enumerate((runner, plain, runner, lightning, runner))
    )
    amounts = zip(*(each[:4] for each in (first, second, third)), strict=True)
    wall, cpu, one, together = map(median, amounts)
    ours = Job(wall, cpu, int(one), int(together), first.accuracies)
    return [
        *figures("python -m runner", ours),
        *figures("a plain loop", loop, ours),
        *figures("Lightning + Hydra", template, ours),
        Figure(
            "largest difference of two mean accuracies",
            apart([ours, loop, template]),
            "standard errors",
            ("at most", 3),
        ),
    ]


def job(train: Callable[[Path], list[float]], folder: Path) -> Job:
    folder.mkdir()
    found: list[float] = []
    with Watch() as memory:
        took = spent(lambda: found.extend(train(folder)))
    return Job(took.wall, took.cpu, *memory.most, found)


def runner(folder: Path) -> list[float]:
    """As a user types it, and accuracies from the store."""
    command(["runner", "loss=gce", "noise=0.6", f"seeds={len(SEEDS)}", f"store={folder}"], folder / "log")
    stored = [rows.read_text(encoding="utf-8").splitlines() for rows in folder.glob("cells/*/seed=*/rows.jsonl")]
    return [json.loads(rows[-1])["test/accuracy"] for rows in stored]


def plain(folder: Path) -> list[float]:
    one_a_core([["-m", "bench.peer.plain", str(seed), str(folder / f"{seed}.txt")] for seed in SEEDS])
    return [float(log.read_text(encoding="utf-8").split()[-1]) for log in folder.glob("*.txt")]


def lightning(folder: Path) -> list[float]:
    one_a_core([["-m", "bench.peer.template", f"seed={seed}", f"folder={folder}"] for seed in SEEDS])
    tables = [list(csv.DictReader(file.open(encoding="utf-8"))) for file in folder.glob("*/metrics.csv")]
    return [[float(row["test/accuracy"]) for row in rows if row["test/accuracy"]][-1] for rows in tables]


def figures(name: str, job: Job, ours: Job | None = None) -> list[Figure]:
    """What a job took, and how many times as much as ours."""
    amounts = [("on the wall", job.wall, "s"), ("on the cores", job.cpu, "s")]
    amounts += [("memory of a process", job.one / 2**30, "GiB"), ("memory of all at once", job.together / 2**30, "GiB")]
    found = [Figure(f"{name}: {what}", amount, unit) for what, amount, unit in amounts]
    if ours:
        times = [theirs / mine for theirs, mine in zip(job[:4], ours[:4], strict=True)]
        found += [Figure(f"{name} over it: {what}", n) for (what, *_), n in zip(amounts, times, strict=True)]
    return [*found, Figure(f"{name}: mean test accuracy", 100 * mean(job.accuracies), "%")]


def apart(jobs: Sequence[Job]) -> float:
    """The largest difference of two means of accuracies, in standard errors of the difference."""
    return max(
        abs(mean(a.accuracies) - mean(b.accuracies))
        / sqrt(variance(a.accuracies) / len(a.accuracies) + variance(b.accuracies) / len(b.accuracies))
        for a, b in combinations(jobs, 2)
    )
