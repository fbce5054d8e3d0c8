"""Arms of a claim are tuned by the primary metric of its task."""

import pytest

from runner.replication.tuned_arms import search_for


@pytest.mark.parametrize(
    ("metric", "judge"),
    [
        ("test/accuracy", "val/accuracy"),
        ("train/memorised", "val/accuracy"),
        ("test/r2", "val/rmse"),
        ("test/one_error", "val/map_macro"),
        ("test/iou_above_75", "val/mean_iou"),
    ],
)
def test_trials_are_judged_by_the_task_that_has_the_metric(metric, judge):
    assert search_for(metric).select == judge
