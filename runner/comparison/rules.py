"""What comes of the choice of the epoch that counts: the last, the best by validation, or the best on test."""

from runner.comparison.caption import caption
from runner.comparison.entry import Entry, entry
from runner.comparison.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Sheet
from runner.tasks.selection import RULES


def rules(panel: Panel) -> Sheet:
    """Every entry by each rule that its seeds have a row for, and how far the best on test is above the last."""
    results = {place: its.result for place, its in panel.entries.items() if its.result}
    outcomes = [outcome for result in results.values() for outcome in result.outcomes.values()]
    there = [rule for rule in RULES if any(rule in outcome.rows for outcome in outcomes)]
    body = []
    for (row, column), result in results.items():
        at = {rule: entry(result, panel.metric, panel.declared, rule, panel.diverged) for rule in RULES}
        shown = [at[rule].text(panel.scale, panel.digits, panel.most) for rule in there]
        last, best = at["last"], at["best_test"]
        both = last.values.keys() & best.values.keys()
        gap = Entry({seed: best.values[seed] - last.values[seed] for seed in sorted(both)}, diverged=last.diverged)
        body.append([Mark(text) for text in (row, column, *shown, gap.text(panel.scale, panel.digits, panel.most))])
    marks = ["gap: best_test minus last", *(f"{rule}: {RULES[rule]}" for rule in there)]
    title = f"{panel.named}, mean ± standard deviation (n seeds)"
    words = caption(title, marks, [*panel.counting, *notes(panel)])
    return Sheet(words, ["", "", *there, "gap"], body, label=f"{panel.metric}-rules")
