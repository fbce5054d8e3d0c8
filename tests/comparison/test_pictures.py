"""Pictures say what the store says: what is drawn is compared with numbers by hand."""

import json
import math
import sys
from statistics import mean, stdev
from subprocess import run

import numpy as np
import pytest
from matplotlib.colors import to_hex

from runner.comparison.notes.chance import at_chance
from runner.comparison.panels import Layout, panels
from runner.comparison.pictures import PICTURES, Kept, looks, pick, picture, pictures
from runner.comparison.results import pack, read
from runner.console.drawing import LOOKS, pdf, png, style, svg
from runner.statistics.intervals import interval
from runner.statistics.ranks import nemenyi_distance
from runner.store.store import Store
from runner.tasks.families import DECLARED, TASKS

OF_CONFIDENCE = {"calibration", "after_calibration", "selective"}
OVER_COLUMNS = {"critical_difference", "profiles", "score_distributions"}
OF_NUMBERS = {"predicted_against_true", "residuals", "quantile_calibration", "estimates"}  # which no class has
OFFSET = {"ce": 0.0, "gce": 0.05, "mae": -0.1}  # to the accuracy of ce
COUNTS = [10, 30, 20]  # training examples of three classes


def accuracy(loss, noise, seed):
    return 0.9 - 0.5 * noise + OFFSET[loss] * (1 + noise) + 0.01 * seed


def keep(
    store,
    loss,
    value,
    *,
    question=None,
    seed=0,
    dataset="digits",
    state="done",
    epochs=3,
    diagnostics=True,
    measured=None,
    **more,
):
    """One seed with an accuracy that climbs to its value."""
    asked = {"loss": {"part": f"loss/{loss}"}, "noise": 0.0, "imbalance": 1.0} | (question or {})
    cell = store.cell(asked | {"dataset": {"part": dataset}}, {"loss": loss, "dataset": dataset})
    cell.write("data")
    record = cell.seed(seed).claim()
    record.start({"train": {"class_counts": COUNTS}}, "python -m runner")
    for epoch in range(1, epochs + 1):
        now = value * epoch / epochs
        row = {"test/accuracy": now, "test/nll": 1 - now, "train/accuracy_given": now / 2, "train/accuracy_true": now}
        row |= measured or {}
        record.append({"epoch": epoch} | row)
    if diagnostics and state == "done":
        record.keep_diagnostics(looks_like(value, flipped=asked["noise"] > 0) | more)
    record.end(
        state,
        {"seconds": 1.0, "stack_size": 1, "peak_memory_bytes": 1},
        {name: DECLARED[name] for name in row} if state != "failed" else {},
    )


