"""What an audit says of a seed's targets, whatever their kind; files beside this one have each."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from runner.data.protocol import Labelled, Prepared

Record = Mapping[str, Any]


class Rows(NamedTuple):
    """A table.

    Attributes:
        said: what stands above it.
        header: names of columns.
        body: rows of as many cells; the first is a name.
        total: a last row, of all; none where it is empty.
    """

    said: str
    header: Sequence[str]
    body: Sequence[Sequence[str]]
    total: Sequence[str] = ()


class Shown(ABC):
    """The targets of one seed.

    Attributes:
        heading: of their section on the card.
        lacking: why no baseline looks for wrong ones; "" where one does.
        called: one of them, where it is said that equal inputs have different ones.
    """

    heading: str
    lacking: str = ""
    called: str = "label"

    def __init__(self, prepared: Prepared, seed_place: int):
        self.prepared, self.split = prepared, prepared.split
        self.train = Labelled(*(part[seed_place] for part in prepared.train))

    @abstractmethod
    def overview(self, rate: float, record: Record) -> Rows:
        """For the terminal: what became of them under noise of this rate."""

    @abstractmethod
    def section(self, record: Record) -> Rows:
        """For the card."""

    @abstractmethod
    def text(self, target: Tensor) -> str:
        """One target, as `Split.y` has it, in a few letters."""

    @abstractmethod
    def groups(self) -> list[tuple[str, Tensor]]:
        """Some training examples to look at, under names: which they are, as places in `train`."""

    def told(self, place: int) -> tuple[str, str]:
        """The given and the true target of a training example, in a few letters."""
        return self.text(self.train.given[place]), self.text(self.train.true[place])

    def changed(self) -> Tensor:
        """(n,) which training examples are given a wrong target."""
        return self.prepared.targets.wrong(self.train.given, self.train.true).nonzero()[:, 0]

    def notes(self, record: Record) -> list[str]:
        """Lines below the overview."""
        val = record["val"]
        return [f"{val['noise_rate']:.1%} of the validation labels are wrong"] if val["examples"] else []

    def size(self, record: Record) -> Rows:
        """How many examples there are in each part."""
        body = [[name, str(count)] for name, count in self.parts(record).items() if count]
        return Rows(self.inputs(), ["part", "examples"], body)

    def parts(self, record: Record) -> dict[str, int]:
        """{part: its examples}."""
        return {
            "the data set, for training": len(self.split.y),
            "the data set, for testing": len(self.split.test_y),
            "this seed, for training": record["train"]["examples"],
            "this seed, for validation": record["val"]["examples"],
        }

    def inputs(self) -> str:
        """What an input is."""
        x = self.split.x
        shape = " x ".join(map(str, x.shape[1:]))
        return f"An input is {shape} numbers ({str(x.dtype).removeprefix('torch.')})."


def summed(counts: Sequence[Sequence[int]]) -> list[str]:
    """The sum of each column, as text."""
    return [str(sum(column)) for column in counts]
