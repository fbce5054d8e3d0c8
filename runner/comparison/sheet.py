"""A table as text: the same cells in a terminal, as Markdown and as LaTeX."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "†": r"$^\dagger$", "≤": r"$\leq$",
    "<": r"$<$", ">": r"$>$", "|": r"$|$",
}  # fmt: skip


WIDE = 300  # characters


class Mark(NamedTuple):
    """The text of a cell, and whether it stands out."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes:
        caption: what it shows; one sentence or more.
        header: names of columns.
        body: rows of as many cells.
    """

    caption: str
    header: Sequence[str]
    body: Sequence[Sequence[Mark]]

    def show(self, console: Console) -> None:
        """In a terminal; what is bold has a star as well, for terminals without bold. Nothing is cut."""
        columns = [Column(Text(name.replace(", ", "\n")), overflow="fold") for name in self.header]
        table = Table(*columns, caption=Text(self.caption.replace("bold:", "bold and *:")))
        for row in self.body:
            table.add_row(*(Text(f"{cell.text} *", style="bold") if cell.bold else Text(cell.text) for cell in row))
        console.print(table)

    def markdown(self) -> str:
        lines = [self.header, ["---"] * len(self.header)]
        lines += [[f"**{_piped(c.text)}**" if c.bold else _piped(c.text) for c in row] for row in self.body]
        return "\n".join([f"{self.caption}", "", *(f"| {' | '.join(line)} |" for line in lines)])

    def latex(self) -> str:
        """For the package booktabs."""
        lines = [[_escaped(name) for name in self.header]]
        lines += [[rf"\textbf{{{_escaped(c.text)}}}" if c.bold else _escaped(c.text) for c in row] for row in self.body]
        first, *rest = (rf"{' & '.join(line)} \\" for line in lines)
        return "\n".join(
            [
                r"\begin{table}",
                r"\centering",
                rf"\caption{{{_escaped(self.caption)}}}",
                rf"\begin{{tabular}}{{l{'r' * (len(self.header) - 1)}}}",
                r"\toprule",
                first,
                r"\midrule",
                *rest,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table}",
            ]
        )


def wide_console() -> Console:
    """Standard output, as wide as it takes where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _piped(text: str) -> str:
    return text.replace("|", r"\|")


def _escaped(text: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in text)
