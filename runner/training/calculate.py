"""What takes the place of training, as training would report it: one row of each seed, and its end."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from math import isfinite
from typing import Any, NamedTuple

import torch

from runner.compose.calculated import GROUP, PREFIX, PROBE, declared_of
from runner.compose.cell_config import CellConfig
from runner.contracts.make import bound
from runner.data.streams import numbers
from runner.objective.assemble import Stored
from runner.probing.seen import look
from runner.store.networks import DivergedError
from runner.tasks.metric import Metric
from runner.tasks.task import ALWAYS
from runner.training.device import peak_memory
from runner.training.events import Ended, Row, Started, Stopped

NO_DATA = sha256(b"").hexdigest()  # what stands for the hash of a data set
HERE = torch.device("cpu")


class Begun(NamedTuple):
    """A seed that is about to be measured.

    Attributes:
        measure: gives {name: value}. Raises DivergedError where the seed has nothing to measure.
        data_sha256: of the data set that it is of.
        read: what was read, a line each.
    """

    measure: Callable[[], Mapping[str, float]]
    data_sha256: str = NO_DATA
    read: Sequence[str] = ()


def calculate(
    cell: CellConfig, seeds: Sequence[int], stopping: Callable[[], bool] = lambda: False
) -> Iterator[Started | Row | Ended]:
    """Calculate seed after seed. Raises as `_one_row_each`."""
    measure = bound(GROUP, cell.config[GROUP])

    def begin(seed: int) -> Begun:
        return Begun(lambda: measure(numbers(GROUP, seed)))

    return _one_row_each(cell, GROUP, seeds, begin, stopping)


def probe(
    cell: CellConfig, seeds: Sequence[int], stored: Stored, stopping: Callable[[], bool] = lambda: False
) -> Iterator[Started | Row | Ended]:
    """Measure the networks of seed after seed, on the CPU. Raises as `_one_row_each`.

    Args:
        stored: where the networks are found.
    """
    measure = bound(PROBE, cell.config[PROBE])

    def begin(seed: int) -> Begun:
        its = look(cell, seed, stored)
        return Begun(lambda: measure(its.probed()), its.data_sha256, its.read)

    return _one_row_each(cell, PROBE, seeds, begin, stopping)


def _one_row_each(
    cell: CellConfig,
    group: str,
    seeds: Sequence[int],
    begin: Callable[[int], Begun],
    stopping: Callable[[], bool],
) -> Iterator[Started | Row | Ended]:
    """Events of seed after seed.

    Args:
        group: GROUP or PROBE, of what is measured.
        stopping: is it to stop? Then it does before the next seed.
    Raises:
        ConfigError: before the first event, for what cannot be as asked.
        Stopped: it was to stop.
        ValueError: a metric is not declared, lacks, or is not between its bounds; or a seed cannot be measured.
    """
    declared = declared_of(group, cell.config[group])
    metrics = {"seconds": ALWAYS["seconds"], **declared}
    for seed in seeds:
        if stopping():
            raise Stopped
        begun = begin(seed)
        facts = {"data_sha256": begun.data_sha256, "read": list(begun.read)}
        yield Started(seed, {**facts, "device": str(HERE), "stack": [seed]})
        began = time.perf_counter()
        try:
            found = begun.measure()
            values = _checked({f"{PREFIX[group]}/{name}": float(value) for name, value in found.items()}, declared)
            lost = next((f"{name} is not finite" for name, value in values.items() if not isfinite(value)), None)
        except DivergedError as error:
            lost = str(error)
        took = time.perf_counter() - began
        if lost is None:
            yield Row(seed, {"epoch": 1, "step": 1, "seconds": took, **values})
        yield Ended(seed, "diverged" if lost else "done", lost, _took(took), metrics)


def _checked(values: dict[str, float], declared: Mapping[str, Metric]) -> dict[str, float]:
    """The values. Raises ValueError where they are not those that are declared, or one is beyond its bounds."""
    if values.keys() != declared.keys():
        raise ValueError(f"it gives {', '.join(values) or 'nothing'}, and declares {', '.join(declared)}")
    for name, value in values.items():
        if isfinite(value) and not declared[name].holds(value):
            raise ValueError(f"{name}={value} is not what is declared ({declared[name].described})")
    return values


def _took(seconds: float) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "stack_size": 1,
        "peak_memory_bytes": peak_memory(HERE),
        "gradient_norm_at_start": None,
    }