def looks_like(value, *, flipped):
    bins = [[0.0, 0.0, 0.0]] * 13 + [[20.0, 0.9, value], [60.0, 0.98, 0.95]]
    clean, wrong = [0.0] * 40, [0.0] * 40
    clean[10], clean[11], wrong[35] = 30.0, 10.0, 8.0 if flipped else 0.0
    return {
        "recall": [value, math.nan, value / 2],
        "reliability": bins,
        "calibrated_reliability": bins,
        "selective": [value / 20 * i for i in range(1, 21)],
        "clean_losses": clean,
        "flipped_losses": wrong,
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Three losses, two data sets, noise 0 and 0.4, three seeds."""
    store = Store(tmp_path_factory.mktemp("store"))
    for loss in OFFSET:
        for dataset in ("digits", "mnist1d"):
            for noise in (0.0, 0.4):
                for seed in range(3):
                    value = accuracy(loss, noise, seed)
                    keep(store, loss, value, question={"noise": noise}, seed=seed, dataset=dataset)
    return store.root


@pytest.fixture(scope="module")
def drawn(root):
    results = read(root)
    (panel,) = panels(results, Layout())
    return panel, pictures(panel, results)


@pytest.fixture
def single(tmp_path):
    """A way to draw a store of whatever was kept in it."""

    def draw(**layout):
        results = read(tmp_path)
        (panel,) = panels(results, Layout(**layout))
        return panel, pictures(panel, results)

    return Store(tmp_path), draw


def heading(figure):
    return figure.get_suptitle().replace("\n", " ")


def key(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def axes(figure):
    return {axis.get_title().replace("\n", " "): axis for axis in figure.axes}


def line(axis, look):
    """The data of the line that has the colour of a look."""
    (found,) = [each for each in axis.lines if to_hex(each.get_color()) == look.colour and len(each.get_xdata())]
    return found.get_xdata(), found.get_ydata()


def test_what_applies_is_drawn_with_n_and_units(drawn):
    panel, made = drawn
    assert set(made) == set(PICTURES) - {"class_recall", "mean_and_worst"} - OF_NUMBERS
    for figure in made.values():
        assert "n=3 seeds" in heading(figure)
        assert "drawn" not in heading(figure) or figure is made["losses"]
        for axis in figure.axes:
            if axis.axison and axis.xaxis.get_visible() and axis.get_subplotspec().is_last_row():
                assert axis.get_xlabel()
    for name in ("against_noise", "learning_curves", "profiles", "calibration"):
        assert key(made[name]) == panel.rows == ["ce", "gce", "mae"]


def test_every_picture_says_how_to_read_it():
    for name in PICTURES:
        assert len(picture(name).__doc__.split("\n\n")) > 1


def test_rows_differ_in_colour_marker_and_line(drawn):
    panel, made = drawn
    assert all(len(set(part)) == len(LOOKS) for part in zip(*LOOKS, strict=True))
    look = looks(panel, panel.rows)
    assert look["ce"] == LOOKS[0], "the baseline is black"
    (axis, *_) = made["against_noise"].axes
    assert [each[0].get_marker() for each in axis.containers] == [look[row].marker for row in panel.rows]


def test_against_noise(drawn):
    panel, made = drawn
    found = axes(made["against_noise"])
    assert list(found) == ["dataset=digits", "dataset=mnist1d"]
    axis = found["dataset=digits"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("noise, share of labels", "test accuracy (%)")
    for row, (points, _, (bars,)) in zip(panel.rows, axis.containers, strict=True):
        assert points.get_xdata().tolist() == [0.0, 0.4]
        values = [[100 * accuracy(row, noise, seed) for seed in range(3)] for noise in (0.0, 0.4)]
        assert points.get_ydata() == pytest.approx([mean(each) for each in values])
        ends = [segment[:, 1] for segment in bars.get_segments()]
        assert ends == [pytest.approx(interval(each)) for each in values]


def test_against_imbalance_where_that_varies(single):
    store, draw = single
    for imbalance, value in ((1.0, 0.9), (100.0, 0.5)):
        keep(store, "ce", value, question={"imbalance": imbalance})
    _, made = draw(rows="loss")
    (axis,) = made["against_noise"].axes
    assert axis.get_xscale() == "log"
    assert [label.get_text() for label in axis.get_xticklabels()] == ["1", "100"]
    assert axis.containers[0][0].get_ydata() == pytest.approx([90, 50])


def test_learning_curves(drawn):
    panel, made = drawn
    grid = np.reshape(made["learning_curves"].axes, (3, 4))
    assert [axis.get_title() for axis in grid[0]] == panel.columns
    assert [axis.get_xlabel() for axis in grid[-1]] == ["epoch"] * 4
    assert [axis.get_ylabel() for axis in grid[:, 0]] == [
        "test accuracy (%)", "train, given labels (%)", "train, true labels (%)",
    ]  # fmt: skip
    values = [100 * accuracy("gce", 0.4, seed) for seed in range(3)]
    column = panel.columns.index("dataset=digits, noise=0.4")
    for axis, share in zip(grid[:, column], (1, 0.5, 1), strict=True):
        x, y = line(axis, LOOKS[1])
        assert list(x) == [1, 2, 3]
        assert y == pytest.approx([share * mean(values) * epoch / 3 for epoch in x])
        band = axis.collections[1].get_paths()[0].vertices
        assert band[:, 1].max() == pytest.approx(share * (mean(values) + stdev(values)))


def test_learning_curves_use_the_epochs_that_all_seeds_have(single):
    store, draw = single
    for seed, epochs in ((0, 2), (1, 4)):
        keep(store, "ce", 0.8, seed=seed, epochs=epochs)
    x, y = line(draw()[1]["learning_curves"].axes[0], LOOKS[0])
    assert (list(x), list(y)) == ([1, 2], pytest.approx([30, 60]))


def test_errors_of_the_most_confident_and_reliability_after_a_calibrator(drawn):
    _, made = drawn
    axis = axes(made["selective"])["dataset=digits, noise=0.4"]
    x, y = line(axis, LOOKS[1])
    assert list(x) == list(range(5, 101, 5))
    values = [accuracy("gce", 0.4, seed) for seed in range(3)]
    assert y == pytest.approx([100 * mean(values) / 20 * i for i in range(1, 21)])
    band = axis.collections[1].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(100 * (mean(values) + stdev(values)))
    assert "after the calibrator: calibration" in heading(made["after_calibration"])
    before, after = (axes(made[name])["dataset=digits, noise=0.4"] for name in ("calibration", "after_calibration"))
    assert [list(each) for each in line(before, LOOKS[1])] == [list(each) for each in line(after, LOOKS[1])]


def test_seed_by_seed(drawn):
    _, made = drawn
    axis = axes(made["seed_by_seed"])["dataset=digits, noise=0.4"]
    assert axis.get_xlabel() == "difference to ce (points)"
    assert [label.get_text() for label in made["seed_by_seed"].axes[0].get_yticklabels()] == ["gce", "mae"]
    zero, dots, diamond, *_ = axis.lines
    assert list(zero.get_xdata()) == [0, 0]
    assert dots.get_xdata() == pytest.approx([7.0] * 3)
    assert len(set(dots.get_ydata())) == 3, "no dot hides another"
    assert list(diamond.get_xdata()) == pytest.approx([7])  # without a bar: equal differences have no interval


def test_seeds_that_one_of_both_lacks_are_no_difference(single):
    store, draw = single
    for loss, seeds in (("ce", (0, 1, 2)), ("gce", (1, 2, 3)), ("mae", (7,))):
        for seed in seeds:
            keep(store, loss, 0.5 + (0.1 * seed if loss == "gce" else 0), seed=seed)
    _, made = draw()
    (axis,) = made["seed_by_seed"].axes
    assert axis.lines[1].get_xdata() == pytest.approx([10, 20])
    assert axis.lines[2].get_xdata() == pytest.approx(interval([10, 20]))
    assert "n=2 seeds; 2 of 3 drawn" in heading(made["seed_by_seed"])


def test_critical_difference(drawn):
    _, made = drawn
    (axis,) = made["critical_difference"].axes
    found = {each.get_label(): list(each.get_xdata()) for each in axis.lines}
    assert {row: found[row][0] for row in OFFSET} == {"gce": 1, "ce": 2, "mae": 3}
    assert found["bar"] == pytest.approx([1, 3], abs=0.05), "two data sets cannot tell them apart"
    texts = " ".join(text.get_text() for text in axis.texts)
    assert all(words in texts for words in ("gce  1.00", "ce  2.00", "3.00  mae", "average rank"))
    assert f"Nemenyi's distance {nemenyi_distance(3, 2):.2f}, longer than this axis" in texts
    said = heading(made["critical_difference"])
    for words in (
        "over 4 columns of 2 data sets, of O=3 rows",
        "all rank alike on 2 data sets: p=",
        "assumed: data sets are independent",
        "the 4 columns are conditions of 2 data sets, and tests count 2 problems",
        "2 data sets cannot tell any of 3 pairs apart by Wilcoxon's test",
    ):
        assert words in said


def test_bars_join_only_what_is_not_told_apart(single):
    """Nine columns: mae is last in all of them, and ce and gce take turns."""
    store, draw = single
    for i in range(9):
        for loss, value in (("ce", 0.8), ("gce", 0.8 + 0.01 * (i - 4)), ("mae", 0.2 + 0.01 * i)):
            keep(store, loss, value, dataset=f"d{i}", diagnostics=False)
    _, made = draw()
    (axis,) = made["critical_difference"].axes
    bars = [list(each.get_xdata()) for each in axis.lines if each.get_label() == "bar"]
    assert bars == [pytest.approx([1.5, 1.5], abs=0.05)]
    assert "cannot reach" not in heading(made["critical_difference"])
    assert set(made) == {"learning_curves", "seed_by_seed", *OVER_COLUMNS}
    assert "6 of 9 columns drawn" in heading(made["seed_by_seed"])
    assert "columns drawn" not in heading(made["profiles"])


def test_profiles(drawn):
    _, made = drawn
    (axis,) = made["profiles"].axes
    assert axis.get_xlabel() == "gap to the best of a column (points)"
    steps = dict(zip(OFFSET, axis.lines[::2], strict=True))
    gaps = {"ce": {5.0: 0.5, 7.0: 1.0}, "gce": {0.0: 1.0}, "mae": {15.0: 0.5, 21.0: 1.0}}
    for row, rises in gaps.items():
        x, y = steps[row].get_xdata(), steps[row].get_ydata()
        assert x[:-1] == pytest.approx([0, 5, 7, 15, 21])
        assert y[:-1] == pytest.approx(
            [max((s for gap, s in rises.items() if gap <= at), default=0) for at in (0, 5, 7, 15, 21)]
        )


def test_score_distributions(drawn):
    panel, made = drawn
    (axis,) = made["score_distributions"].axes
    assert axis.get_ylabel() == "share of runs above"
    runs = [100 * value for column in panel.columns for value in panel.entry("gce", column).values.values()]
    x, y = axis.lines[1].get_data()
    assert y == pytest.approx([np.mean([run > at for run in runs]) for at in x], abs=1.1 / len(runs))
    band = axis.collections[1].get_paths()[0].vertices[:, 1]
    assert band.min() == 0
    assert band.max() == 1


def test_score_distributions_of_losses_rise(root):
    results = read(root)
    (panel,) = panels(results, Layout(metric="test/nll", where="dataset=digits|mnist1d"))
    axis = pictures(panel, results)["score_distributions"].axes[0]
    assert axis.get_ylabel() == "share of runs below"
    x, y = axis.lines[0].get_data()
    assert (np.diff(x) < 0).all()
    assert (np.diff(y) <= 0).all()


def test_profiles_of_losses_take_the_lowest_for_the_best(root):
    results = read(root)
    (panel,) = panels(results, Layout(metric="test/nll", where="dataset=digits|mnist1d"))
    axis = pictures(panel, results)["profiles"].axes[0]
    assert axis.lines[2].get_ydata()[0] == 1, "gce"


def test_calibration(drawn):
    panel, made = drawn
    upper, lower = np.reshape(made["calibration"].axes, (2, 4))[:, panel.columns.index("dataset=digits, noise=0.0")]
    assert (lower.get_xlabel(), lower.get_ylabel(), upper.get_ylabel()) == ("confidence", "predictions (%)", "accuracy")
    assert list(upper.lines[0].get_xdata()) == list(upper.lines[0].get_ydata()) == [0, 1]
    x, y = line(upper, LOOKS[2])
    values = [accuracy("mae", 0.0, seed) for seed in range(3)]
    assert x == pytest.approx([0.9, 0.98])
    assert y == pytest.approx([mean(values), 0.95])
    band = upper.collections[2].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(mean(values) - stdev(values))
    assert lower.patches[2].get_data().values[-2:] == pytest.approx([25, 75])


def test_calibration_pools_by_number_and_passes_over_the_few(single):
    store, draw = single
    for seed, (count, right) in enumerate(((30.0, 0.5), (10.0, 0.9))):
        bins = [[0.0, 0.0, 0.0]] * 13 + [[2.0, 0.9, 1.0], [count, 0.95, right]]
        keep(store, "ce", 0.8, seed=seed, reliability=bins)
    upper, lower = draw()[1]["calibration"].axes
    x, y = line(upper, LOOKS[0])
    assert (list(x), list(y)) == (pytest.approx([0.95]), pytest.approx([0.6]))
    assert lower.patches[0].get_data().values[-2:] == pytest.approx([100 * 4 / 44, 100 * 40 / 44])


def test_class_recall(single):
    store, draw = single
    for seed, value in enumerate((0.8, 0.9)):
        keep(store, "ce", value, question={"imbalance": 3.0}, seed=seed)
    _, made = draw()
    (axis,) = made["class_recall"].axes
    assert [label.get_text() for label in axis.get_xticklabels()] == ["1\n30", "2\n20", "0\n10"]
    x, y = line(axis, LOOKS[0])
    assert list(x) == [1, 2], "the largest class is not in the test set"
    assert y == pytest.approx([42.5, 85])
    band = axis.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (pytest.approx(40), pytest.approx(90))
    assert "n=2 seeds" in heading(made["class_recall"])


def test_mean_and_worst(single):
    store, draw = single
    worst = {"ce": (0.2, 0.4), "gce": (0.5, 0.7), "mae": (0.1, 0.1)}
    for loss, values in worst.items():
        for seed, value in enumerate(values):
            measured = {"test/worst_group_accuracy": value, "test/worst_domain_accuracy": value + 0.1}
            keep(store, loss, accuracy(loss, 0.0, 0) - 0.1 * (loss == "gce"), seed=seed, measured=measured)
    panel, made = draw()
    (axis,) = made["mean_and_worst"].axes
    look = looks(panel, panel.rows)
    for row, expected in worst.items():
        seeds, *_ = [each for each in axis.lines if to_hex(each.get_color()) == look[row].colour]
        assert list(seeds.get_ydata()) == pytest.approx([100 * value for value in expected])
        x = accuracy(row, 0.0, 0) - 0.1 * (row == "gce")
        assert list(seeds.get_xdata()) == pytest.approx([100 * x] * 2)
    means = {tuple(np.round(bars.lines[0].get_xydata()[0], 6)) for bars in axis.containers}
    assert means == {(90, 30), (85, 60), (80, 10)}
    (front,) = [each for each in axis.lines if each.get_zorder() == 0]
    assert front.get_xydata() == pytest.approx(np.array([(85, 60), (90, 30)])), "mae is worse at both"
    assert "worst group" in heading(made["mean_and_worst"])
    assert "n=2 seeds" in heading(made["mean_and_worst"])
    _, made = draw(metric="test/worst_domain_accuracy")
    (axis,) = made["mean_and_worst"].axes
    assert "environment" in axis.get_ylabel()
    assert max(bars.lines[0].get_ydata()[0] for bars in axis.containers) == pytest.approx(70)


def test_losses(drawn):
    panel, made = drawn
    figure = made["losses"]
    grid = np.reshape(figure.axes, (3, 2))
    assert [axis.get_title() for axis in grid[0]] == [column for column in panel.columns if "noise=0.4" in column]
    assert [axis.get_ylabel() for axis in grid[:, 0]] == [f"{row}\nexamples (%)" for row in panel.rows]
    assert key(figure) == ["label is right", "label is wrong"]
    for axis in grid.flatten():
        clean, wrong = (patch.get_data() for patch in axis.patches)
        assert clean.edges[[0, -1]] == pytest.approx([1e-6, 1e2])
        assert (clean.values[[10, 11]], wrong.values[35]) == (pytest.approx([75, 25]), pytest.approx(100))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Twelve losses, three imbalances, with noise; the best come last."""
    store = Store(tmp_path_factory.mktemp("many"))
    for i in range(12):
        for imbalance in (1.0, 10.0, 100.0):
            question = {"imbalance": imbalance, "noise": 0.2}
            keep(store, "ce" if i == 0 else f"l{i:02}", 0.5 + 0.02 * i, question=question)
    results = read(store.root)
    (panel,) = panels(results, Layout())
    return panel, pictures(panel, results)


def test_of_many_rows_the_baseline_and_the_best_are_drawn(many):
    panel, made = many
    assert set(made) == set(PICTURES) - OF_NUMBERS - {"critical_difference", "mean_and_worst"}, (
        "of one data set there is none"
    )
    chosen = ["ce", *(f"l{i:02}" for i in range(5, 12))]
    assert pick(panel, panel.rows) == chosen
    drawn = {"losses": "4 of 12 drawn"}
    for name, figure in made.items():
        assert drawn.get(name, "8 of 12 drawn") in heading(figure)
        assert heading(figure).startswith("digits, noise=0.2: ")
    assert key(made["calibration"]) == chosen
    assert [label.get_text() for label in made["seed_by_seed"].axes[0].get_yticklabels()] == chosen[1:]


def test_of_very_many_ranks_the_best_are_drawn(single):
    store, draw = single
    for i in range(30):
        for dataset in ("d0", "d1", "d2"):
            keep(store, "ce" if i == 0 else f"l{i:02}", 0.1 + 0.02 * i, dataset=dataset, diagnostics=False)
    _, made = draw()
    assert "24 of 30 drawn" in heading(made["critical_difference"])
    (axis,) = made["critical_difference"].axes
    found = {each.get_label(): each.get_xdata()[0] for each in axis.lines}
    assert found["l29"] == 1
    assert found["ce"] == 30, "ranks are among all thirty"


def test_of_equally_good_rows_the_first_are_drawn(single):
    store, draw = single
    for i in range(12):
        keep(store, f"l{i:02}", 0.5)
    panel, _ = draw()
    assert pick(panel, set(panel.rows)) == panel.rows[:8]


def test_what_does_not_apply_is_left_out(single):
    store, draw = single
    keep(store, "ce", 0.5, diagnostics=False)
    panel, made = draw()
    assert set(made) == {"learning_curves"}
    for name in PICTURES:
        found = picture(name)(panel, Kept([]), 0.05)
        assert found is None


def test_sparse_stores_are_drawn_as_far_as_they_go(single):
    store, draw = single
    keep(store, "ce", 0.5, question={"noise": 0.4})
    keep(store, "gce", 0.6, question={"noise": 0.4}, state="diverged")
    keep(store, "gce", 0.6, question={"noise": 0.2}, state="failed")
    keep(store, "mae", 0.7, question={"noise": 0.0}, epochs=1)
    keep(store, "mae", 0.8, question={"noise": 0.0}, epochs=1, seed=1)
    store.cell({"loss": {"part": "loss/never"}, "noise": 0.1}, {"loss": "never", "dataset": "digits"}).write("data")
    _, made = draw()
    assert set(made) == {"against_noise", "learning_curves", "seed_by_seed", "losses"} | OF_CONFIDENCE
    for figure in made.values():
        assert svg(figure)
    assert key(made["against_noise"]) == ["ce", "gce", "mae"], "a diverged seed has the worst value"
    said = "n=1 to 2 seeds; a diverged seed counts as the worst value, 0.00%; 3 of 4 drawn"
    assert said in heading(made["against_noise"])


def test_a_store_without_an_end_has_no_pictures(single):
    store, draw = single
    keep(store, "ce", 0.5, state="failed")
    assert draw()[1] == {}


@pytest.mark.parametrize("contents", ["", "{", "{}"])
def test_damaged_seeds_are_not_drawn(single, contents):
    store, draw = single
    for seed in (0, 1):
        keep(store, "ce", 0.5, question={"imbalance": 9.0, "noise": 0.1}, seed=seed)
    (cell,) = store.cells()
    for file in ("portrait.json", "provenance.json"):
        (cell.path / "seed=1" / file).write_text(contents)
    assert all("n=1 seed" in heading(draw()[1][name]) for name in ("calibration", "class_recall", "losses"))
    (cell.path / "seed=0" / "provenance.json").unlink()
    assert draw()[1] == {}


NO_DIAGNOSTICS = (
    {"recall": 3}, {"recall": ["a", 0.5, 0.5]}, {"recall": [0.5]}, {"reliability": [[1.0, 0.5, 0.5]]},
    {"reliability": [3] * 15}, {"calibrated_reliability": [3] * 15}, {"selective": [0.5]}, {"clean_losses": [1.0]},
    {"flipped_losses": {"a": 1}},
)  # fmt: skip


@pytest.mark.parametrize("said", NO_DIAGNOSTICS, ids=str)
def test_what_are_no_diagnostics_is_not_drawn(single, said):
    store, draw = single
    for seed in (0, 1):
        more = said if seed else {}
        keep(store, "ce", 0.5, question={"imbalance": 9.0, "noise": 0.1}, seed=seed, **more)
    (cell,) = store.cells()
    assert at_chance([cell.seed(seed) for seed in (0, 1)]) == ""
    assert "n=1 seed" in heading(draw()[1]["class_recall" if "recall" in said else "losses"])


@pytest.mark.parametrize(
    "said", [{"train": 3}, {"train": {"class_counts": "abc"}}, {"train": {"class_counts": [None]}}]
)
def test_what_nothing_was_made_of_is_not_drawn(single, said):
    store, draw = single
    keep(store, "ce", 0.5, question={"imbalance": 9.0})
    panel, made = draw()
    assert "class_recall" in made
    results = read(store.root)
    (results[0].folder / "seed=0" / "provenance.json").write_text(json.dumps(said))
    assert "class_recall" not in pictures(panel, results)


def test_a_packed_file_has_the_pictures_of_its_numbers(root, tmp_path):
    pack(read(root), tmp_path / "packed.jsonl")
    results = read(tmp_path / "packed.jsonl")
    (panel,) = panels(results, Layout())
    assert set(pictures(panel, results)) == {"against_noise", "seed_by_seed", *OVER_COLUMNS}


def test_an_infinite_mean_has_no_rank(single):
    store, draw = single
    for loss in OFFSET:
        for dataset in ("a", "b", "c"):
            keep(store, loss, -math.inf if loss == "mae" else 0.5, dataset=dataset, diagnostics=False)
    _, made = draw(metric="test/nll")
    assert not OVER_COLUMNS & set(made)
    assert all(svg(figure) for figure in made.values())


@pytest.mark.parametrize("layout", [{"rows": "noise", "columns": "loss,dataset"}, {"rows": "dataset"}])
def test_other_layouts_are_drawn(root, layout):
    results = read(root)
    (panel,) = panels(results, Layout(**layout))
    made = pictures(panel, results)
    assert ("against_noise" in made) == ("noise" not in layout["rows"])
    assert all(svg(figure) for figure in made.values())


def test_the_same_is_drawn_to_the_same_bytes(root):
    results = read(root)
    (panel,) = panels(results, Layout(columns="dataset,noise", where="dataset=digits"))
    one, other = ({name: svg(figure) for name, figure in pictures(panel, results).items()} for _ in range(2))
    assert one == other
    assert len(one) == 7


def test_the_diagram_is_drawn_to_the_same_bytes(root, drawn):
    panel, made = drawn
    with style():
        again = picture("critical_difference")(panel, Kept(read(root)), 0.05)
    for form in (svg, png, pdf):
        assert form(made["critical_difference"]) == form(again)
    assert pdf(again).startswith(b"%PDF")


def test_neither_matplotlib_nor_torch_is_loaded_before_a_picture_is_drawn():
    code = "import sys, runner.comparison.pictures; print({'matplotlib', 'scipy', 'torch', 'numpy'} & set(sys.modules))"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.fixture
def estimated(tmp_path):
    """Draws two objectives at 2 and 6 nats, each 0.5 too small and InfoNCE capped, of blocks of 16."""
    store = Store(tmp_path)
    for loss, cap in (("infonce", math.log(16)), ("smile", 9.0)):
        for nats in (6.0, 2.0):
            question = {"loss": {"part": loss}, "dataset": {"part": "pairs", "mi": nats}, "method": {"block": 16}}
            cell = store.cell(question, {"loss": loss, "dataset": "pairs"})
            cell.write(f"data of {nats}")
            metrics = TASKS["mutual_information"].on({"absolute_error": 0.0, "estimate": nats})
            for seed in (0, 1):
                record = cell.seed(seed).claim()
                record.start({}, "python -m runner")
                found = min(nats - 0.5, cap) + 0.1 * seed
                row = {"test/absolute_error": abs(found - nats), "test/estimate": found}
                record.append({"epoch": 1} | row)
                record.end(
                    "done",
                    {"seconds": 1.0, "stack_size": 1, "peak_memory_bytes": 1},
                    {name: metrics[name] for name in row},
                )

    def draw(metric):
        results = read(tmp_path)
        (panel,) = panels(results, Layout(rows="loss", metric=metric))
        return pictures(panel, results)

    return draw


def test_estimates_are_drawn_against_the_information_with_the_cap(estimated):
    (axis,) = estimated("test/estimate")["estimates"].axes
    ends, cap = (each.get_ydata() for each in axis.lines[:2])
    assert list(ends) == [2.0, 6.0]
    assert list(cap) == [math.log(16)] * 2
    expected = {"infonce": [1.55, math.log(16) + 0.05], "smile": [1.55, 5.55]}
    for row, (points, _, _) in zip(expected, axis.containers, strict=True):
        assert list(points.get_xdata()) == [2.0, 6.0]
        assert points.get_ydata() == pytest.approx(expected[row])
    assert key(estimated("test/estimate")["estimates"]) == ["the information", "log 16", "infonce", "smile"]
    assert "estimates" not in estimated("test/absolute_error")
