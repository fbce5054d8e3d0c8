"""A published table as a file: conf/table/<name>.yaml has its figures, and the cells that they are of.

about: test accuracy under symmetric label noise
paper: "Wang et al., ε-softmax, NeurIPS 2024, Table 2 (CIFAR-10)"
runs: 3                                  # seeds behind each published figure
rows: {CE: [loss=ce], NCE+RCE: [loss=nce_rce]}
columns: {symmetric 0.4: [noise=0.4], symmetric 0.6: [noise=0.6]}
published:                               # in %, in the order of columns; null: not given
  CE: [58.46 ± 0.21, 39.16 ± 0.50]
  NCE+RCE: [85.13 ± 0.56, 79.20 ± 0.06 (interval)]     # in brackets where its ± is another than that of the table
spread: sd                               # what ± is: sd, standard_error, interval (95%), or unknown
metric: test/accuracy
at: last
scales: {smoke: {...}, laptop: {...}, paper: {...}}    # as those of a claim; paper is its own recipe
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from typing import Any, Literal

import yaml

from runner.compose.command_line import CONF
from runner.console.errors import ConfigError, first_line, nearest
from runner.nodes.group import known
from runner.nodes.signature import check
from runner.replication.claim import Place, Scale
from runner.replication.claim_file import Count, scale_of
from runner.statistics.intervals import t_above
from runner.tasks.selection import RULES

FOLDER = CONF / "table"
SPREADS = {  # {what stands after ±: in words}
    "sd": "standard deviation over runs", "standard_error": "standard error", "interval": "half of a 95% interval",
    "unknown": "a spread of unknown kind",
}  # fmt: skip
SPREAD: Any = Literal[tuple(SPREADS)]
KINDS: dict[str, Any] = {
    "about": str, "paper": str, "runs": Count, "rows": dict, "columns": dict, "published": dict, "spread": SPREAD,
    "metric": str, "at": Literal[tuple(RULES)], "scales": dict,
}  # fmt: skip
UNSAID = {"spread": "unknown", "metric": "test/accuracy", "at": "last"}
FIGURE = re.compile(r"(?P<mean>[^±]*)(±(?P<spread>[^(]*)(\((?P<kind>\w+)\))?)?")


@dataclass(frozen=True)
class Figure:
    """A published mean, and what stands after its ±, in the metric's unit; None where nothing does.

    Attributes:
        kind: what the spread is, one of SPREADS.
    """

    mean: float
    spread: float | None
    kind: str = "unknown"

    def error(self, runs: int) -> float | None:
        """The standard error of the mean of so many runs; None where that is not known.

        An interval is taken for a 95% one of Student's t.

        >>> Figure(0.5, 0.02, "sd").error(4), Figure(0.5, 0.02).error(4)
        (0.01, None)
        """
        if self.spread is None or self.kind == "unknown" or (self.kind == "interval" and runs < 2):
            return None
        if self.kind == "interval":
            return self.spread / t_above(0.025, runs - 1)
        return self.spread / sqrt(runs) if self.kind == "sd" else self.spread


@dataclass(frozen=True)
class Published:
    """What the file says; `name` is the file's. `figures` is {(row, column): figure}."""

    name: str
    about: str
    paper: str
    runs: int
    rows: Mapping[str, Sequence[str]]
    columns: Mapping[str, Sequence[str]]
    figures: Mapping[Place, Figure]
    spread: str
    metric: str
    at: str
    scales: Mapping[str, Scale]

    @property
    def arms(self) -> Mapping[str, Sequence[str]]:
        return self.rows

    @property
    def metrics(self) -> list[str]:
        return [self.metric]

    @property
    def described(self) -> Iterator[str]:
        """What it shows, and its cost at each scale."""
        yield self.about
        yield self.paper
        for name, scale in self.scales.items():
            yield f"scale={name}: {len(self.cells(name))} cells of {scale.seeds} seeds; {' '.join(scale.overrides)}"

    def part(self, scale: str) -> "Published":
        """Only what is compared at a scale."""
        return replace(self, scales={name: size for name, size in self.scales.items() if name == scale})

    def cells(self, scale: str, more: Sequence[str] = ()) -> dict[Place, list[str]]:
        """The overrides of each cell that has a published figure, with seeds; `more` come last."""
        size = self.scales[scale]
        return {
            (row, column): [*size.overrides, *self.columns[column], *self.rows[row], *more, f"seeds={size.seeds}"]
            for row, column in self.figures
        }


