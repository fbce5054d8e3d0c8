"""Probes and training in one store: each is compared with its own kind."""

from types import SimpleNamespace

import pytest

from runner.comparison.results import by_usual_metric, of_one_kind
from runner.tasks.metric import Metric

LOWER = Metric("x", "lower", 0.0, 1.0, "")


def result(name, probe, *metrics):
    outcome = SimpleNamespace(metrics=dict.fromkeys(metrics, LOWER))
    return SimpleNamespace(name=name, settings={"probe": probe} if probe else {}, outcomes={0: outcome})


TRAINED = result("trained", "none", "test/accuracy")
OLDER = result("older", "", "test/accuracy")
COLLAPSE = result("collapse", "layer_collapse", "probe/nc1")
SHARP = result("sharp", "sharpness", "probe/sharpness")


@pytest.mark.parametrize(
    ("results", "metric", "kept"),
    [
        ([TRAINED, COLLAPSE, OLDER], "", "trained older"),
        ([TRAINED, COLLAPSE], "test/accuracy", "trained"),
        ([TRAINED, COLLAPSE, SHARP], "probe/nc1", "collapse"),
        ([COLLAPSE, SHARP], "", "collapse sharp"),
        ([TRAINED], "probe/nc1", "trained"),
        ([], "", ""),
    ],
)
def test_a_metric_is_compared_where_it_is_measured(results, metric, kept):
    assert [each.name for each in of_one_kind(results, metric)] == kept.split()


def test_a_grid_over_several_has_a_table_of_each_and_what_has_not_ended_stands_with_the_first():
    waiting = SimpleNamespace(name="waiting", settings={}, outcomes={0: SimpleNamespace(metrics={})})
    found = by_usual_metric([waiting, COLLAPSE, TRAINED, SHARP, OLDER])
    assert [[each.name for each in group] for group in found] == [
        ["collapse", "waiting"],
        ["trained", "older"],
        ["sharp"],
    ]
    assert by_usual_metric([waiting]) == [[waiting]]
