"""What the effect of a finding is of, in words, with its unit: each form of claim has another."""

from collections.abc import Callable, Mapping
from math import isnan

from runner.replication.claim import Claim
from runner.replication.verdict import Finding
from runner.tasks.metric import Metric, in_words

OF: Mapping[str, Callable[[Claim, str], str]] = {  # {form: its effect, of a claim and a metric in words}
    "better": lambda claim, metric: f"difference of {metric}",
    "trend": lambda claim, metric: f"slope of the difference of {metric} per unit of {claim.expect['over']}",
    "crossing": lambda claim, metric: f"difference of {metric} at {claim.places[-1]} less that at {claim.places[0]}",
    "bound": lambda claim, metric: f"level of {metric}",
    "equal": lambda claim, metric: f"difference of {metric}",
    "ranking": lambda claim, metric: f"Kendall's tau of {metric}",
    "calibrated": lambda claim, metric: f"difference of {metric}",
}


def of(claim: Claim, metrics: Mapping[str, Metric]) -> str:
    """What a claim's effect is of: "difference of train memorized labels (lower is better)"."""
    name = claim.metrics[-1]
    beside = "" if metrics[name].higher else " (lower is better)"
    return OF[claim.form](claim, in_words(name)) + beside


def unit(claim: Claim, metrics: Mapping[str, Metric], *, scaled: bool = True) -> str:
    """Of the effect, "" where it has none.

    Args:
        scaled: as people are told it, where shares differ by points and a level is in %? Else as it was measured.
    """
    metric = metrics[claim.metrics[-1]]
    if claim.form == "ranking":
        return ""
    if not scaled:
        return metric.unit
    return "points" if metric.scale == 100 and claim.form != "bound" else metric.shown_unit


def said(claim: Claim, metrics: Mapping[str, Metric], finding: Finding) -> str:
    """The effect with its unit and interval, and what the claim asks of it.

    "difference of test accuracy: -5.51 points [-7.78, -3.52]; above +5?"
    """
    metric = metrics[claim.metrics[-1]]
    scale, digits = (1, 2) if claim.form == "ranking" else (metric.scale, metric.digits)
    sign = "" if claim.form == "bound" else "+"
    low, high = (f"{scale * end:{sign}.{digits}f}" for end in (finding.low, finding.high))
    its = unit(claim, metrics)
    number = f"{scale * finding.effect:{sign}.{digits}f}" + ("" if its in ("", "%") else " ") + its
    interval = "" if isnan(finding.low) else f" [{low}, {high}]"
    return f"{of(claim, metrics)}: {number}{interval}" + "".join(f"; {asked}?" for asked in _asked(claim, metrics))


def _asked(claim: Claim, metrics: Mapping[str, Metric]) -> list[str]:
    """What a claim asks of its effect beyond a sign: "above +5", and of accuracy beside it."""
    metric = metrics[claim.metric]
    side = "above" if metric.higher else "below"
    if by := claim.expect.get("by"):
        return [f"{side} {(1 if metric.higher else -1) * metric.scale * by:+g}"]
    if claim.form == "ranking":
        return [f"above {claim.expect['tau']:+g}"]
    if claim.form == "bound":
        return [f"{side} {metric.scale * claim.expect['least']:g}"]
    if margin := claim.expect.get("margin"):
        within = f"within {metric.scale * margin:g} either way"
        return [within if claim.form == "equal" else f"{in_words(claim.metric)} {within}"]
    return []
