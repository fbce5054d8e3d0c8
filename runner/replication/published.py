"""A published table as a file: conf/table/<name>.yaml has its figures, and the cells that they are of.

about: test accuracy under symmetric label noise
paper: "Wang et al., ε-softmax, NeurIPS 2024, Table 2 (CIFAR-10)"
runs: 3                                  # seeds behind each published figure
rows: {CE: [loss=ce], NCE+RCE: [loss=nce_rce]}
columns: {symmetric 0.4: [noise=0.4], symmetric 0.6: [noise=0.6]}
published:                               # in %, mean ± standard deviation, in the order of columns; null: not given
  CE: [58.46 ± 0.21, 39.16 ± 0.50]
  NCE+RCE: [85.13 ± 0.56, 79.20 ± 0.06]
metric: test/accuracy
at: last
scales: {smoke: {...}, laptop: {...}, paper: {...}}    # as those of a claim; paper is its own recipe
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import yaml

from runner.compose.command_line import CONF
from runner.console.errors import ConfigError, first_line, nearest
from runner.nodes.group import known
from runner.nodes.signature import check
from runner.replication.claim import Place, Scale
from runner.replication.claim_file import Count, scale_of
from runner.tasks.selection import RULES

FOLDER = CONF / "table"
KINDS: dict[str, Any] = {
    "about": str, "paper": str, "runs": Count, "rows": dict, "columns": dict, "published": dict, "metric": str,
    "at": Literal[tuple(RULES)], "scales": dict,
}  # fmt: skip
UNSAID = {"metric": "test/accuracy", "at": "last"}


@dataclass(frozen=True)
class Figure:
    """A published mean and standard deviation, in the metric's unit; the deviation is None where it is not given."""

    mean: float
    sd: float | None


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
    figures = {row: [_text(table.figures.get((row, column))) for column in table.columns] for row in table.rows}
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
                figures[row, column] = figure(f"published.{row}", str(text))
    scales = {str(scale): scale_of(str(scale), parts, given["runs"]) for scale, parts in given["scales"].items()}
    kept = {key: given[key] for key in ("about", "paper", "runs", "metric", "at")}
    return Published(name=name, **kept, rows=rows, columns=columns, figures=figures, scales=scales)


def _text(found: Figure | None) -> str | None:
    if found is None:
        return None
    return f"{100 * found.mean:.9g}" + (f" ± {100 * found.sd:.9g}" if found.sd is not None else "")


def figure(key: str, text: str) -> Figure:
    """A figure in percent as a share.

    >>> figure("published.CE", "58.5 ± 0.2"), figure("published.CE", "50")
    (Figure(mean=0.585, sd=0.002), Figure(mean=0.5, sd=None))

    Raises:
        ConfigError: it is none.
    """
    middle, sign, spread = text.partition("±")
    try:
        return Figure(round(float(middle) / 100, 9), round(float(spread) / 100, 9) if sign else None)
    except ValueError:
        raise ConfigError(f"{key}: {text!r} is not a figure as in 58.46 ± 0.21") from None
