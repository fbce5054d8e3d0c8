"""The picture of claims that look along a key."""

import numpy as np
import pytest

from runner.console.errors import ConfigError
from runner.replication.claim_file import load
from runner.replication.evidence import Evidence
from runner.replication.pictures.along import along
from runner.tasks.metric import Metric

TREND = load("mixup_direction_separable")
COSINE = Metric("direction_cosine", "higher", -1.0, 1.0, "")


def evidence(claim=TREND, universe=()):
    """Two seeds, of which the second is always a tenth higher; arms differ by a fifth, and rise along the key."""
    places = [(arm, where) for arm in claim.arms for where in claim.places]
    values = {
        place: {seed: 0.1 * claim.places.index(place[1]) + 0.2 * (place[0] == "mixup") + 0.1 * seed for seed in (0, 1)}
        for place in places
    }
    return Evidence(claim, "laptop", {claim.metric: values}, {claim.metric: COSINE}, universe=universe)


def test_each_arm_is_a_line_of_means_over_seeds():
    figure = along([evidence()])
    (axis,) = (axis for axis in figure.axes if axis.get_visible())
    lines = {bars.get_label(): bars.lines[0].get_xydata() for bars in axis.containers}
    at = [0.5, 1.0, 2.0, 4.0]
    assert [*lines] == ["mixup", "plain"]
    np.testing.assert_allclose(lines["mixup"], np.column_stack([at, [0.25, 0.35, 0.45, 0.55]]))
    np.testing.assert_allclose(lines["plain"], np.column_stack([at, [0.05, 0.15, 0.25, 0.35]]))
    assert "n=2 seeds" in figure.get_suptitle()


def test_what_looks_along_no_key_or_is_of_a_universe_is_not_drawn():
    assert along([]) is None
    assert along([evidence(universe=("calculation.samples=250",))]) is None
    bound = load("best_of_n")
    assert along([Evidence(bound, "laptop", {bound.metric: {}}, {bound.metric: COSINE})]) is None


def test_a_ledger_without_any_is_refused(tmp_path):
    from runner import claims
    from runner.replication.kept import keep_claims

    bound = load("best_of_n")
    arms = {(arm, ""): {0: 0.1, 1: 0.2} for arm in bound.arms}
    kl = Metric("kl_per_symbol", "lower", 0.0, np.inf, "nats")
    keep_claims([Evidence(bound, "laptop", {bound.metric: arms}, {bound.metric: kl})], tmp_path / "kept.jsonl")
    with pytest.raises(ConfigError, match="no claim that was measured looks along a key"):
        claims.main([f"from={tmp_path / 'kept.jsonl'}", f"picture={tmp_path / 'a.svg'}"])
    assert not (tmp_path / "a.svg").exists()
