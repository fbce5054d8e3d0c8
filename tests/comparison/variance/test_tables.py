"""Tables of a design: what they say of it."""

import numpy as np
import pytest

from runner.comparison.panels import Layout
from runner.comparison.variance.found import designs
from runner.comparison.variance.tables import TABLES, tables
from runner.statistics.components import component, pairing


def drawn(loss, source, point, seed):
    """gce varies half as much as ce with init, as it does, and not at all with noise."""
    common = np.random.default_rng([point, seed, len(source)]).normal()
    scale = {"all": 2, "init": 1, "noise": 0 if loss == "gce" else 3}[source] / (1 + (loss == "gce"))
    return 0.5 + 0.01 * scale * common


@pytest.fixture
def made(stored):
    (its,) = designs(stored(drawn), Layout())
    return its, dict(zip(TABLES, tables(its, TABLES, 0.05), strict=True))


def cells(table):
    return {line[0].text: [mark.text for mark in line[1:]] for line in table.body}


def test_standard_deviations_have_their_intervals_and_the_caption_says_of_how_many(made):
    its, found = made
    own = component(its.groups("ce", "init"))
    assert cells(found["components"])["ce"][1] == f"{own.variance**0.5:.2f} [{own.low**0.5:.2f}, {own.high**0.5:.2f}]"
    assert found["components"].header == ["", "all at once", "init", "noise"]
    caption = found["components"].caption
    assert "All at once: n=4 seeds; a source: all others are fixed, 2 seeds at each of 2 points, pooled" in caption
    assert "nothing is drawn by noise of gce" in caption


def test_what_varies_not_at_all_has_a_nought_without_an_interval(made):
    _, found = made
    assert cells(found["components"])["gce"][2] == "0.00"
    assert cells(found["shares"])["gce"][2] == "0"


def test_shares_add_up_to_the_sum(made):
    its, found = made
    whole = component(its.groups("ce", "all")).variance
    parts = [component(its.groups("ce", source)).variance for source in ("init", "noise")]
    assert cells(found["shares"])["ce"][0] == f"{100 * sum(parts) / whole:.0f}"


def test_pairing_is_with_the_baseline(made):
    its, found = made
    (row,) = cells(found["pairing"])
    assert row == "gce"
    own = pairing([np.array(group)[:, ::-1] for group in its.pairs("gce", "ce", "init")])
    assert cells(found["pairing"])["gce"][1].startswith(f"{100 * own.value:.0f} [")
    assert own.value == pytest.approx(0.8), "2 Cov / (Var + Var) = 2 * 0.5 / (1 + 0.25)"
