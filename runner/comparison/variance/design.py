"""Which runs tell sources of chance apart: each varies with all others fixed, at several points, and all at once.

A source is a stream of random numbers that a key of its own can pin: init_seed, order_seed and so on. At a point the
streams of all other sources are pinned to one number, and only seeds make a difference. One point is one draw of all
that is fixed, so there are several. The variance within points, in the mean over points, is how much of the variance
the source makes while all else is fixed, alone or together with what is fixed:

    E[Var(Y | all other sources)], the total effect of the source (Homma and Saltelli, 1996; as a share of Var(Y), the
    total Sobol index)

For sources that act by themselves, these add up to the variance of all at once; what they come to beyond it, they do
together. Bouthillier et al. ("Accounting for Variance in Machine Learning Benchmarks", MLSys 2021) also vary a source
while others are fixed.

No number keys a stream at two points, or is pinned at one and varies at another: point p = 1, 2, ... pins to 1000p and
has the seeds from 1000p + 1 on, and all at once have the seeds from 0 on. So the runs of a design stay part of a larger
one, and what is measured at two points, or of a source and of all, is independent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runner.comparison.results import Result
from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError

STREAMS = ("init", "order", "augment", "split", "noise")
ALL = "all"  # in place of a source: no stream is pinned but by the user
APART = 1000  # from one point to the next, in numbers of seeds


def key_of(stream: str) -> str:
    """The key that pins a stream."""
    return f"{stream}_seed"


def runs(cells: Iterable[CellConfig], sources: Sequence[str], seeds: int, points: int) -> Iterator[CellConfig]:
    """The cells of a design: of each of these cells itself, and each source at each point.

    Args:
        seeds: of all at once, and of each source over all points.
    Raises:
        ConfigError: a source is pinned or draws nothing, or there are too few seeds for so many points.
    """
    if seeds % points or not 2 <= seeds // points < APART:
        raise ConfigError(f"seeds={seeds}: must be a multiple of points={points}, and at least 2 of them at each")
    if seeds >= APART:
        raise ConfigError(f"seeds={seeds}: must be fewer than {APART}, the first of a point")
    for cell in cells:
        _check(cell, sources)
        yield cell.of_seeds(range(seeds))
        for source in sources:
            for point in range(1, points + 1):
                yield _at(cell, source, point * APART, seeds // points)


def _at(cell: CellConfig, source: str, number: int, seeds: int) -> CellConfig:
    """The cell at the point of this number, with so many draws of a source."""
    keys = [key_of(stream) for stream in STREAMS if stream != source]
    pins = {key: number for key in keys if cell.config[key] is None}
    said = [f"{key}={number}" for key in pins]
    its = replace(cell, config={**cell.config, **pins}, overrides=[*cell.overrides, *said])
    return its.of_seeds(range(number + 1, number + 1 + seeds))


def _check(cell: CellConfig, sources: Sequence[str]) -> None:
    for stream in STREAMS:
        pinned = cell.config[key_of(stream)]
        if pinned is not None and stream in sources:
            raise ConfigError(f"{key_of(stream)}={pinned}: sources={stream} varies what this pins")
        if pinned is not None and pinned >= APART:
            raise ConfigError(f"{key_of(stream)}={pinned}: must be below {APART}, the number of the first point")
    for source, why in _idle(cell).items():
        if source in sources:
            raise ConfigError(f"sources={source}: {why}; {cell.title} draws nothing by {key_of(source)}")


def _idle(cell: CellConfig) -> dict[str, str]:
    """The sources that a cell has not got, as far as its configuration says so, and what would make it have them."""
    data = cell.data
    by_seed = "seed" in (data.dataset.get("fold"), data.dataset.get("validated_on"))
    divided = data.resample != "none" or by_seed or data.val_fraction or data.imbalance != 1
    curates = not str(data.curation["_target_"]).endswith(".whole")
    idle = {} if data.noise else {"noise": "noise=0 flips no label"}
    return idle if divided or curates else idle | {"split": "resample=bootstrap or val_fraction=0.1 would draw by it"}


def place_of(result: Result) -> tuple[str, int] | None:
    """The source and the number of the point that a result is of, (ALL, 0) of all at once; None where it is of no
    design."""
    numbers: dict[str, int | None] = {stream: result.settings.get(key_of(stream)) for stream in STREAMS}
    points = {number for number in numbers.values() if number is not None and _of_point(number)}
    free = [stream for stream, number in numbers.items() if number is None]
    if not points:
        return ALL, 0
    return (free[0], points.pop()) if len(points) == len(free) == 1 else None


def besides(question: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked of a result but for what a design varies: the same for all runs of one."""
    keys = {key_of(stream) for stream in STREAMS}
    return {key: its for key, its in question.items() if key not in keys or not (its is None or _of_point(its))}


def _of_point(number: int) -> bool:
    return number >= APART and number % APART == 0
