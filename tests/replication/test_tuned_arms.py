"""Arms of a claim are tuned by its own metric, of validation examples."""

import pytest

from runner.replication.tuned_arms import search_for


@pytest.mark.parametrize(
    ("metric", "judge"),
    [
        ("test/accuracy", "val/accuracy"),
        ("test/macro_f1", "val/macro_f1"),
        ("train/objective", "val/accuracy"),
        ("train/memorised", "val/accuracy"),
        ("test/r2", "val/r2"),
        ("test/one_error", "val/one_error"),
        ("test/iou_above_75", "val/iou_above_75"),
    ],
)
def test_trials_are_judged_by_the_metrics_twin_or_else_by_the_task_that_has_it(metric, judge):
    assert search_for(metric).select == judge
