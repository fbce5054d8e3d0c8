"""A claim and a published table, and cells as they might have come out."""

import numpy as np

from runner.comparison.results import Outcome, Result
from runner.tasks.families import DECLARED

SMOKE = ["dataset=blobs", "epochs=1"]
SAID = {
    "about": "GCE is better than CE",
    "paper": "a paper",
    "published": "82 against 58",
    "family": "gce",
    "grid": ["noise=0.4"],
    "arms": {"gce": ["loss=gce"], "ce": ["loss=ce"]},
    "expect": {"form": "better"},
    "scales": {"smoke": {"overrides": ["dataset=blobs", "epochs=1"], "seeds": 6}, "laptop": {"overrides": []}},
}
TABLE = {
    "about": "accuracy under noise",
    "paper": "a paper",
    "runs": 3,
    "spread": "sd",
    "rows": {"CE": ["loss=ce"], "GCE": ["loss=gce"], "MAE": ["loss=mae"]},
    "columns": {"0.2": ["noise=0.2"], "0.4": ["noise=0.4"]},
    "published": {"CE": ["75.0 ± 0.3", "58"], "GCE": ["86 ± 0.2", "82 ± 0.3"], "MAE": [None, "90"]},
    "scales": {"smoke": {"overrides": SMOKE, "seeds": 2}},
}
UP = np.round(np.linspace(0.7, 0.9, 8), 3)


def result(values, *, metric="test/accuracy", mine=None, states=(), initial_gradient_norm=0.5):
    """Seeds that ended at these values of a metric, one of ours or as `mine` declares it; then these states."""
    took = {"seconds": 8.0, "stack_size": 4, "gradient_norm_at_start": initial_gradient_norm}
    more = {"took": took, "metrics": {metric: mine or DECLARED[metric], "test/ece": DECLARED["test/ece"]}}
    done = [Outcome("done", {"last": {metric: v, "test/ece": v / 10}}, **more) for v in map(float, values)]
    others = [Outcome(state, **more) if state == "diverged" else Outcome(state) for state in states]
    return Result("", {}, {}, "", "", dict(enumerate([*done, *others])))
