"""Designs: which runs they have, and what is made of what a store has of them."""

import pytest

from runner.comparison.panels import Layout
from runner.comparison.variance.design import ALL, APART, STREAMS, key_of, place_of
from runner.comparison.variance.found import designs
from runner.compose.command_line import compose_cells
from runner.compose.identity import digest
from runner.console.errors import ConfigError


def pins(cell):
    return {stream: cell.config[key_of(stream)] for stream in STREAMS}


def test_all_at_once_is_the_plain_cell(design):
    (plain,) = compose_cells(["dataset=blobs", "noise=0.4"], multirun=False)
    whole = design()[0]
    assert digest(whole.identity) == digest(plain.identity)
    assert list(whole.seeds) == [0, 1, 2, 3]


def test_at_a_point_one_source_is_free_and_all_others_have_its_number(design):
    _, *rest = design()
    assert [[*its.seeds] for its in rest] == [[1001, 1002], [2001, 2002]] * 2
    for cell, source, number in zip(rest, ["init", "init", "noise", "noise"], [1000, 2000] * 2, strict=True):
        assert pins(cell) == {stream: None if stream == source else number for stream in STREAMS}
        assert {f"{key_of(stream)}={number}" for stream in STREAMS if stream != source} <= {*cell.overrides}


def test_the_command_of_a_run_asks_for_it(design):
    """By which it is forgotten, or trained by itself."""
    for cell in design("loss=gce,ce"):
        (again,) = compose_cells([word for word in cell.command.split() if "=" in word], multirun=False)
        assert digest(again.identity) == digest(cell.identity)


def test_no_number_is_pinned_and_varied_or_at_two_points(design):
    cells = design(seeds=60, points=6)
    varied = [{*its.seeds} for its in cells[1:7]]
    assert sum(map(len, varied)) == len(set().union(*varied)) == 60
    pinned = {number for its in cells for number in pins(its).values() if number is not None}
    assert not pinned & set().union(*varied, cells[0].seeds)


def test_a_larger_design_has_the_runs_of_a_smaller_one(design):
    def asked(cells):
        return {(digest(its.identity), seed) for its in cells for seed in its.seeds}

    assert (
        asked(design())
        < asked(design(seeds=12, points=3))
        < asked(design(seeds=20, points=4, sources=("init", "order", "noise")))
    )


@pytest.mark.parametrize(
    ("said", "asked", "why"),
    [
        ([], {"seeds": 5}, "seeds=5: must be a multiple of points=2"),
        ([], {"seeds": 2}, "at least 2"),
        ([], {"seeds": 1000}, "seeds=1000: must be fewer than 1000"),
        (["init_seed=3"], {}, "init_seed=3: sources=init varies"),
        (["order_seed=1000"], {}, "order_seed=1000: must be below 1000"),
        ([], {"noise": 0}, "sources=noise: noise=0 flips no label"),
        ([], {"sources": ["split"]}, "sources=split: resample=bootstrap or val_fraction=0.1"),
    ],
)
def test_what_is_no_design_is_refused(design, said, asked, why):
    with pytest.raises(ConfigError, match=why):
        design(*said, **asked)


def test_what_a_user_pins_stays_pinned(design):
    cells = design("noise_seed=3", sources=("init",))
    assert {its.config["noise_seed"] for its in cells} == {3}


def number(loss, source, point, seed):
    return 0.5 + 0.1 * (loss == "gce") + {"all": 0, "init": 0.01, "noise": 0.02}[source] + point / 1e6 + seed / 1e5


def test_a_design_has_the_values_of_each_row_source_and_point(stored):
    (its,) = designs(stored(number), Layout())
    assert (its.rows, its.sources, its.panel.baseline) == (["ce", "gce"], [ALL, "init", "noise"], "ce")
    for row in its.rows:
        for source in its.sources:
            points = [0] if source == ALL else [APART, 2 * APART]
            seeds = [range(4)] if source == ALL else [range(p + 1, p + 3) for p in points]
            expected = [[100 * number(row, source, p, s) for s in own] for p, own in zip(points, seeds, strict=True)]
            assert its.groups(row, source) == [pytest.approx(group) for group in expected]
    for ours, theirs in (pair for group in its.pairs("gce", "ce", "init") for pair in group):
        assert ours - theirs == pytest.approx(10)


def test_results_of_no_design_are_left_out(stored):
    results = stored(number, "model=mlp,linear")
    plain = [each for each in results if place_of(each)[0] == ALL]
    of_one = [each for each in results if each.choices["model"] == "linear"]
    (its,) = designs([*of_one, *(each for each in plain if each not in of_one)], Layout())
    assert its.panel.heading.startswith("blobs, linear")
    with pytest.raises(ConfigError, match="there is no result in which a source varies"):
        designs(plain, Layout())
