"""A number for each test example, as a seed's record keeps it: a bit where it is right or wrong, else two bytes.

    {"test": a hash of the test examples in their order, "size": how many they are,
     "epochs": {epoch: {metric: {"bits": text} or {"scale": s, "halves": text}}}}

A text is base64 of what zlib makes of the numbers. Halves are float16, in units of the mean of their sizes, `scale`, so
that neither small nor large numbers are lost; the mean of many is right to four digits.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.store.files import read
from runner.store.seal import DamagedError, checksum
from runner.store.shapes import NUMBER, TEXT, Group, Shape, check

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPE: dict[str, Shape] = {
    "test": TEXT, "size": frozenset({int}), "epochs": Group(Group(Group(TEXT | NUMBER))),
}  # fmt: skip
MOST = 2**31  # examples


class Filed(NamedTuple):
    """Where what is kept of a seed lies; `size` and `written`, its checksum, are what its status says."""

    file: str
    size: int
    written: str


class Examples(NamedTuple):
    """What is kept of a seed.

    Attributes:
        test: a hash of the test examples in their order: who has the same was tested on the same.
        size: M.
        epochs: {epoch: {metric: what is written of it}}.
    """

    test: str
    size: int
    epochs: Mapping[str, Mapping[str, Mapping[str, Any]]]

    def has(self, epoch: float | None, metric: str) -> bool:
        """Are there numbers of a metric at an epoch?"""
        return epoch is not None and metric in self.epochs.get(str(int(epoch)), {})

    def values(self, epoch: float, metric: str) -> "NDArray[Any]":
        """Its numbers (M,), bool or float64. Raises DamagedError."""
        return read_numbers(self.epochs[str(int(epoch))][metric], self.size)


def written(test: str, epochs: Mapping[int, Mapping[str, "NDArray[Any]"]]) -> dict[str, Any]:
    """What to keep of {epoch: {metric: numbers (M,)}}; numbers that are not finite are not kept.

    >>> import numpy as np
    >>> kept = written("a hash", {3: {"test/accuracy": np.array([True, False]), "test/nll": np.array([0.5, 1.5])}})
    >>> examples(kept).values(3, "test/accuracy").tolist(), examples(kept).values(3, "test/nll").tolist()
    ([True, False], [0.5, 1.5])
    """
    its = {
        str(epoch): {metric: kept for metric, values in by_metric.items() if (kept := write_numbers(values))}
        for epoch, by_metric in epochs.items()
    }
    sizes = {len(values) for by_metric in epochs.values() for values in by_metric.values()}
    return {"test": test, "size": max(sizes, default=0), "epochs": its}


def examples(kept: Any) -> Examples:
    """What was written, or a file of it. Raises DamagedError where it is neither."""
    if isinstance(kept, Filed):
        text = read(kept.file)
        if (len(text), checksum(text)) != (kept.size, kept.written):
            raise DamagedError("is not what was written")
        try:
            kept = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DamagedError("cannot be read") from error
    check_examples(kept)
    return Examples(**{key: kept[key] for key in SHAPE})


def check_examples(kept: Any) -> None:
    """Raise DamagedError where this is not what was written of examples."""
    check({"examples": kept}, {"examples": frozenset({dict})})
    check(kept, SHAPE, SHAPE)
    if not 0 <= kept["size"] < MOST:
        raise DamagedError("says no size that can be")


def write_numbers(values: "NDArray[Any]") -> dict[str, Any]:
    """What to keep of numbers (M,), bool or others; {} where they are not finite."""
    import numpy as np

    if values.dtype == np.bool_:
        return {"bits": _text(np.packbits(values).tobytes())}
    exact = values.astype(np.float64)
    scale = float(np.abs(exact).mean()) if exact.size and np.isfinite(exact).all() else np.nan
    if not np.isfinite(scale):
        return {}
    halves = (exact / (scale or 1.0)).astype("<f2")
    return {"scale": scale, "halves": _text(halves.tobytes())} if np.isfinite(halves).all() else {}


def read_numbers(kept: Mapping[str, Any], count: int) -> "NDArray[Any]":
    """So many numbers that were written, bool or float64. Raises DamagedError."""
    import numpy as np

    try:
        if "bits" in kept:
            bits = np.frombuffer(_bytes(kept["bits"], -(-count // 8)), np.uint8)
            return np.unpackbits(bits, count=count).astype(np.bool_)
        halves = np.frombuffer(_bytes(kept["halves"], 2 * count), "<f2")
        return (halves.astype(np.float64) * (kept["scale"] or 1.0)).reshape(count)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise DamagedError("has numbers of test examples that cannot be read") from error


def _text(contents: bytes) -> str:
    return b64encode(zlib.compress(contents, 9)).decode()


def _bytes(text: str, size: int) -> bytes:
    """So many bytes, and no more: a text of a few may swell to all of the memory. Raises ValueError, zlib.error."""
    inflate = zlib.decompressobj()
    found = inflate.decompress(b64decode(text, validate=True), size + 1)
    if len(found) != size or not inflate.eof:
        raise ValueError(f"{len(found)} bytes, and not {size}")
    return found
