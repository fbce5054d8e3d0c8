"""Pairs of seeds of a cell: the line between their networks as they are, and with units matched; kept as JSON lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from runner.console.errors import ConfigError
from runner.merging.barrier import barrier

Way = Literal["plain", "matched"]
What = Literal["nll", "accuracy"]
WAYS: Mapping[Way, str] = {"plain": "as they are", "matched": "matched"}
MEASURED: Sequence[What] = ("nll", "accuracy")


@dataclass(frozen=True)
class Pair:
    """Two seeds of a cell.

    Attributes:
        cell: what was asked for, for people.
        seeds: both of them.
        examples: test examples that all is measured on.
        distance: {way: squared distance of the weights}.
        nll: {way: cross-entropies from the first seed's network to the second's, in nats}.
        accuracy: {way: accuracies likewise, in [0, 1]}.
    """

    cell: str
    seeds: tuple[int, int]
    examples: int
    distance: Mapping[Way, float]
    nll: Mapping[Way, Sequence[float]]
    accuracy: Mapping[Way, Sequence[float]]

    def barrier(self, what: What, way: Way) -> float:
        """Of cross-entropy in nats, or of the share that is wrong."""
        return barrier(self.nll[way]) if what == "nll" else barrier([1 - each for each in self.accuracy[way]])


def lines(pairs: Sequence[Pair]) -> str:
    """A line of JSON each."""
    return "".join(json.dumps(asdict(pair)) + "\n" for pair in pairs)


def read_pairs(file: Path) -> list[Pair]:
    """What `lines` wrote. Raises ConfigError: the file is not there, or holds something else."""
    try:
        text = file.read_text(encoding="utf-8")
        found = [Pair(**each | {"seeds": tuple(each["seeds"])}) for each in map(json.loads, text.splitlines())]
        for pair in found:
            [pair.barrier(what, way) for what in MEASURED for way in WAYS]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"from={file}: holds no pairs of seeds that keep= wrote ({error})") from error
    if not found:
        raise ConfigError(f"from={file}: holds no pairs of seeds")
    return found
