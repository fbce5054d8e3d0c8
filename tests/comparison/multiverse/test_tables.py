"""Tables of stored cells that make a grid: what they say, of how many, and why there is none."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from runner.comparison.entry import Entry
from runner.comparison.multiverse.grid import grid
from runner.comparison.multiverse.indices import sobol
from runner.comparison.multiverse.process import Process
from runner.comparison.multiverse.tables import multiverse, posterior, sensitivity, variances
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from tests.stores import keep

GAINS = {0.0: -0.1, 0.2: 0.05, 0.6: 0.2}  # of gce over ce


def fill(root, seeds=4, scatter=0.002, skip=()):
    """Two losses by three noise rates and two networks; gce is worse without noise."""
    draw = np.random.default_rng(0)
    for loss in ("ce", "gce"):
        for noise, gain in GAINS.items():
            for model, more in (("mlp", 0.0), ("cnn", 0.05)):
                if (loss, noise, model) not in skip:
                    values = 0.7 - noise / 3 + more + gain * (loss == "gce") + scatter * draw.standard_normal(seeds)
                    part = {"part": f"model/{model}"}
                    keep(root, values.tolist(), loss=loss, noise=noise, choices={"model": model}, model=part)


def panel(root, **layout):
    (found,) = panels(read(root), Layout(**layout))
    return found


def texts(sheet):
    return [[mark.text for mark in line] for line in sheet.body]


def test_a_row_is_compared_over_all_universes(tmp_path):
    fill(tmp_path)
    sheet = multiverse(panel(tmp_path))
    ((row, cells, difference, interval, probability, universes, least),) = texts(sheet)
    assert (row, cells, probability, universes) == ("gce", "6 (24)", ">0.999", "67%")
    assert float(difference) == pytest.approx(100 * np.mean(list(GAINS.values())), abs=0.3)
    assert least.startswith("<0.001 (")
    assert "noise=0.0" in least
    low, high = map(float, interval.strip("[]").split(", "))
    assert low < float(difference) < high
    assert "universes: the 6 combinations of model (2) x noise (3) in which ce has a cell" in sheet.caption.lower()
    assert "by a Gaussian process of 12 cells of 4 seeds" in sheet.caption


def test_where_lower_is_better_the_probability_is_the_other(tmp_path):
    fill(tmp_path)
    found = panel(tmp_path)
    turned = replace(found, declared=replace(found.declared, better="lower"))
    assert texts(multiverse(turned))[0][4:6] == ["<0.001", "33%"]


def test_the_objective_is_the_row_that_is_asked_for(tmp_path):
    fill(tmp_path)
    found = panel(tmp_path, rows="model", columns="loss,noise", baseline="mlp")
    ((row, _, difference, *_),) = texts(multiverse(found))
    assert row == "cnn"
    assert float(difference) == pytest.approx(5, abs=0.3)


def test_indices_are_those_of_the_means_where_seeds_agree(tmp_path):
    fill(tmp_path, scatter=1e-5)
    found = panel(tmp_path)
    sheet = sensitivity(found)
    means = np.array([its.mean for _, its in sorted(grid(found).cells.items())]).reshape(1, 2, 2, 3)
    first, total = sobol(means)
    lines = texts(sheet)
    assert [line[:2] for line in lines] == [["loss", "2"], ["model", "2"], ["noise", "3"]]
    assert [float(line[2]) for line in lines] == pytest.approx(first[0], abs=0.011)
    assert [float(line[4]) for line in lines] == pytest.approx(total[0], abs=0.011)


def test_a_place_without_a_cell_is_foretold_and_said(tmp_path):
    fill(tmp_path, skip=[("gce", 0.2, "cnn")])
    found = panel(tmp_path)
    sheet = multiverse(found)
    assert "1 of 12 places have no cell with a mean" in sheet.caption
    assert texts(sheet)[0][1] == "5 (20)"
    its = grid(found)
    sds = np.sqrt(posterior(its, its.universes).covariance.diagonal())
    unseen = next(u for u in its.universes if its.universe(u) == "model=cnn, noise=0.2")
    assert its.places(its.universes)[sds.argmax()] == (1, *unseen)


def test_universes_are_those_of_the_baseline(tmp_path):
    """Where it has no cell, nobody compared anything with it."""
    fill(tmp_path, skip=[("ce", 0.2, "cnn")])
    keep(tmp_path, [0.5, 0.6], loss="mae", noise=0.2, choices={"model": "cnn"}, model={"part": "model/cnn"})
    found = panel(tmp_path)
    sheet = multiverse(found)
    assert "the 5 combinations of model (2) x noise (3) in which ce has a cell" in sheet.caption
    assert [line[1] for line in texts(sheet)] == ["5 (20)", "0 (0)"]
    assert texts(sheet)[1][2:] == ["-"] * 5
    assert "6 of 18 places have no cell" in sensitivity(found).caption


def test_a_factor_has_its_arguments_with_it_and_numbers_their_order(tmp_path):
    for lr in (1.0, 0.01, 0.1):
        for kind, more in (("sgd", {}), ("adam", {"beta": 0.9}), ("adam", {"beta": 0.5})):
            node = {"part": f"optimizer/{kind}", **more}
            keep(tmp_path, [0.5, 0.6], choices={"optimizer": kind}, optimizer=node, lr=lr)
    its = grid(panel(tmp_path, rows="loss"))
    assert {factor.keys[0]: factor.choice for factor in its.factors} == {"optimizer": True, "lr": False}
    rate = next(factor for factor in its.factors if factor.keys[0] == "lr")
    assert [rate.coordinate(i) for i in range(3)] == [0, 0.5, 1]
    assert rate.names == ["lr=0.01", "lr=0.1", "lr=1.0"]
    (optimizer,) = (factor for factor in its.factors if factor.choice)
    assert len(optimizer.levels) == 3
    assert its.all == [*its.factors]


def test_only_what_columns_say_makes_universes(tmp_path):
    """And not what a row says besides its name."""
    for model, size in (("linear", {}), ("mlp", {"width": 8}), ("mlp", {"width": 16})):
        for noise in (0.0, 0.2):
            part = {"part": f"model/{model}", **size}
            keep(tmp_path, [0.5, 0.6], noise=noise, choices={"model": model}, model=part)
    its = grid(panel(tmp_path, rows="model", columns="noise"))
    assert [factor.keys for factor in its.factors] == [["noise"]]
    assert its.rows.keys == ["model"]
    assert list(its.rows.names) == ["linear", "mlp, model.width=8", "mlp, model.width=16"]


@pytest.mark.parametrize(
    ("values", "keys", "why"),
    [
        ([0.5, 0.6], {"loss": ["ce", "gce"]}, "there is one universe"),
        ([0.5, 0.6], {"loss": ["ce"], "noise": [0.0, 0.2, 0.4, 0.6]}, "there is one row"),
        ([0.5, 0.6], {"loss": ["ce", "gce"], "noise": [0.0]}, "there is one universe"),
        ([0.5], {"loss": ["ce", "gce"], "noise": [0.0, 0.2]}, "no cell has two seeds"),
    ],
)
def test_why_there_is_none(tmp_path, values, keys, why):
    for loss in keys["loss"]:
        for noise in keys.get("noise", [0.0]):
            keep(tmp_path, values, loss=loss, noise=noise)
    sheet = multiverse(panel(tmp_path, rows="loss"))
    assert not sheet.body
    assert why in sheet.caption


def test_few_cells_and_large_grids_say_so(tmp_path, monkeypatch):
    fill(tmp_path)
    found = panel(tmp_path)
    few = replace(found, entries=dict(list(found.entries.items())[:3]))
    assert "3 cells have a mean, and it takes 4" in sensitivity(few).caption
    monkeypatch.setattr("runner.comparison.multiverse.tables.MOST", 11)
    assert "there are 12 places, and at most 11" in sensitivity(found).caption


def test_two_seeds_that_agree_do_not_make_a_mean_exact():
    agree, apart, alone = Entry({0: 0.5, 1: 0.5}), Entry({0: 0.4, 1: 0.6}), Entry({0: 0.5})
    pooled = 0.02 / 2
    assert variances([agree, apart, alone]) == pytest.approx([pooled / 4, (0.02 + pooled) / 4, pooled])


def test_of_equal_objectives_few_are_called_better():
    """Of 100 grids without a difference, about one in twenty is said to have one at the level of 0.05."""
    draw, found = np.random.default_rng(0), 0
    x = np.array(list(product(range(2), (0, 0.5, 1), (0, 0.5, 1))), dtype=float)
    weights = np.where(x[:, 0] == 1, 1 / 9, -1 / 9)
    for _ in range(100):
        truth = x[:, 1:] @ (draw.random(2) * [0.1, 0.05])
        runs = truth[:, None] + 0.02 * draw.standard_normal((18, 5))
        noise = variances([Entry(dict(enumerate(its))) for its in runs.tolist()])
        mean, covariance = Process(x, runs.mean(1), (True, False, False), noise).at(x)
        found += abs(weights @ mean) > 1.96 * np.sqrt(weights @ covariance @ weights)
    assert 0 < found <= 12
