"""What a ledger says of tuned arms: what was selected, what that has won over the defaults, and how it was found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.comparison.gain import gain, in_words, lost
from runner.comparison.notes.footing import lines
from runner.comparison.tuning import Tuning
from runner.console.table import Table
from runner.replication.claim import Claim
from runner.replication.evidence import Evidence
from runner.replication.tuned_arms import search_for, twin
from runner.statistics.paired import Paired


def usual(each: Evidence[Claim], found: Sequence[Evidence[Claim]]) -> Evidence[Claim] | None:
    """The same claim with its arms at their defaults, of the same seeds; None where that is not there."""
    asked = each.asked.name, each.scale, each.seeds, each.diverged
    same = (its for its in found if (its.asked.name, its.scale, its.seeds, its.diverged) == asked)
    return next((its for its in same if not its.tuned and not its.universe), None)


def selected(each: Evidence[Claim], found: Sequence[Evidence[Claim]]) -> list[str]:
    """Clauses of a tuned claim: what its trials selected, under which condition, and which arm is worse for it."""
    said = ["tuned: " + "; ".join(_values(arm, its) for arm, its in each.tuned.items())]
    if over := each.asked.expect.get("over"):
        said.append(f"tuned at {over}={each.asked.expect['values'][0]:.15g} alone")
    metric = each.metrics[each.asked.metric]
    worse = {arm: [its for its in gains if lost(its, metric)] for arm, gains in _gains(each, found).items()}
    if names := [f"{arm} {in_words(gains[0], metric)}" for arm, gains in worse.items() if gains]:
        said.append(f"worse in the mean than at its defaults: {', '.join(names)}")
    return said


def table(found: Sequence[Evidence[Claim]]) -> Table:
    """How each tuned arm was tuned, and what that has won."""
    tunings: dict[tuple[str, str], Tuning] = {}
    gains: dict[tuple[str, str], str] = {}
    for each in found:
        for arm, its in each.tuned.items():
            others = [override for override in its.overrides if override not in each.asked.arms[arm]]
            place = f"{each.asked.name}: {arm}", f"{each.asked.name}, {each.scale}, {each.seeds}"
            tunings[place] = replace(its, overrides=others)
            won = _gains(each, found).get(arm, [])
            gains[place] = "; ".join(in_words(one, each.metrics[each.asked.metric]) for one in won) or "-"
    made = lines(tunings, gains=gains)
    said = dict.fromkeys(_otherwise(each) for each in found if each.tuned)
    return replace(made, caption=" ".join([made.caption, *filter(None, said)]))


def _values(arm: str, its: Tuning) -> str:
    """The selected values; in brackets, those at an end of their space, and whether they are the defaults."""
    ends = ", ".join(f"{key} is the {end}" for key, end in its.ends.items() if end != "outside")
    beside = [f"{ends} of its space"] * bool(ends)
    beside += [f"{key} is outside its space" for key, end in its.ends.items() if end == "outside"]
    beside += ["its defaults"] * its.unmoved
    return " ".join([arm, *its.chosen]) + f" ({', '.join(beside)})" * bool(beside)


def _gains(each: Evidence[Claim], found: Sequence[Evidence[Claim]]) -> Mapping[str, list[Paired]]:
    """{arm: at each of its places, what was selected less the defaults}; nothing where those are not there."""
    before, metric = usual(each, found), each.asked.metric
    if before is None:
        return {}
    places = [place for place in each.values[metric] if before.values[metric].get(place)]
    won = {place: gain(each.entry(metric, place), before.entry(metric, place)) for place in places}
    return {arm: [its for (own, _), its in won.items() if own == arm] for arm in each.asked.arms}


def _otherwise(each: Evidence[Claim]) -> str:
    """Of a claim whose metric trials cannot be judged by, what they are judged by; "" of any other."""
    metric = each.asked.metric
    if twin(metric):
        return ""
    judge = search_for(metric).select
    return f"{each.asked.name}: {metric} is of no validation examples; trials are judged by {judge}."
