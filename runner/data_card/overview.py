"""The targets of a seed, for the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from runner.console.escape import nested
from runner.data_card.kinds.kind import Rows


def overview(title: str, rows: Rows) -> Table:
    """A row for each class, label or number, and one for all together."""
    first, *others = rows.header
    table = Table(first, title=title, title_justify="left", title_style="bold")
    for name in others:
        table.add_column(name, justify="left" if name.startswith("mostly") else "right")
    for row in rows.body:
        table.add_row(*nested(row))
    table.add_section()
    table.add_row(*nested(rows.total))
    return table


def hashes(record: Mapping[str, Any]) -> str:
    """What tells these data and targets from others."""
    targets = record["train"]["labels_sha256"]
    return f"data {record['data_sha256'][:16]}, training labels {targets[:16]} (SHA-256)"
