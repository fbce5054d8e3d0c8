"""A published table in the making: its cells at a scale, and what the store has of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError, nearest
from runner.replication.claim import Place
from runner.replication.evidence import Evidence, evidence
from runner.replication.published import Published
from runner.replication.side_by_side import check_share
from runner.replication.studies import check_metrics, composed, found, own_overrides
from runner.tasks.families import DECLARED


class Reproduction(NamedTuple):
    """A table that is to be trained.

    Attributes:
        scale: "smoke", "laptop" or "paper".
        data: overrides of the data, which take the place of the scale's.
        cells: of each figure.
    """

    table: Published
    scale: str
    data: Sequence[str]
    cells: Mapping[Place, CellConfig]

    def measured(self) -> Evidence[Published]:
        """What the store has of its cells."""
        results = {place: found(cell) for place, cell in self.cells.items()}
        return evidence(self.table.part(self.scale), self.scale, results, universe=self.data)


def reproduction(table: Published, scale: str, data: Sequence[str], store: str) -> Reproduction:
    """A table at a scale, in a store. Raises ConfigError where it cannot be trained so."""
    if scale not in table.scales:
        raise ConfigError(f"scale={scale}: {table.name} has {nearest(scale, table.scales)}")
    check_metrics(table)
    check_share(table, DECLARED[table.metric])
    try:
        cells = composed(table.name, table.cells(scale, data), own_overrides(store))
    except ConfigError as error:
        raise ConfigError(f"{error} (with {' '.join(data)})" if data else str(error)) from error
    return Reproduction(table, scale, data, cells)
