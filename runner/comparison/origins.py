"""By what the two sides of a comparison were made: where that is not the same, a table has to say so."""

from collections.abc import Iterator

from runner.comparison.panels import Panel

NAMED = 3  # values that a note lists


def notes(panel: Panel) -> list[str]:
    """A clause each where seeds are compared that unlike engines trained, or unlike machines.

    The engine is the code that every run shares. Machines with another processor, number of threads or library add
    numbers in another order, so that the same seed is not the same bit for bit.
    """
    return [
        *_unlike(panel, "engine", "by unlike versions of the engine, so that part of a difference may be theirs"),
        *_unlike(panel, "machine", "on unlike machines, which add numbers in another order"),
    ]


def _unlike(panel: Panel, what: str, said: str) -> list[str]:
    pairs = list(_pairs(panel, what))
    apart = [pair for pair in pairs if len(set(pair)) > 1]
    if not apart:
        return []
    values = sorted({value for pair in apart for value in pair})
    more = f"; and {len(values) - NAMED} more" if len(values) > NAMED else ""
    return [f"{len(apart)} of {len(pairs)} compared seeds were trained {said} ({'; '.join(values[:NAMED])}{more})"]


def _pairs(panel: Panel, what: str) -> Iterator[tuple[str, str]]:
    """What made a seed of a row, and the same seed of the baseline, where both are known."""
    for column in panel.columns:
        base = panel.entry(panel.baseline, column).result
        for row in panel.rows:
            other = panel.entry(row, column).result
            if row != panel.baseline and base and other:
                for seed in base.outcomes.keys() & other.outcomes.keys():
                    made, its = base.outcomes[seed].made.get(what), other.outcomes[seed].made.get(what)
                    if made and its:
                        yield made, its
