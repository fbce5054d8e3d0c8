"""A figure at the width of a paper's column, or of a phone: axes that have no room side by side stand below each other.

Letters keep the size that they are read in, so that a picture is not to be scaled where it is used.
"""

import pickle
from math import ceil
from textwrap import fill
from typing import NamedTuple
from warnings import catch_warnings, simplefilter

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from runner.console.drawing import LETTERS, POINTS, keyed

BESIDE, EACH = 0.7, 1.9  # inches for what stands beside axes, and at least for each of them
SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of the size of letters, tried in this order
LEAST = 0.9  # inches of an axes
LINE = 0.16  # inches of a line of text of POINTS


class Width(NamedTuple):
    """Inches, the points of a letter, and where the width is from."""

    inches: float
    points: float = POINTS
    source: str = ""


# ICML's, the 5.5 in, IEEE's column and Elsevier's were checked against code that others use for these; JMLR's, IEEE's
# page and Nature's are as the sources are commonly quoted, and unconfirmed.
WIDTHS = {
    "icml": Width(3.25, source="icml.sty: a column"),
    "icml_page": Width(6.75, source="icml.sty: both columns"),
    "neurips": Width(5.5, source="neurips.sty: the text"),
    "iclr": Width(5.5, source="iclr_conference.sty: the text"),
    "jmlr": Width(6.0, source="jmlr2e.sty: the text"),
    "ieee": Width(3.5, 8, "IEEE's graphics guide: a column"),
    "ieee_page": Width(7.16, 8, "IEEE's graphics guide: both columns"),
    "elsevier": Width(90 / 25.4, 8, "Elsevier's artwork sizing: 90 mm, a column"),
    "elsevier_page": Width(190 / 25.4, 8, "Elsevier's artwork sizing: 190 mm, both columns"),
    "nature": Width(89 / 25.4, 7, "Nature's figure guide: 89 mm, a column, letters of 5 to 7 points"),
    "nature_page": Width(183 / 25.4, 7, "Nature's figure guide: 183 mm, both columns"),
}
NARROWEST, WIDEST = 2.0, 20.0  # inches


def width_of(said: str) -> Width:
    """One of WIDTHS, or inches.

    >>> width_of("icml").inches, width_of("4.5").inches
    (3.25, 4.5)

    Raises:
        ValueError: it is neither, or no figure can be as narrow or wide.
    """
    if said in WIDTHS:
        return WIDTHS[said]
    allowed = f"inches from {NARROWEST:g} to {WIDEST:g}, or one of {', '.join(WIDTHS)}"
    try:
        inches = float(said)
    except ValueError:
        raise ValueError(allowed) from None
    if not NARROWEST <= inches <= WIDEST:
        raise ValueError(allowed)
    return Width(inches)


def fitted(figure: Figure, width: Width) -> Figure:
    """A copy of a figure, as wide as that. Where long names leave no room for what is drawn, letters are smaller."""
    for share in SHARES:
        made = _drawn(figure, width.inches, share * width.points / POINTS)
        if _has_room(made):
            break
    return made


def _has_room(figure: Figure) -> bool:
    with catch_warnings(record=True) as said:
        simplefilter("always")
        figure.draw_without_rendering()
    return not said and all(axis.get_position().width * figure.get_figwidth() >= LEAST for axis in figure.axes)


def _drawn(figure: Figure, inches: float, share: float) -> Figure:
    """A copy of that width, its letters of that share of POINTS."""
    made: Figure = pickle.loads(pickle.dumps(figure))
    own = inches / share
    before, lines = _lines_of_text(made), _refolded(made, own)
    made.suptitle(fill(made.get_suptitle().replace("\n", " "), int(LETTERS * own)), x=0.01, ha="left", size=POINTS)
    made.set_size_inches(own, (made.get_figheight() - LINE * before) * lines)
    if made.legends:
        names = [text.get_text() for text in made.legends[0].get_texts()]
        known = {name: each for axis in made.axes for each, name in zip(*axis.get_legend_handles_labels(), strict=True)}
        made.legends[0].remove()
        keyed(made, {name: known[name] for name in names})
    made.set_size_inches(inches, share * (made.get_figheight() + LINE * _lines_of_text(made)))
    for text in made.findobj(Text):
        if isinstance(text, Text):
            text.set_fontsize(float(text.get_fontsize()) * share)
    for axis in made.axes:
        axis.tick_params(which="both", labelsize=share * POINTS)
    return made


def without_heading(figure: Figure) -> tuple[Figure, str]:
    """A copy of a figure without its heading, and the heading."""
    made: Figure = pickle.loads(pickle.dumps(figure))
    said = made.get_suptitle().replace("\n", " ")
    height = made.get_figheight() - LINE * (made.get_suptitle().count("\n") + 1)
    made.suptitle("")
    made.set_figheight(height)
    return made, said


def _lines_of_text(figure: Figure) -> int:
    """Of heading and legend."""
    legend = figure.legends[0] if figure.legends else None
    below = ceil(len(legend.get_texts()) / legend._ncols) if legend else 0  # type: ignore[attr-defined]
    return figure.get_suptitle().count("\n") + 1 + below


def _refolded(figure: Figure, inches: float) -> float:
    """Put axes below each other until they have room; by how much that makes the figure higher."""
    axes = figure.axes
    place = axes[0].get_subplotspec()
    if place is None or place.get_gridspec().ncols == 1:
        return 1.0
    grid = place.get_gridspec()
    table = {(s.rowspan.start, s.colspan.start): axis for axis in axes if (s := axis.get_subplotspec())}
    block = grid.nrows > 1 and axes[0].get_shared_x_axes().joined(table[0, 0], table[1, 0])  # a column is one picture
    down = grid.nrows if block else 1
    units = [[table[r, c] for r in range(down)] for c in range(grid.ncols)] if block else [[axis] for axis in axes]
    across = min(len(units), grid.ncols, max(1, int((inches - BESIDE) / EACH)))
    if across == grid.ncols:
        return 1.0
    lines = ceil(len(units) / across)
    across = ceil(len(units) / lines)  # lines that are about as long as each other
    ratios = np.tile(np.asarray(grid.get_height_ratios(), dtype=float)[:down], lines).tolist()
    new = figure.add_gridspec(lines * down, across, height_ratios=ratios)
    for number, unit in enumerate(units):
        for row, (axis, first) in enumerate(zip(unit, units[0], strict=True)):
            axis.set_subplotspec(new[number // across * down + row, number % across])
            _left(axis, first, left=number % across == 0)
    return lines * down / grid.nrows


def _left(axis: Axes, first: Axes, *, left: bool) -> None:
    """Name the axis beside, and its numbers if all have the same, where it is the first of its line alone."""
    axis.set_ylabel(first.get_ylabel() if left else "")
    if axis.get_shared_y_axes().joined(axis, first) and axis is not first:
        axis.tick_params(labelleft=left)
