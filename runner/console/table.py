"""A table as text: the same cells in a terminal and as Markdown; runner/console/typeset.py has LaTeX."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

from rich.cells import cell_len
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text

from runner.console.escape import markdown, markdown_paragraph, terminal
from runner.console.plain import Plain

LABEL = re.compile(r"[^\w/.:-]", re.ASCII)  # what no label of LaTeX has


class Mark(NamedTuple):
    """The text of a cell, and whether it stands out."""

    text: str
    bold: bool = False


def number(value: float, form: str) -> str:
    """A number as it stands in a cell; nan, what is not known, is "-"."""
    return "-" if isnan(value) else format(value, form)


def bounds(low: float, high: float, form: str) -> str:
    """An interval as it stands in a cell; nothing where it is not known."""
    return "" if isnan(low) else f"[{low:{form}}, {high:{form}}]"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: what it shows; one sentence or more.
        header: names of columns.
        body: rows of as many cells.
        label: of a LaTeX table, without "tab:".
        commands: stand below it, whole, to be copied.
        narrow: the same with fewer columns, for terminals in which this has no room.
    """

    caption: str
    header: Sequence[str]
    body: Sequence[Sequence[Mark]]
    label: str = ""
    commands: Sequence[str] = ()
    narrow: "Table | None" = None

    def show(self, console: Plain) -> None:
        """In a terminal; what is bold has a star as well, for terminals without bold. Nothing is cut.

        Lines are broken between words alone: where not even these have room, the table is wider than the terminal.
        """
        header = [terminal(name).replace(", ", "\n") for name in self.header]
        body = [[terminal(cell.text) + " *" * cell.bold for cell in row] for row in self.body]
        columns = list(zip(*body, strict=True)) or [()] * len(header)
        words = [max(_word(name), *map(_word, its), 0) for name, its in zip(header, columns, strict=True)]
        cells = [max(_word(name), *map(cell_len, its), 0) for name, its in zip(header, columns, strict=True)]
        lines = [max(*map(cell_len, name.split("\n")), own) for name, own in zip(header, cells, strict=True)]
        room = console.width - len(header) - 1  # but for the lines between columns
        if self.narrow and sum(cells) + 2 * len(header) > room:
            self.narrow.show(console)
            return
        pad = int(sum(words) + 2 * len(header) <= room)
        inside = room - 2 * pad * len(header)
        widths = _less(_less(lines, cells, inside), words, inside)
        table = RichTable(
            *(Column(Text(name), width=width) for name, width in zip(header, widths, strict=True)),
            caption=Text(self.caption.replace("Bold:", "Bold and *:")),
            padding=(0, pad),
            width=sum(widths) + (2 * pad + 1) * len(header) + 1,
        )
        for row, texts in zip(self.body, body, strict=True):
            table.add_row(*(Text(text, style="bold" * cell.bold) for cell, text in zip(row, texts, strict=True)))
        console.print(table, crop=False)
        for command in self.commands:
            console.print(terminal(command), soft_wrap=True)

    def markdown(self) -> str:
        lines = [[markdown(name) for name in self.header], ["---"] * len(self.header)]
        lines += [[f"**{markdown(c.text)}**" if c.bold else markdown(c.text) for c in row] for row in self.body]
        below = ["", *(f"    {terminal(command)}" for command in self.commands)] if self.commands else []
        return "\n".join([markdown_paragraph(self.caption), "", *(f"| {' | '.join(line)} |" for line in lines), *below])


def _word(text: str) -> int:
    """The width of the longest word."""
    return max(map(cell_len, text.split()), default=0)


def _less(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The widest of these widths made smaller, none below its least, until all have room or nothing can be made so."""
    found = list(widths)
    while sum(found) > room and (wide := [i for i, width in enumerate(found) if width > least[i]]):
        found[max(wide, key=found.__getitem__)] -= 1
    return found
