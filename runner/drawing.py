"""How pictures look, and that the same numbers give the same file."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

STYLE: dict[str, Any] = {
    "svg.hashsalt": "seedwise",
    "svg.fonttype": "none",
    "font.size": 9,
    "font.sans-serif": ["DejaVu Sans"],
}
GREY, BLUE, ORANGE = "#888888", "#0072b2", "#e69f00"  # told apart by the colour-blind


@contextmanager
def style() -> Iterator[None]:
    """Figures drawn and saved within have the style of all of ours."""
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # its keys are literals to mypy
        yield


def svg(figure: Figure) -> str:
    """The figure as SVG, coordinates to a tenth of a point."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d)\d+", r"\1", tag[0]), text.getvalue())


def png(figure: Figure) -> bytes:
    """The figure as PNG."""
    data = io.BytesIO()
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()
