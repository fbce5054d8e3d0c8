"""Claims and their verdicts, as a table, as Markdown and as JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from runner.comparison.caption import caption
from runner.comparison.tuning import written
from runner.console.plain import Plain
from runner.console.table import Mark, Table
from runner.replication import effect, tuned_words
from runner.replication.changed import since
from runner.replication.claim import Claim
from runner.replication.evidence import Evidence, judged, multiverse
from runner.replication.kept import CLAIMS
from runner.replication.verdict import VERDICTS, Finding
from runner.statistics.multiple import share_of_look

HEADER = ("claim", "published", "ours", "effect", "p (Holm)", "verdict", "scale", "seconds")
EFFECT = HEADER.index("effect")
COUNTED = {
    "worst": "a diverged seed counts as the worst value",
    "exclude": "diverged seeds are left out (diverged=exclude)",
}


def table(found: Sequence[Evidence[Claim]]) -> Table:
    """A line for each piece of evidence; those of a multiverse are one line together."""
    findings = judged(found)
    body = []
    universes: dict[str, list[tuple[Evidence[Claim], Finding | None]]] = {}
    for each, finding in zip(found, findings, strict=True):
        if each.universe:
            universes.setdefault(multiverse(each), []).append((each, finding))
        else:
            body.append([Mark(cell) for cell in _line(each, finding, found)])
    for members in universes.values():
        body.append([Mark(cell) for cell in _multiverse(members)])
    levels = ", ".join(f"{level:g}" for level in sorted({each.asked.level for each in found}))
    marks = [
        "ours: mean ± standard deviation (n seeds)",
        "effect: as it says, with interval; a difference is the first arm less the second, of paired seeds"
        + "; above +5?: what the claim asks of it" * any("?" in line[EFFECT].text for line in body),
        *_over(found),
        f"p (Holm): {_looks(found)}, and corrected for all findings at defaults, all tuned ones, and in each multiverse"
        f" (level {levels})",
    ]
    said = []
    counted = {each.diverged for each in found}
    said += [words for rule, words in COUNTED.items() if rule in counted]
    said += _unknown(found)
    if any(
        each.came_to and its and each.came_to.together != its.judged for each, its in zip(found, findings, strict=True)
    ):
        said.append("when these were kept, p was corrected for other findings than stand here")
    return Table(caption("Claims of papers, what we found, and the verdict", marks, said), HEADER, body)


def show(found: Sequence[Evidence[Claim]], console: Plain) -> None:
    """The same in a terminal: each sentence on lines of its own, and under it what was found."""
    made = table(found)
    for claim, *figures in made.body:
        console.print(Text(claim.text, style="bold"))
        grid = RichTable.grid(padding=(0, 2, 0, 0))
        for name, figure in zip(made.header[1:], figures, strict=True):
            if figure.text != "-":
                grid.add_row(f"  {name}", figure.text)
        console.print(grid, "")
    console.print(made.caption)
    if (its := tuned_words.table(found)).body:
        its.show(console)


def _over(found: Sequence[Evidence[Claim]]) -> list[str]:
    """What interval and p are over."""
    if any(each.examples or each.untold for each in found):
        return ["interval and p: over seeds and test examples"]
    trained = any(not each.asked.calculated for each in found)
    return ["interval and p: over seeds" + trained * " on one fixed test set"]


def _looks(found: Sequence[Evidence[Claim]]) -> str:
    """What a look costs.

    >>> _looks([])
    'divided by 0.8 at a first look'
    """
    numbers = sorted({1, *(each.look for each in found)})
    return "divided by " + ", ".join(
        f"{share_of_look(look):.2g} at {'a first look' if look == 1 else f'look {look}'}" for look in numbers
    )


def _unknown(found: Sequence[Evidence[Claim]]) -> list[str]:
    """What was not kept of some evidence."""
    without = sum(each.origins is None for each in found)
    of = f" of {without} of these {len(found)}" if without < len(found) else ""
    return [f"whether all arms were trained with the same code was not kept{of}"] * bool(without)


def _line(each: Evidence[Claim], finding: Finding | None, found: Sequence[Evidence[Claim]]) -> list[str]:
    claim = each.asked
    title = f"{claim.about} ({claim.paper})"
    if each.tuned:
        title += "".join(f"; {said}" for said in tuned_words.selected(each, found))
    title += "".join(f"; {said}" for said in _apart([(each, finding)]))
    ours = "; ".join(_ours(claim, each)) + "".join(f", {n} {state}" for state, n in sorted(each.others.items()))
    if finding is None:
        return [title, claim.published, ours, "-", "-", f"undecided ({each.undecided})", *_size([each])]
    numbers = [
        effect.said(claim, each.metrics, finding),
        f"{finding.holm:.2g}",
        finding.said(claim.level),
        *_size([each]),
    ]
    return [title, claim.published, ours, *numbers]


def _size(members: Sequence[Evidence[Claim]]) -> list[str]:
    """The scale, of which they all are, and the seconds that it took."""
    return [members[0].scale, f"{sum(each.seconds for each in members):.0f}"]


def _ours(claim: Claim, each: Evidence[Claim]) -> list[str]:
    """Each arm's mean at each of its places; of more than two places, the first and the last."""
    metric = claim.metrics[-1]
    its = each.metrics[metric]
    said = []
    for arm in claim.arms:
        places = [place for place in each.values[metric] if place[0] == arm]
        for place in [places[0], places[-1]] if len(places) > 2 else places:
            entry, where = each.entry(metric, place), place[1]
            number = entry.text(its.scale, its.digits) if entry.known else "-"
            said.append(f"{arm}{f' at {where}' if where else ''} {number}")
    return said


