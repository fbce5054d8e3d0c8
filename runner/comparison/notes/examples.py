"""What intervals and tests are over, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.comparison.compare import Comparison
from runner.comparison.panels import FOLD, Panel

HOW = {
    "examples": "interval and p: over {examples}, for these seeds (t interval; {test})",
    "both": "interval and p: over seeds and {examples} (two-way analysis of variance)",
}


def on_one_test_set(panel: Panel) -> str:
    """That the test set is fixed, where there is one, and seeds have not one of their own each."""
    results = [each.result for each in panel.entries.values() if each.result]
    own = any(_own_test_set(each.settings) for each in results)
    return "" if own else " on one fixed test set"


def _own_test_set(settings: Mapping[str, Any]) -> bool:
    """Has each seed one, or none, as what is calculated?"""
    calculated = settings.get("calculation", "none") != "none"
    return calculated or settings.get(FOLD) == "seed" or settings.get("resample", "none") != "none"


def over_examples(panel: Panel, made: Sequence[Comparison]) -> list[str]:
    """What interval and p of comparisons are over, where that is not seeds alone."""
    sizes = sorted({each.examples for each in made})
    examples = f"{' to '.join(dict.fromkeys(map(str, (sizes[0], sizes[-1]))))} test examples"
    one = all(each.paired.n == 1 for each in made) and panel.metric == "test/accuracy"
    test = "McNemar's exact test" if one else "signs of examples flipped"
    return [HOW[panel.over].format(examples=examples, test=test)]


def untold(panel: Panel, found: Sequence[Comparison]) -> list[str]:
    """A clause for each reason why comparisons are not over test examples."""
    places: dict[str, list[tuple[str, str]]] = {}
    for each in found:
        if each.untold:
            places.setdefault(each.untold, []).append((each.row, each.column))
    return [f"not compared over={panel.over}, as {why}: {panel.places(its)}" for why, its in places.items()]
