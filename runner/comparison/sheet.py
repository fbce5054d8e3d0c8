"""A table as text: the same cells in a terminal, as Markdown and as LaTeX."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
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
        label: of a LaTeX table, without "tab:".
        commands: stand below it, whole, to be copied.
        narrow: the same with fewer columns, for terminals in which this has no room.
    """

    caption: str
    header: Sequence[str]
    body: Sequence[Sequence[Mark]]
    label: str = ""
    commands: Sequence[str] = ()
    narrow: "Sheet | None" = None

    def show(self, console: Console) -> None:
        """In a terminal; what is bold has a star as well, for terminals without bold. Nothing is cut.

        Lines are broken between words alone: where not even these have room, the table is wider than the terminal.
        """
        header = [name.replace(", ", "\n") for name in self.header]
        body = [[f"{cell.text} *" if cell.bold else cell.text for cell in row] for row in self.body]
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
        table = Table(
            *(Column(Text(name), width=width) for name, width in zip(header, widths, strict=True)),
            caption=Text(self.caption.replace("bold:", "bold and *:")),
            padding=(0, pad),
            width=sum(widths) + (2 * pad + 1) * len(header) + 1,
        )
        for row, texts in zip(self.body, body, strict=True):
            table.add_row(*(Text(text, style="bold" * cell.bold) for cell, text in zip(row, texts, strict=True)))
        console.print(table, crop=False)
        for command in self.commands:
            console.print(Text(command), soft_wrap=True)

    def markdown(self) -> str:
        lines = [self.header, ["---"] * len(self.header)]
        lines += [[f"**{_piped(c.text)}**" if c.bold else _piped(c.text) for c in row] for row in self.body]
        below = ["", *(f"    {command}" for command in self.commands)] if self.commands else []
        return "\n".join([f"{self.caption}", "", *(f"| {' | '.join(line)} |" for line in lines), *below])

    def latex(self, number: int = 1) -> str:
        """For the package booktabs; the label of the second of its name ends with 2."""
        lines = [[_escaped(name) for name in self.header]]
        lines += [[rf"\textbf{{{_escaped(c.text)}}}" if c.bold else _escaped(c.text) for c in row] for row in self.body]
        first, *rest = (rf"{' & '.join(line)} \\" for line in lines)
        return "\n".join(
            [
                r"\begin{table}",
                r"\centering",
                rf"\caption{{{_escaped(self.caption)}}}",
                rf"\label{{tab:{self.label}{'' if number == 1 else f'-{number}'}}}",
                rf"\begin{{tabular}}{{l{'r' * (len(self.header) - 1)}}}",
                r"\toprule",
                first,
                r"\midrule",
                *rest,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table}",
                *(f"% {command}" for command in self.commands),
            ]
        )


def latex(sheets: Sequence[Sheet]) -> str:
    """Tables of one document, no two of the same label."""
    seen: Counter[str] = Counter()
    made = [r"% \usepackage{booktabs}"]
    for sheet in sheets:
        seen[sheet.label] += 1
        made.append(sheet.latex(seen[sheet.label]))
    return "\n\n".join(made)


def wide_console() -> Console:
    """Standard output, as wide as it takes where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _word(text: str) -> int:
    """The width of the longest word."""
    return max(map(cell_len, text.split()), default=0)


def _less(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The widest of these widths made smaller, none below its least, until all have room or nothing can be made so."""
    found = list(widths)
    while sum(found) > room and (wide := [i for i, width in enumerate(found) if width > least[i]]):
        found[max(wide, key=found.__getitem__)] -= 1
    return found


def _piped(text: str) -> str:
    return text.replace("|", r"\|")


def _escaped(text: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in text)
