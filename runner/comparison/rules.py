"""What comes of the choice of the epoch that counts: the last, the best by validation, or the best on test."""

from runner.comparison.panels import Entry, Panel, entry
from runner.comparison.sheet import Mark, Sheet
from runner.selection import RULES


def rules(panel: Panel) -> Sheet:
    """Every entry by each rule that its seeds have a row for, and how far the best on test is above the last."""
    results = {place: its.result for place, its in panel.entries.items() if its.result}
    outcomes = [outcome for result in results.values() for outcome in result.outcomes.values()]
    there = [rule for rule in RULES if any(rule in outcome.rows for outcome in outcomes)]
    body = []
    for (row, column), result in results.items():
        at = {rule: entry(result, panel.metric, rule) for rule in there}
        shown = [its.text(panel.scale, panel.digits) for its in at.values()]
        last, best = (entry(result, panel.metric, rule).values for rule in ("last", "best_test"))
        shown.append(Entry({seed: best[seed] - last[seed] for seed in last}).text(panel.scale, panel.digits))
        body.append([Mark(text) for text in (row, column, *shown)])
    words = "; ".join(f"{rule}: {RULES[rule]}" for rule in there)
    caption = f"{panel.named}, mean ± sample standard deviation (n seeds); {words}; gap: of best_test to last."
    return Sheet(caption, ["", "", *there, "gap"], body, label=f"{panel.metric}-rules")
