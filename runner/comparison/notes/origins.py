"""By what the results of a table were made: where that is not the same throughout, the table has to say so."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from runner.comparison.entry import Entry
from runner.comparison.notes.footing import footing, tunings
from runner.comparison.notes.tuned_at import tuned_at
from runner.comparison.panels import Panel
from runner.comparison.results import USUAL, Result

NAMED = 3  # machines that a note lists


def notes(panel: Panel) -> list[str]:
    """A clause each where a table stands apart, and on what of it was not made alike: see `origins` and
    runner/comparison/notes/footing.py."""
    apart = [f"a table of its own, as {panel.why}"] * bool(panel.why)
    apart += [f"in tables of their own, as unlike code trained their seeds: {panel.places(panel.split)}"] * bool(
        panel.split
    )
    tuned = [*footing(tunings(panel)), *tuned_at(panel)]
    return [*apart, *tuned, *origins(panel.entries, panel.baseline), *_own_splits(panel)]


def _own_splits(panel: Panel) -> Iterator[str]:
    """Where each seed has its own test part, by places where that is not everywhere; training parts then share examples
    (Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 2003)."""
    known = {place: each.result.settings for place, each in panel.entries.items() if each.result}
    own = [place for place, settings in known.items() if _divided(settings)]
    if own:
        where = f"in {panel.places(own)} " if len(own) < len(known) else ""
        yield (
            f"{where}each seed has its own test part: spread and p are over splits and seeds together, and p too "
            "small, as training parts of different seeds share examples"
        )


def _divided(settings: Mapping[str, Any]) -> bool:
    """Has each seed its own test part? So says its cell: see runner/data/prepare.py."""
    its = {**USUAL, **settings}
    return bool(its.get("dataset.fold") == "seed" or its["resample"] != USUAL["resample"]) and its["split_seed"] is None


def origins(entries: Mapping[tuple[str, str], Entry], baseline: str) -> list[str]:
    """A clause each where not all was trained with the same code, and where seeds of unlike machines are compared.

    Code is that of the engine, which every run shares, and of each part that results have in common. Machines with
    another processor, number of threads or library add numbers in another order, so that the same seed is not the same
    bit for bit.

    Args:
        entries: {(row, column): entry}.
        baseline: the row that others are compared with.
    """
    return [*_unlike_code(entries), *_unlike_machines(entries, baseline)]


def _unlike_code(entries: Mapping[tuple[str, str], Entry]) -> Iterator[str]:
    hashes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in entries.values():
        if each.result:
            for part, name, code in _parts(each.result):
                hashes[part, name].add(code)
    if apart := sorted({part for (part, _), found in hashes.items() if len(found) > 1}):
        yield (
            f"not all of it was trained with the same code of {', '.join(apart)}, so that part of a difference may be "
            f"the code's"
        )


def _parts(result: Result) -> Iterator[tuple[str, str, str]]:
    """(key of a part, the part, the hash of its code) of each seed that has ended."""
    for outcome in result.outcomes.values():
        for part, code in outcome.made.get("parts", {}).items():
            yield part, str(result.settings.get(f"{part}.part")), code


def _unlike_machines(entries: Mapping[tuple[str, str], Entry], baseline: str) -> Iterator[str]:
    pairs = list(_machines(entries, baseline))
    apart = [pair for pair in pairs if len(set(pair)) > 1]
    if apart:
        names = sorted({name for pair in apart for name in pair})
        more = f"; and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield (
            f"{len(apart)} of {len(pairs)} compared seeds were trained on unlike machines, which add numbers in "
            f"another order ({'; '.join(names[:NAMED])}{more})"
        )


def _machines(entries: Mapping[tuple[str, str], Entry], baseline: str) -> Iterator[tuple[str, str]]:
    """The machines of a seed of a row and of the same seed of the baseline, or of the first row that has a value."""
    first: dict[tuple[str, int], str] = {}
    for (_, column), its in sorted(entries.items(), key=lambda entry: entry[0][0] != baseline):
        outcomes = its.result.outcomes if its.result else {}
        for seed in its.values:
            if machine := outcomes[seed].made.get("machine"):
                if (column, seed) in first:
                    yield first[column, seed], machine
                first.setdefault((column, seed), machine)
