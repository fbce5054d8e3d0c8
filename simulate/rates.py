"""Rates of an event over simulations, what was promised of them, and tables of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

Promise = tuple[Literal["at most", "at least"], float]
ERRORS = 2.0  # standard errors of a simulated rate, beyond which a promise is broken


@dataclass(frozen=True)
class Rate:
    """How often something happened.

    Attributes:
        what: it is.
        scatter: of the seeds, a key of SCATTERS.
        n: seeds.
        rate: the share of the repetitions.
        repetitions: how many.
        promise: of the rate, None where nothing is promised.
    """

    what: str
    scatter: str
    n: int
    rate: float
    repetitions: int
    promise: Promise | None = None

    @property
    def kept(self) -> bool:
        """Is the promise kept, as far as so many repetitions can tell?

        >>> Rate("error", "normal", 10, 0.052, 2000, ("at most", 0.05)).kept
        True
        >>> Rate("error", "normal", 10, 0.07, 2000, ("at most", 0.05)).kept
        False
        """
        if self.promise is None:
            return True
        sense, bound = self.promise
        slack = ERRORS * sqrt(bound * (1 - bound) / self.repetitions)
        return self.rate <= bound + slack if sense == "at most" else self.rate >= bound - slack


def table(rates: Sequence[Rate]) -> str:
    """Markdown: a line for each event and kind of scatter, a column for each number of seeds; broken promises bold."""
    columns = sorted({each.n for each in rates})
    lines: dict[tuple[str, str, Promise | None], dict[int, Rate]] = {}
    for each in rates:
        lines.setdefault((each.what, each.scatter, each.promise), {})[each.n] = each
    head = ["measured", "scatter", "promised", *(f"n={n}" for n in columns)]
    body = [head, ["---"] * len(head)]
    for (what, scatter, promise), its in lines.items():
        said = f"{promise[0]} {promise[1]:g}" if promise else ""
        body.append([what, scatter, said, *(_said(its.get(n)) for n in columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in body)


def _said(each: Rate | None) -> str:
    if each is None:
        return ""
    return f"{each.rate:.3f}" if each.kept else f"**{each.rate:.3f}**"
