"""What an audit says of pairs whose mutual information is asked for."""

import torch
from torch import Tensor

from runner.data_card.kinds.kind import Record, Rows, Shown
from runner.statistics.neighbours import information

NEIGHBOURS = 3
FEW = 2000  # pairs that neighbours are looked for among


class ShownPairs(Shown):
    """Pairs (N, 2, ...), and their densities (N, 1), which may not be known."""

    heading = "Pairs"
    lacking = "confident learning asks for classes, and training sees no targets"
    called = "target"

    def overview(self, rate: float, record: Record) -> Rows:
        header = ["of", "pairs", "information", "mean density", "by neighbours"]
        train, test = len(self.train.true), len(self.split.test_y)
        total = ["training and testing", str(train + test), "", "", ""]
        return Rows("", header, [["training", str(train), *self._found()]], total)

    def section(self, record: Record) -> Rows:
        said = (
            "In nats. The information is the data set's own, the mean density that of this seed's training pairs; a "
            f"hyphen is what nobody knows. By neighbours is the estimate of Kraskov et al. with k={NEIGHBOURS}, of at "
            f"most {FEW} pairs, which is too small where there are many dimensions or much information."
        )
        return self.overview(0.0, record)._replace(said=said)

    def _found(self) -> list[str]:
        truth, density = self.split.optimum.get("estimate", torch.nan), self.train.true.double().mean().item()
        halves = (self.split.x[self.train.place[:FEW]] - self.split.mean) / self.split.std
        one, other = (_varying(half.flatten(1)).double().numpy() for half in halves.unbind(1))
        few = len(halves) <= NEIGHBOURS or not one.shape[1] or not other.shape[1]
        near = torch.nan if few else information(one, other, NEIGHBOURS)
        return ["-" if value != value else f"{value:.4g}" for value in (truth, density, near)]

    def notes(self, record: Record) -> list[str]:
        return []

    def groups(self) -> list[tuple[str, Tensor]]:
        """All together."""
        return [("pairs", torch.arange(len(self.train.true)))]

    def text(self, target: Tensor) -> str:
        return "" if target.isnan().all() else f"{target.item():.4g} nats"


def _varying(half: Tensor) -> Tensor:
    """(N, D) without the columns that fill up the shorter half."""
    return half[:, half.std(0, correction=0) > 0]
