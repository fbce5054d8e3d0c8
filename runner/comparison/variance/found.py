"""What the runs of a design came to: of each row and source, the values of its seeds at each point."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.comparison.entry import Entry, entry
from runner.comparison.panels import Layout, Panel, panels
from runner.comparison.results import Result, chosen
from runner.comparison.variance.design import ALL, STREAMS, besides, place_of
from runner.compose.identity import digest
from runner.console.errors import ConfigError


@dataclass(frozen=True)
class Design:
    """One column of a panel, with the runs of its rows in which one source varies.

    Attributes:
        panel: of all sources at once.
        column: of the panel.
        sources: those that were varied, ALL before them.
        entries: {(row, source): {number of a point: what its seeds came to}}; the point of ALL is 0.
    """

    panel: Panel
    column: str
    sources: Sequence[str]
    entries: Mapping[tuple[str, str], Mapping[int, Entry]]

    @property
    def rows(self) -> list[str]:
        """The rows of which a source was varied."""
        return [row for row in self.panel.rows if any((row, source) in self.entries for source in self.sources[1:])]

    def groups(self, row: str, source: str) -> list[list[float]]:
        """The values of a row, in people's unit, a group for each point."""
        found = self.entries.get((row, source), {})
        return [[self.panel.scale * value for value in each.values.values()] for _, each in sorted(found.items())]

    def pairs(self, row: str, other: str, source: str) -> list[list[tuple[float, float]]]:
        """(the row's value, the other's) under the same seed at the same point, a group for each point."""
        ours, theirs = (self.entries.get((name, source), {}) for name in (row, other))
        scale = self.panel.scale
        return [
            [(scale * its.values[s], scale * theirs[point].values[s]) for s in its.values if s in theirs[point].values]
            for point, its in sorted(ours.items())
            if point in theirs
        ]


def designs(results: Sequence[Result], layout: Layout) -> list[Design]:
    """The designs that results have the runs of. Raises ConfigError where there is none, and as `panels` does."""
    found = chosen(results, layout.where)
    varied: dict[str, dict[tuple[str, int], Result]] = {}
    for each in found:
        place = place_of(each)
        if place is not None:
            its = varied.setdefault(_asked(each), {})
            if place in its:
                raise ConfigError(
                    f"the cells {its[place].cell} and {each.cell} are one run of a design, by unlike code"
                )
            its[place] = each
    whole = {name: its for name, its in varied.items() if (ALL, 0) in its and len(its) > 1}
    if not whole:
        raise ConfigError(
            "there is no result in which a source varies beside one of all; python -m runner.variance trains them"
        )
    made = panels([its[ALL, 0] for its in whole.values()], layout)
    return [_design(panel, column, whole) for panel in made for column in panel.columns]


def _asked(result: Result) -> str:
    return digest({"question": besides(result.question), "data": result.data})


def _design(panel: Panel, column: str, runs: Mapping[str, Mapping[tuple[str, int], Result]]) -> Design:
    entries: dict[tuple[str, str], dict[int, Entry]] = {}
    for row in panel.rows:
        plain = panel.entry(row, column).result
        for (source, point), each in runs[_asked(plain)].items() if plain else ():
            own = entry(each, panel.metric, panel.declared, panel.at, panel.diverged)
            entries.setdefault((row, source), {})[point] = own
    sources = [stream for stream in STREAMS if any(source == stream for _, source in entries)]
    return Design(panel, column, [ALL, *sources], entries)


def failed(found: Iterable[Design]) -> Iterator[Entry]:
    """The entries of designs that lack seeds."""
    return (each for its in found for points in its.entries.values() for each in points.values() if each.others)