def names() -> list[str]:
    """Of all tables that there are."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def load(name: str) -> Published:
    """The table of this name. Raises ConfigError: there is none, or its file is not as it should be."""
    file = FOLDER / f"{name}.yaml"
    if name not in names():
        raise ConfigError(f"{name}: there is no such table; {nearest(name, names())}")
    try:
        return table_of(name, yaml.safe_load(file.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: not understood ({first_line(error)})") from error
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error


def said(table: Published) -> dict[str, Any]:
    """What a file of this table would say, nothing left out: `table_of` makes the same table of it."""
    own = {key: value for key, value in asdict(table).items() if key in KINDS}
    figures = {
        row: [_text(table.figures.get((row, column)), table.spread) for column in table.columns] for row in table.rows
    }
    return own | {"published": figures}


def table_of(name: str, said: Any) -> Published:
    """The table of this name that a file says so. Raises ConfigError."""
    given = UNSAID | known("", said, KINDS, optional=tuple(UNSAID))
    rows, columns = (
        {str(key): check(f"{side}.{key}", overrides, list[str]) for key, overrides in given[side].items()}
        for side in ("rows", "columns")
    )
    if set(given["published"]) != set(rows):
        raise ConfigError(f"published: must have the rows: {', '.join(rows)}")
    figures: dict[Place, Figure] = {}
    for row, texts in given["published"].items():
        check(f"published.{row}", texts, list[str | float | None])
        if len(texts) != len(columns):
            raise ConfigError(f"published.{row}: must have {len(columns)} figures, as there are columns")
        for column, text in zip(columns, texts, strict=True):
            if text is not None:
                figures[row, column] = figure(f"published.{row}", str(text), given["spread"])
    scales = {str(scale): scale_of(str(scale), parts, given["runs"]) for scale, parts in given["scales"].items()}
    kept = {key: given[key] for key in ("about", "paper", "runs", "spread", "metric", "at")}
    return Published(name=name, **kept, rows=rows, columns=columns, figures=figures, scales=scales)


def _text(found: Figure | None, kind: str) -> str | None:
    if found is None:
        return None
    if found.spread is None:
        return f"{100 * found.mean:.9g}"
    return f"{100 * found.mean:.9g} ± {100 * found.spread:.9g}" + f" ({found.kind})" * (found.kind != kind)


def figure(key: str, text: str, kind: str) -> Figure:
    """A figure in percent as a share; `kind` of spread, unless it says another.

    >>> figure("published.CE", "58.5 ± 0.2", "sd"), figure("published.CE", "50", "sd")
    (Figure(mean=0.585, spread=0.002, kind='sd'), Figure(mean=0.5, spread=None, kind='sd'))
    >>> figure("published.CE", "58.5 ± 0.2 (interval)", "sd").kind
    'interval'

    Raises:
        ConfigError: it is none.
    """
    found = FIGURE.fullmatch(text)
    mean, spread, own = found.group("mean", "spread", "kind") if found else ("", None, None)
    try:
        middle, apart = round(float(mean) / 100, 9), None if spread is None else round(float(spread) / 100, 9)
    except ValueError:
        raise ConfigError(f"{key}: {text!r} is not a figure as in 58.46 ± 0.21") from None
    return Figure(middle, apart, check(f"{key}: {text}", own or kind, SPREAD))
