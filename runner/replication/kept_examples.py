"""What became of each test example, in a line of evidence of a claim that is judged over these as well: a bit or two
bytes each.

    {"size": M, "values": {metric: [[arm, where, {seed: as runner/comparison/kept_examples.py has it}], ...]}}
"""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from runner.comparison.examples import CLOSE
from runner.comparison.kept_examples import MOST, read_numbers, write_numbers
from runner.console.errors import ConfigError
from runner.nodes.group import known
from runner.replication.claim import Place, Values
from runner.statistics.values import Array
from runner.store.seal import DamagedError

SHAPE: dict[str, Any] = {"size": Annotated[int, f"[1, {MOST})"], "values": dict}


def written(examples: Values) -> dict[str, Any]:
    """What to keep of {metric: {place: {seed: (M,)}}}; {} where there is nothing."""
    sizes = [len(its) for places in examples.values() for by_seed in places.values() for its in by_seed.values()]
    if not sizes:
        return {}
    kept = {
        metric: [[*place, {seed: _numbers(its) for seed, its in by_seed.items()}] for place, by_seed in places.items()]
        for metric, places in examples.items()
    }
    return {"size": sizes[0], "values": kept}


def read(said: Mapping[str, Any], values: Values) -> Values:
    """What was written, of the places and seeds of `values`, to which it has to come in the mean.

    Raises:
        ConfigError: it is not that.
    """
    if not said:
        return {}
    parts = known("examples.", said, SHAPE, ())
    return {metric: _places(metric, parts["values"].get(metric), values[metric], parts["size"]) for metric in values}


def _numbers(values: Array) -> dict[str, Any]:
    return write_numbers(values.astype(np.bool_) if np.isin(values, (0.0, 1.0)).all() else values)


def _places(
    metric: str, said: Any, values: Mapping[Place, Mapping[int, float]], size: int
) -> dict[Place, dict[int, Array]]:
    common = sorted(set.intersection(*(set(by_seed) for by_seed in values.values())))
    try:
        by_place = {(str(arm), str(where)): its for arm, where, its in said}
        found = {
            place: {seed: read_numbers(by_place[place][str(seed)], size).astype(np.float64) for seed in common}
            for place in values
        }
    except (KeyError, TypeError, ValueError, DamagedError) as error:
        raise ConfigError(f"examples.values.{metric}: are not those of the arms and seeds of the claim") from error
    for place, by_seed in found.items():
        for seed, its in by_seed.items():
            if not abs(its.mean() - values[place][seed]) <= CLOSE * np.abs(its).mean() + 1e-9:
                said_of = " ".join(filter(None, place))
                raise ConfigError(f"examples.values.{metric}: of {said_of}, seed {seed}, do not come to its result")
    return found