def _multiverse(members: Sequence[tuple[Evidence[Claim], Finding | None]]) -> list[str]:
    claim = members[0][0].asked
    verdicts = [finding.verdict(claim.level) if finding else "undecided" for _, finding in members]
    counts = Counter(verdicts)
    elsewhere = [
        f"{verdict} at {' '.join(each.universe)}"
        for (each, _), verdict in zip(members, verdicts, strict=True)
        if verdict != "holds"
    ]
    share = ", ".join(f"{verdict} in {counts[verdict]}" for verdict in VERDICTS if counts[verdict])
    said = "; ".join(elsewhere) or "everywhere"
    title = f"{claim.about} ({claim.paper}); in {len(members)} universe{'s' * (len(members) != 1)}"
    title += "".join(f"; {said}" for said in _apart(members))
    return [title, claim.published, said, "-", "-", f"{share} of {len(members)}", *_size([each for each, _ in members])]


def _apart(members: Sequence[tuple[Evidence[Claim], Finding | None]]) -> list[str]:
    """Which look it is after the first, differences in how results were made, and changes since."""
    looks = [f"look {look}" for look in sorted({each.look for each, _ in members}) if look > 1]
    origins = dict.fromkeys(said for each, _ in members for said in each.origins or ())
    return [*looks, *origins, *_changed(members)]


def _changed(members: Sequence[tuple[Evidence[Claim], Finding | None]]) -> list[str]:
    """Changes since these were kept: of the claim's file, and of the verdicts."""
    said = [since(CLAIMS, members[0][0])]
    for each, finding in members:
        if each.came_to and finding and each.came_to.verdict != finding.verdict(each.asked.level):
            said.append(
                " ".join([each.came_to.verdict, *(["at"] if each.universe else []), *each.universe, "when kept"])
            )
    return list(filter(None, said))


def as_json(found: Sequence[Evidence[Claim]]) -> str:
    """For programs: a list of what the table has, unrounded and not in %."""
    said = []
    for each, finding in zip(found, judged(found), strict=True):
        claim = each.asked
        entry: dict[str, Any] = {"claim": claim.name, "about": claim.about, "paper": claim.paper, "scale": each.scale}
        entry |= {"universe": list(each.universe), "seconds": each.seconds}
        entry |= {"tuned": {arm: written(its) for arm, its in each.tuned.items()}, "origins": each.origins}
        entry |= {"initial_gradient_norms": dict(each.initial_gradient_norms), "others": dict(each.others)}
        entry |= {"seeds": each.seeds, "changed": _changed([(each, finding)])}
        if finding is not None:
            numbers = {key: None if isinstance(v, float) and isnan(v) else v for key, v in vars(finding).items()}
            what = {"effect_of": effect.of(claim, each.metrics), "unit": effect.unit(claim, each.metrics, scaled=False)}
            entry |= numbers | what | {"verdict": finding.verdict(claim.level)}
        said.append(entry)
    return json.dumps(said, indent=1)


def initial_gradient_norms(found: Sequence[Evidence[Claim]]) -> Table:
    """The norm of each arm's first gradient. If it differs much, a better objective may just take larger steps."""
    rows: list[list[Mark]] = []
    for each in found:
        if not each.universe and not each.tuned and each.initial_gradient_norms:
            said: Mapping[str, float] = each.initial_gradient_norms
            rows.append([Mark(each.asked.name), Mark("; ".join(f"{arm} {norm:.3g}" for arm, norm in said.items()))])
    return Table("Norm of the first step's gradient, mean over seeds.", ["claim", "first gradients"], rows)
