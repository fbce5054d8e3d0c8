"""A calculation of some seeds, as training would report it: one row of each seed, and its end."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from math import isfinite
from typing import Any

import torch

from runner.compose.calculated import GROUP
from runner.compose.cell_config import CellConfig
from runner.contracts.make import bound
from runner.data.streams import numbers
from runner.tasks.metric import Metric
from runner.tasks.task import ALWAYS
from runner.training.device import peak_memory
from runner.training.events import Ended, Row, Started, Stopped

NO_DATA = sha256(b"").hexdigest()  # what stands for the hash of a data set
HERE = torch.device("cpu")


def calculate(
    cell: CellConfig, seeds: Sequence[int], stopping: Callable[[], bool] = lambda: False
) -> Iterator[Started | Row | Ended]:
    """Calculate seed after seed.

    Args:
        stopping: is it to stop? Then it does before the next seed.
    Raises:
        ConfigError: before the first event, for what cannot be as asked.
        Stopped: it was to stop.
        ValueError: a metric is not declared, lacks, or is not between its bounds.
    """
    measure = bound(GROUP, cell.config[GROUP])
    declared = {f"test/{metric.name}": metric for metric in cell.task.quality}
    for seed in seeds:
        if stopping():
            raise Stopped
        yield Started(seed, {"data_sha256": NO_DATA, "read": [], "device": str(HERE), "stack": [seed]})
        began = time.perf_counter()
        found = measure(numbers(GROUP, seed))
        took = time.perf_counter() - began
        values = _checked({f"test/{name}": float(value) for name, value in found.items()}, declared)
        metrics = {"seconds": ALWAYS["seconds"], **declared}
        if lost := [name for name, value in values.items() if not isfinite(value)]:
            yield Ended(seed, "diverged", f"{lost[0]} is not finite", _took(took), metrics)
            continue
        yield Row(seed, {"epoch": 1, "step": 1, "seconds": took, **values})
        yield Ended(seed, "done", None, _took(took), metrics)


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
