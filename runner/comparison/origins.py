"""By what the results of a table were made: where that is not the same throughout, the table has to say so."""

from collections import defaultdict
from collections.abc import Iterator

from runner.comparison.panels import Panel
from runner.comparison.results import Result

NAMED = 3  # machines that a note lists


def notes(panel: Panel) -> list[str]:
    """A clause each where a table stands apart, where not all was trained with the same code, and where seeds of unlike
    machines are compared.

    Code is that of the engine, which every run shares, and of each part that results have in common. Machines with
    another processor, number of threads or library add numbers in another order, so that the same seed is not the same
    bit for bit.
    """
    apart = [f"a table of its own, as {panel.why}"] * bool(panel.why)
    return [*apart, *_unlike_code(panel), *_unlike_machines(panel)]


def _unlike_code(panel: Panel) -> Iterator[str]:
    hashes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for place in panel.entries.values():
        if place.result:
            for part, target, code in _parts(place.result):
                hashes[part, target].add(code)
    if apart := sorted({part for (part, _), found in hashes.items() if len(found) > 1}):
        yield (
            f"not all of it was trained with the same code of {', '.join(apart)}, so that part of a difference may be "
            f"the code's"
        )


def _parts(result: Result) -> Iterator[tuple[str, str, str]]:
    """(part, its target, the hash of its code) of each seed that has ended."""
    for outcome in result.outcomes.values():
        for part, code in outcome.made.get("parts", {}).items():
            yield part, str(result.settings.get(f"{part}._target_")), code


def _unlike_machines(panel: Panel) -> Iterator[str]:
    pairs = list(_machines(panel))
    apart = [pair for pair in pairs if len(set(pair)) > 1]
    if apart:
        names = sorted({name for pair in apart for name in pair})
        more = f"; and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield (
            f"{len(apart)} of {len(pairs)} compared seeds were trained on unlike machines, which add numbers in "
            f"another order ({'; '.join(names[:NAMED])}{more})"
        )


def _machines(panel: Panel) -> Iterator[tuple[str, str]]:
    """The machines of a seed of a row and of the same seed of the baseline, or of the first row that has a value."""
    rows = [panel.baseline, *(row for row in panel.rows if row != panel.baseline)]
    for column in panel.columns:
        first: dict[int, str] = {}
        for its in (panel.entry(row, column) for row in rows):
            outcomes = its.result.outcomes if its.result else {}
            for seed in its.values:
                if machine := outcomes[seed].made.get("machine"):
                    if seed in first:
                        yield first[seed], machine
                    first.setdefault(seed, machine)
