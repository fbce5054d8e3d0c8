"""How pictures look, and that the same numbers give the same file."""

import io
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from textwrap import fill
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from runner.console.escape import latex, terminal

POINTS = 9  # of a letter
STYLE: dict[str, Any] = {
    "svg.hashsalt": "seedwise",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,  # TrueType, which conferences ask for
    "font.size": POINTS,
    "font.sans-serif": ["DejaVu Sans"],
}
GREY, BLUE, ORANGE = "#888888", "#0072b2", "#e69f00"  # told apart by the colour-blind
LETTERS = 14  # of our size in an inch
WIDTH = 26  # letters in a line of a name, on or beside an axes


class Look(NamedTuple):
    """How to draw one of several rows. Each attribute alone tells it from the others, also in grey print."""

    colour: str
    marker: str
    line: str | tuple[float, tuple[float, ...]]


LOOKS = (  # Okabe & Ito's colours, with grey for their yellow, which is not seen on white
    Look("#000000", "o", "-"),
    Look(ORANGE, "s", "--"),
    Look(BLUE, "^", "-."),
    Look("#009e73", "D", ":"),
    Look("#d55e00", "v", (0, (6, 2))),
    Look("#56b4e9", "P", (0, (4, 1, 1, 1, 1, 1))),
    Look("#cc79a7", ">", (0, (2, 1))),
    Look(GREY, "<", (0, (8, 2, 2, 2))),
)


@contextmanager
def style() -> Iterator[None]:
    """Figures drawn and saved within have the style of all of ours."""
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # its keys are literals to mypy
        yield


def plain(axis: Axes, title: str = "", **words: Any) -> Axes:
    """An axes without a frame, its title in short lines, and what else `set` takes."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.set(title=fill(title, WIDTH), **words)
    axis.title.set_fontsize(POINTS)
    return axis


def headed(figure: Figure, text: str) -> None:
    """Say at the top what a figure shows, in lines as long as it is wide."""
    figure.suptitle(fill(text, int(LETTERS * figure.get_figwidth())), x=0.01, ha="left", size=POINTS)


def keyed(figure: Figure, handles: dict[str, Any]) -> None:
    """A legend of {name: what is drawn} below a figure, in as many columns as its width has room for."""
    longest = max(map(len, handles)) + 12  # letters: what is drawn stands before the name
    most = max(1, int(LETTERS * figure.get_figwidth()) // longest)
    names, drawn = list(handles), list(handles.values())
    for name, each in handles.items():
        each.set_label(name)  # by which it is found again
    figure.legend(
        drawn, names, loc="outside lower center", ncols=min(most, len(names)), frameon=False, handlelength=3.5
    )


def _lines(text: str) -> str:
    return terminal(text, lines=True)


def _neutral(figure: Figure, clean: Callable[[str], str] = _lines) -> Figure:
    """The same, its texts taken as they are: dollars begin no formula, and no letter is one that XML forbids.

    What an axis makes of its own numbers may be a formula, such as a power of ten.

    Args:
        clean: makes a text harmless.
    """
    numbers: set[Text] = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        named, ticks = axis.get_major_formatter(), axis.get_minor_ticks()
        if isinstance(named, FuncFormatter):  # as labels that are set become
            axis.set_major_formatter(FuncFormatter(partial(_named, named, clean)))
        else:
            ticks = [*ticks, *axis.get_major_ticks()]
        numbers.update(label for tick in ticks for label in (tick.label1, tick.label2))
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text not in numbers:
            text.set_text(clean(text.get_text()))
            text.set_parse_math(False)
    return figure


def _named(formatter: FuncFormatter, clean: Callable[[str], str], place: float, number: int | None = None) -> str:
    return clean(formatter(place, number))


@style()
def svg(figure: Figure) -> str:
    """The figure as SVG, coordinates to a tenth of a point."""
    text = io.StringIO()
    _neutral(figure).savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d)\d+", r"\1", tag[0]), text.getvalue())


@style()
def png(figure: Figure) -> bytes:
    """The figure as PNG."""
    data = io.BytesIO()
    _neutral(figure).savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


@style()
def pdf(figure: Figure) -> bytes:
    """The figure as PDF."""
    data = io.BytesIO()
    _neutral(figure).savefig(data, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return data.getvalue()


@style()
def pgf(figure: Figure) -> bytes:
    """The figure as commands for LaTeX, its text in the document's font. pdflatex measures it, and has to be there."""
    data = io.StringIO()
    copy: Figure = pickle.loads(pickle.dumps(figure))
    with mpl.rc_context({"pgf.texsystem": "pdflatex", "pgf.rcfonts": False}):
        _neutral(copy, _tex).savefig(data, format="pgf")
    return data.getvalue().encode()


def _tex(text: str) -> str:
    return "\n".join(map(latex, text.split("\n")))
