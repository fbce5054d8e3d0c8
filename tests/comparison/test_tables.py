"""A panel in words: every number is that of its seeds, in every format."""

import csv
import io
import math
from statistics import mean, stdev

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.power import TTestPower

from runner.comparison.chosen_tables import Asked, tables
from runner.comparison.compare import (
    against_baseline,
    differences,
    families,
    more_seeds,
    tied_with_best,
    verdicts,
)
from runner.comparison.datasets.averages import averages
from runner.comparison.datasets.ranking import ranking
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.comparison.tables import as_csv, everything, means, ranks, rules, seeds
from runner.comparison.tables import differences as difference_table
from runner.console.plain import Plain
from runner.console.table import Mark, Table
from runner.console.typeset import latex
from runner.statistics.multiple import holm
from runner.statistics.power import seeds_for
from runner.statistics.sign_flip import sign_flip_p
from runner.tasks.metric import Metric
from tests.stores import keep

N = 8
RNG = np.random.default_rng(0)
SHARED = RNG.normal(0, 0.05, N)  # what a seed does to every objective
GCE = 0.8 + SHARED + RNG.normal(0, 0.01, N)
VALUES = {
    "ce": 0.5 + SHARED,
    "gce": GCE,
    "poly": GCE + 0.01 * np.array([1, -1, 2, -2, 1, -2, 1, -1]),
    "mae": 0.4 + RNG.normal(0, 0.1, N),
}


@pytest.fixture
def panel(tmp_path):
    for loss, values in VALUES.items():
        keep(tmp_path, values.tolist(), loss=loss)
    (found,) = panels(read(tmp_path), Layout())
    return found


@pytest.fixture
def grid(tmp_path):
    for loss, values in VALUES.items():
        for noise in (0.0, 0.2, 0.4):
            keep(tmp_path / "grid", (values - noise / 2).tolist(), loss=loss, noise=noise)
    (found,) = panels(read(tmp_path / "grid"), Layout())
    return found


COLUMN = "test/accuracy"


def test_a_key_that_a_result_does_not_name_has_its_usual_value(tmp_path):
    keep(tmp_path, VALUES["ce"].tolist())
    keep(tmp_path, VALUES["gce"].tolist(), eval_flips=True)
    for layout in (Layout(rows="eval_flips"), Layout(columns="eval_flips")):
        (found,) = panels(read(tmp_path), layout)
        assert ["eval_flips=False", "eval_flips=True"] in (sorted(found.rows), sorted(found.columns))


def test_calibrators_are_compared_with_what_is_not_changed(tmp_path):
    for calibrator in ("isotonic", "none", "unchanged"):
        its = {"choices": {"calibrator": calibrator}, "calibrator": {"part": f"calibrator/{calibrator}"}}
        keep(tmp_path, VALUES["ce"].tolist(), **its)
    (found,) = panels(read(tmp_path), Layout(rows="calibrator"))
    assert found.baseline == "unchanged"


def test_every_row_meets_the_baseline_seed_by_seed(panel):
    found = {each.row: each for each in against_baseline(panel)}
    assert found.keys() == {"gce", "poly", "mae"}
    ps = {loss: sign_flip_p(VALUES[loss] - VALUES["ce"]) for loss in found}
    for loss, each in found.items():
        assert each.paired.mean == pytest.approx((VALUES[loss] - VALUES["ce"]).mean())
        assert each.paired.p == ps[loss]
        assert each.holm == pytest.approx(dict(zip(ps, holm(ps.values()), strict=True))[loss])
    assert found["gce"].better(0.05) is True
    assert found["gce"].better(0.01) is None  # Holm's p of 8 seeds is at least 3 * 2 / 2^8


def test_pairs_are_of_the_same_seed(tmp_path):
    keep(tmp_path, [0.5, 0.6, 0.7], loss="ce")
    keep(tmp_path, [0.6, 0.7], loss="gce", states=["failed"])
    (panel,) = panels(read(tmp_path), Layout())
    (found,) = against_baseline(panel)
    assert found.paired.n == 2
    assert found.lacking == {"failed": 1}
    assert differences(panel.entry("gce", COLUMN), panel.entry("ce", COLUMN)).tolist() == pytest.approx([0.1, 0.1])


def test_who_cannot_be_told_from_the_best(panel):
    best = panel.best(COLUMN)
    assert best in ("gce", "poly")
    assert tied_with_best(panel) == {({"gce": "poly", "poly": "gce"}[best], COLUMN)}
    ps = holm([sign_flip_p(VALUES[best] - VALUES[loss]) for loss in VALUES if loss != best])
    assert sum(p > 0.05 for p in ps) == 1


def test_verdicts_are_antisymmetric_and_those_of_the_tests(grid):
    rows = list(VALUES)
    found = verdicts(grid, rows)
    assert found.shape == (3, 4, 4)
    assert (found == -found.transpose(0, 2, 1)).all()
    assert found[0, rows.index("gce"), rows.index("ce")] == 1
    assert found[0, rows.index("gce"), rows.index("poly")] == 0


def test_the_seeds_that_it_would_take_and_their_commands(panel):
    (gce,) = [each for each in against_baseline(panel) if each.row == "gce"]
    sd = (VALUES["gce"] - VALUES["ce"]).std(ddof=1)
    more = more_seeds(panel, gce, detect=sd / 2)
    largest = sd * math.sqrt(7 / scipy.stats.chi2.ppf(0.2, 7))  # that eight seeds allow
    needed = math.ceil(TTestPower().solve_power(sd / 2 / largest, alpha=0.05, power=0.8)) + 1
    assert more.seeds == needed
    missing = f"seed=8 seeds={needed - 8}"
    assert more.commands == tuple(f"python -m runner loss={loss} noise=0.0 {missing}" for loss in ("gce", "ce"))
    assert more_seeds(panel, gce, detect=1.0).commands == ()


def test_means_say_all_that_was_measured(panel):
    table = means(panel)
    assert list(table.header) == ["", "test accuracy (%)", "s a seed", "MB", "gradient at start"]
    body = {row[0].text: row for row in table.body}
    values = 100 * VALUES["ce"]
    assert body["ce"][1] == Mark(f"{mean(values):.2f} ± {stdev(values):.2f} (n=8)")
    assert [cell.text for cell in body["ce"][2:]] == ["2", "500", "0.25"]
    best = panel.best(COLUMN)
    assert body[best][1].bold
    assert sum(row[1].text.endswith(" †") for row in table.body) == 1
    assert "at the last epoch" in table.caption
    bare = means(panel, took=False)
    assert list(bare.header) == ["", "test accuracy (%)"]


def test_where_seeds_cannot_decide_nothing_is_marked_and_the_caption_says_so(tmp_path):
    near = SHARED + 0.001 * np.array([1, -1] * 4)
    for n, store in ((5, tmp_path / "five"), (N, tmp_path / "eight")):
        for i in range(9):
            keep(store, (0.5 + 0.01 * i + SHARED)[:n].tolist(), loss=f"loss{i}")
        keep(store, (0.58 + near)[:n].tolist(), loss="near")
    (panel,) = panels(read(tmp_path / "five"), Layout())
    assert not tied_with_best(panel)
    assert "†" not in means(panel).markdown()
    assert "5 seeds cannot decide among 10 (it takes 6)" in means(panel).caption
    (more,) = panels(read(tmp_path / "eight"), Layout())
    assert tied_with_best(more) in ({("near", COLUMN)}, {("loss8", COLUMN)})
    assert "†: not significantly different from it (all pairs of a column, level 0.05)" in means(more).caption
    assert "cannot decide" not in means(more).caption


NEAR = np.array([2, -1, 3, -2, 1, -3, 2, -2])


@pytest.mark.parametrize(("n", "decided"), [(5, False), (6, True), (7, True)])
def test_fewer_seeds_are_not_a_laxer_test(tmp_path, n, decided):
    """Of three, two tied and one far off; the far one never has a mark, the tied one has it from 6 seeds on."""
    values = {"ce": 0.3 + 0.01 * SHARED, "gce": 0.8 + SHARED, "poly": 0.8 + SHARED + 0.001 * NEAR}
    for loss, its in values.items():
        for noise in (0.0, 0.2):
            seeds = its.tolist()[: n if noise else 8]
            keep(tmp_path, seeds, loss=loss, noise=noise)
    (panel,) = panels(read(tmp_path), Layout())
    marked = {column for _, column in tied_with_best(panel)}
    assert marked == ({"noise=0.0", "noise=0.2"} if decided else {"noise=0.0"})
    assert not any(row == "ce" for row, _ in tied_with_best(panel))
    said = f"in 1 of 2 columns {n} seeds cannot decide among 3 (it takes 6)"
    assert (said in means(panel).caption) == (not decided)


def test_a_caption_says_what_its_table_is_of(tmp_path):
    for loss in ("ce", "gce"):
        for noise in (0.0, 0.6):
            keep(tmp_path, [0.5, 0.6], loss=loss, noise=noise, epochs=60, choices={"model": "mlp"})
    found = read(tmp_path)
    (both,) = panels(found, Layout())
    (one,) = panels(found, Layout(where="noise=0.6"))
    (rows,) = panels(found, Layout(where="loss=gce"))
    for panel, said in ((both, ""), (one, ", noise=0.6"), (rows, "")):
        of = "digits, mlp, gce, 60 epochs" if panel is rows else f"digits, mlp, 60 epochs{said}"
        for table in (means(panel), difference_table(panel), ranks(panel), rules(panel), seeds(panel)):
            assert table.caption.startswith(f"{of}: test accuracy (%)")
    assert everything(found[0]).caption.startswith("digits, mlp, ")


@pytest.mark.parametrize(("metric", "sense"), [("test/ece", True), ("test/nll", True), ("test/accuracy", False)])
def test_wins_are_of_what_is_better(tmp_path, metric, sense):
    keep(tmp_path, [0.5, 0.5, 0.5, 0.5], loss="ce", metric=metric)
    keep(tmp_path, [0.6, 0.6, 0.6, 0.5], loss="gce", metric=metric)
    (panel,) = panels(read(tmp_path), Layout(metric=metric))
    table = difference_table(panel)
    assert table.body[0][7].text == ("12%" if sense else "88%")
    assert ("lower is better" in table.caption) == ("lower is better" in means(panel).caption) == sense
    (_, line) = csv.DictReader(io.StringIO(as_csv([panel])))
    assert float(line["superiority"]) == (0.125 if sense else 0.875)


OURS = {  # metrics of a user's own: is less of it better, and how its numbers are shown
    "mse": (Metric("mse", "lower", 0.0, math.inf, ""), "test mse (lower is better)", "0.5500 ± 0.0577 (n=4)"),
    "rmse": (Metric("rmse", "lower", 0.0, math.inf, "cm"), "test RMSE (cm, lower is better)", "0.5500 ± 0.0577 (n=4)"),
    "mae": (Metric("mae", "lower", 0.0, math.inf, ""), "test MAE (lower is better)", "0.5500 ± 0.0577 (n=4)"),
    "error_rate": (
        Metric("error_rate", "lower", 0.0, 1.0, "share"),
        "error rate (%, lower is better)",
        "55.00 ± 5.77 (n=4)",
    ),
    "hinge": (Metric("hinge", "lower", 0.0, math.inf, ""), "test hinge (lower is better)", "0.5500 ± 0.0577 (n=4)"),
    "fpr95": (Metric("fpr95", "lower", 0.0, 1.0, "share"), "(%, lower is better)", "55.00 ± 5.77 (n=4)"),
    "perplexity": (
        Metric("perplexity", "lower", 0.0, math.inf, ""),
        "test perplexity (lower is better)",
        "0.5500 ± 0.0577 (n=4)",
    ),
    "r2": (Metric("r2", "higher", -math.inf, 1.0, ""), "test R2 at the last epoch", "0.5500 ± 0.0577 (n=4)"),
    "nll": (Metric("nll", "higher", 0.0, 1.0, "share"), "test NLL (%) at the last epoch", "55.00 ± 5.77 (n=4)"),
}


@pytest.mark.parametrize("name", OURS)
def test_a_metric_is_what_it_was_declared_to_be_and_not_what_its_name_ends_with(tmp_path, name):
    declared, said, shown = OURS[name]
    for noise in (0.0, 0.2, 0.4):
        keep(tmp_path, [0.5, 0.5, 0.6, 0.6], loss="ce", noise=noise, metric=f"test/{name}", declared=declared)
        keep(tmp_path, [0.7, 0.7, 0.8, 0.6], loss="gce", noise=noise, metric=f"test/{name}", declared=declared)
        keep(tmp_path, [0.1, 0.2, 0.1, 0.2], loss="poly", noise=noise, metric=f"test/{name}", declared=declared)
    (panel,) = panels(read(tmp_path), Layout(metric=f"test/{name}"))
    lower = declared.better == "lower"
    assert panel.best("noise=0.0") == ("poly" if lower else "gce")
    table = means(panel)
    assert said in table.caption
    assert table.body[0][1].text.removesuffix(" †") == shown
    wins = {each.row: each.wins for each in against_baseline(panel)}
    assert wins == ({"gce": 0.125, "poly": 1.0} if lower else {"gce": 0.875, "poly": 0.0})
    order = ranking(panel)
    assert dict(zip(order.rows, order.ranks, strict=True)) == (
        {"poly": 1.0, "ce": 2.0, "gce": 3.0} if lower else {"gce": 1.0, "ce": 2.0, "poly": 3.0}
    )
    assert ("points" in difference_table(panel).caption) == (declared.high == 1.0 and declared.low == 0.0)


@pytest.mark.parametrize(("n", "name"), [(5, "t"), (8, "BCa bootstrap")])
def test_a_caption_names_the_interval_and_the_smallest_p(tmp_path, n, name):
    for loss in ("ce", "gce"):
        keep(tmp_path, VALUES[loss].tolist()[:n], loss=loss)
    (panel,) = panels(read(tmp_path), Layout())
    caption = difference_table(panel).caption
    assert f"Interval: {name}, over seeds on one fixed test set; " in caption
    assert f"at least {2 / 2**n:.2g} with {n} seeds" in caption
    assert ("5 seeds cannot decide the one comparison (it takes 6)" in caption) == (n == 5)


def test_ranks_take_three_columns(grid, tmp_path):
    assert "rank" in means(grid).header
    assert "rank: mean over 3 columns" in means(grid).caption
    assert "mean rank over 3 columns" in ranks(grid).caption
    (two,) = panels(read(tmp_path / "grid"), Layout(where="noise=0.0|0.2"))
    (pair,) = panels(read(tmp_path / "grid"), Layout(where="loss=ce|gce"))
    for panel in (two, pair):
        assert "rank" not in means(panel).header
        assert "rank" not in means(panel).caption


def test_unequal_numbers_of_seeds_are_flagged(tmp_path):
    keep(tmp_path, [0.5, 0.6, 0.7], loss="ce")
    keep(tmp_path, [0.6, 0.7], loss="gce")
    (panel,) = panels(read(tmp_path), Layout())
    texts = [row[1].text for row in means(panel).body]
    assert texts[0].startswith("60.00 ± 10.00 (n=3)")
    assert texts[1].startswith("65.00 ± 7.07 (n=2 of 3)")


def test_differences_say_how_sure(panel):
    table = difference_table(panel, detect=0.02)
    body = {row[0].text: [cell.text for cell in row] for row in table.body}
    apart = VALUES["gce"] - VALUES["ce"]
    assert body["gce"][2] == f"{100 * apart.mean():+.2f}"
    assert body["gce"][4] == "0.0078"
    assert body["gce"][6] == f"{apart.mean() / apart.std(ddof=1):+.2f}"
    assert body["gce"][7:9] == ["100%", "8"]
    assert "n for 2 points" in table.header
    assert "at least 0.0078" in table.caption


def test_the_commands_that_train_what_is_missing(panel):
    table = seeds(panel, detect=0.05)
    (mae,) = [[cell.text for cell in row] for row in table.body if row[0].text == "mae"]
    assert mae[2] == "8"
    needed = seeds_for((VALUES["mae"] - VALUES["ce"]).std(ddof=1), len(VALUES["ce"]), 0.05, 0.05 / 3)
    assert mae[3] == str(needed)
    both = [f"python -m runner loss={loss} noise=0.0 seed=8 seeds={needed - 8}" for loss in ("mae", "ce")]
    assert set(both) <= set(table.commands)
    assert len(set(table.commands)) == len(table.commands)
    terminal = printed(table, 40)
    assert set(both) <= set(terminal), "whole, and nothing else on their lines"
    assert f"    {both[0]}" in table.markdown().splitlines()
    assert f"% {both[0]}" in latex([table]).splitlines()


def test_ranks_over_columns(grid):
    table = ranks(grid)
    body = {row[0].text: [cell.text for cell in row] for row in table.body}
    theirs = scipy.stats.rankdata([-v.mean() for v in VALUES.values()])
    assert {row: float(cells[1]) for row, cells in body.items()} == dict(zip(VALUES, theirs, strict=True))
    assert body["gce"][3:] == ["6", "3", "0"]
    assert [row[0].text for row in table.body][-1] == "mae"
    assert "mean rank over 3 columns." in table.caption
    assert "the columns are conditions of one data set, so nothing is tested over them" in table.caption
    assert "Friedman" not in table.caption


def of_data_set(name):
    return {"dataset": {"part": f"dataset/{name}"}, "choices": {"dataset": name}}


@pytest.fixture
def sets(tmp_path):
    """Three conditions of one data set, where losses rank the other way round, and one each of two others."""
    shares = {"digits": (0.0, 0.2, 0.4), "mnist1d": (0.0,), "blobs": (0.0,)}
    for dataset, rates in shares.items():
        for noise in rates:
            for loss, value in {"ce": 0.9, "gce": 0.8, "mae": 0.7}.items():
                values = [(1 - value if dataset == "digits" else value) - noise / 20 + 0.01 * seed for seed in range(3)]
                keep(tmp_path, values, loss=loss, noise=noise, **of_data_set(dataset))
    (found,) = panels(read(tmp_path), Layout())
    return found


def test_ranks_and_their_tests_are_over_data_sets(sets):
    order = ranking(sets)
    assert dict(zip(order.rows, order.ranks, strict=True)) == pytest.approx({"ce": 5 / 3, "gce": 2, "mae": 7 / 3})
    caption = ranks(sets).caption
    p = scipy.stats.friedmanchisquare([3, 1, 1], [2, 2, 2], [1, 3, 3]).pvalue
    assert "mean rank over 5 columns of 3 data sets." in caption
    assert f"all rank alike on 3 data sets: p={p:.2g} (Friedman)" in caption
    assert "the 5 columns are conditions of 3 data sets, and tests count 3 problems" in caption
    assert "3 data sets cannot tell any of 3 pairs apart by Wilcoxon's test" in caption


def test_the_average_counts_each_data_set_alike(sets):
    table = averages(sets)
    lines = [[cell.text for cell in row] for row in table.body]
    body = {line[0]: dict(zip(table.header, line, strict=True)) for line in lines}
    assert {*table.header[1:5]} == {"digits", "mnist1d", "blobs", "average"}
    on_digits = 100 * (0.1 - 0.01 + 0.01)  # of three noise rates, and of three seeds
    assert body["ce"]["digits"].startswith(f"{on_digits:.2f} ")
    assert body["ce"]["average"].startswith(f"{(on_digits + 91 + 91) / 3:.2f} ")
    assert float(body["gce"]["difference"]) == pytest.approx(100 * (0.1 - 0.1 - 0.1) / 3, abs=0.01)
    assert body["gce"]["better on"] == "1 of 3"
    assert "each data set counts alike, and of it each column" in table.caption
    assert "p: Wilcoxon" not in table.caption


def test_a_single_data_set_has_its_columns_and_their_average(tmp_path):
    """As DomainBed's tables have each environment that was left out, and the average."""
    for noise, values in {0.1: [0.5, 0.6], 0.2: [0.7, 0.6], 0.3: [0.9, 0.9]}.items():
        for loss in ("ce", "gce"):
            keep(tmp_path, values, loss=loss, noise=noise)
    (panel,) = panels(read(tmp_path), Layout())
    table = averages(panel)
    lines = [dict(zip(table.header, [cell.text for cell in row], strict=True)) for row in table.body]
    assert table.header[1:5] == ["noise=0.1", "noise=0.2", "noise=0.3", "average"]
    assert [lines[0][name][:5] for name in table.header[1:5]] == ["55.00", "65.00", "90.00", "70.00"]


def test_wilcoxon_is_over_data_sets_where_there_are_enough(tmp_path):
    gaps = [0.01, 0.02, 0.03, 0.04, 0.05, -0.005]
    for i, gap in enumerate(gaps):
        for loss, value in {"ce": 0.5, "gce": 0.5 + gap}.items():
            keep(tmp_path, [value, value + 0.01], loss=loss, **of_data_set(f"d{i}"))
    (panel,) = panels(read(tmp_path), Layout())
    table = averages(panel)
    (cell,) = [row[-1].text for row in table.body if row[0].text == "gce"]
    assert cell == f"{scipy.stats.wilcoxon(gaps).pvalue:.2g}"
    assert "p: Wilcoxon's test over 6 data sets" in table.caption


def test_csv_has_every_number_in_full(panel):
    table = {line["row"]: line for line in csv.DictReader(io.StringIO(as_csv([panel])))}
    assert float(table["gce"]["mean"]) == mean(VALUES["gce"].tolist())
    assert float(table["gce"]["difference"]) == pytest.approx((VALUES["gce"] - VALUES["ce"]).mean())
    assert table["ce"]["difference"] == ""
    assert [table[loss]["best"] for loss in VALUES].count("True") == 1


def test_all_of_one_cell(tmp_path):
    keep(tmp_path, [0.5, 0.7])
    (result,) = read(tmp_path)
    body = {row[0].text: row[1].text for row in everything(result).body}
    assert body["test/accuracy"] == "0.6000 ± 0.1414 (n=2)"
    assert body["val/accuracy"] == "0.2000 ± 0.0000 (n=2)"


def printed(table, width):
    """The lines of a table in a terminal."""
    console = Plain(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    table.show(console)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 300])
def test_no_number_and_no_heading_is_broken(grid, width):
    for table in (means(grid), difference_table(grid), ranks(grid), rules(grid)):
        lines = printed(table, width)
        inside = {word for line in lines if line[:1] in "┃│" for word in line.translate({9475: " ", 9474: " "}).split()}
        shown = table if "MB" in inside or table.narrow is None else table.narrow
        words = {word for name in shown.header for word in name.replace(", ", " ").split()}
        words |= {word for row in shown.body for cell in row for word in cell.text.split()}
        assert inside == words | ({"*"} if any(cell.bold for row in shown.body for cell in row) else set())


def test_a_narrow_terminal_has_no_room_for_what_was_taken(grid):
    table = means(grid)
    for width, there in ((300, True), (100, False)):
        lines = printed(table, width)
        assert any("MB" in line for line in lines) == there
        assert max(map(len, lines)) <= width
    assert max(map(len, printed(difference_table(grid), 80))) <= 80
    assert len(set(map(len, filter(None, (line.rstrip() for line in printed(table, 20)[:3]))))) == 1, "wider, not cut"


def test_a_list_stays_on_its_line(tmp_path):
    for classes in ([3, 5], [0, 1]):
        keep(tmp_path, [0.5], classes=classes)
        keep(tmp_path, [0.5], loss="gce", classes=classes)
    (panel,) = panels(read(tmp_path), Layout())
    assert panel.columns == ["classes=[0,1]", "classes=[3,5]"]
    assert any("classes=[3,5]" in line for line in printed(means(panel), 300))


def test_labels_of_a_document_differ(panel):
    text = latex([means(panel), difference_table(panel), means(panel)])
    assert [line for line in text.splitlines() if line.startswith(r"\label")] == [
        r"\label{tab:test/accuracy}", r"\label{tab:test/accuracy-differences}", r"\label{tab:test/accuracy-2}"
    ]  # fmt: skip


TABLE = Table("a_b: 5% ± 1", ["", "noise=0.2, 50%"], [[Mark("a|b_c"), Mark("1 ± 2 †", True)]])


def test_markdown_and_latex_escape_what_they_read_otherwise():
    assert TABLE.markdown().splitlines()[2:] == [
        "|  | noise=0.2, 50% |",
        "| --- | --- |",
        "| a&#124;b_c | **1 ± 2 †** |",
    ]
    made = latex([TABLE])
    assert r"\caption{a\_b: 5\% $\pm$ 1}" in made
    assert r"a$|$b\_c & \textbf{1 $\pm$ 2 $^\dagger$} \\" in made
    assert r"\begin{tabular}{lr}" in made


@pytest.mark.parametrize("states", [[], ["failed"], ["diverged", "failed"]])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_sparse_stores_have_words(tmp_path, n, states):
    keep(tmp_path, [0.5] * n, loss="ce", states=states)
    if n + len(states) == 0:
        return
    for more in (False, True):
        if more:
            keep(tmp_path, [0.6] * n, loss="gce", noise=0.4, states=states)
        for panel in panels(read(tmp_path), Layout()):
            for table in (means(panel), difference_table(panel), ranks(panel), seeds(panel)):
                assert "nan" not in table.markdown()
            assert as_csv([panel])


def test_a_column_with_fewer_seeds_throughout_is_full(tmp_path):
    for loss in ("ce", "gce"):
        keep(tmp_path, VALUES[loss].tolist()[:6], loss=loss)
        keep(tmp_path, VALUES[loss].tolist()[: 4 if loss == "ce" else 3], loss=loss, noise=0.2)
    (panel,) = panels(read(tmp_path), Layout())
    shown = means(panel).markdown()
    assert ("(n=4)" in shown, "(n=3 of 4)" in shown, "of 6" in shown) == (True, True, False)


@pytest.mark.parametrize(("asked", "points"), [(2, "2 points"), (0.02, "2 points"), (1, "1 point"), (0.5, "50 points")])
def test_a_difference_of_a_share_can_be_given_in_points(panel, asked, points):
    table = difference_table(panel, detect=asked)
    assert table.header[-1] == f"n for {points}"
    assert f"detect={asked:g}: read as {points}" in table.caption
    assert f"a difference of {points} to ce" in seeds(panel, detect=asked).caption
    same = 0.02 if asked == 2 else asked
    assert [row[-1].text for row in difference_table(panel, detect=same).body] == [row[-1].text for row in table.body]


def test_a_difference_of_what_is_no_share_is_in_its_unit(tmp_path):
    for loss in ("ce", "gce"):
        keep(tmp_path, VALUES[loss].tolist(), loss=loss, metric="test/nll")
    (panel,) = panels(read(tmp_path), Layout(metric="test/nll"))
    assert difference_table(panel, detect=2).header[-1] == "n for 2"
    assert "detect=" not in difference_table(panel, detect=2).caption


@pytest.mark.parametrize(("over", "counts"), [("report", 12), ("panel", 6), ("column", 3)])
def test_p_is_corrected_over_the_family_that_is_asked_for(tmp_path, over, counts):
    for loss, values in VALUES.items():
        for noise in (0.0, 0.2):
            for epochs in (10, 20):
                keep(tmp_path, values.tolist(), loss=loss, noise=noise, epochs=epochs)
    found = panels(read(tmp_path), Layout(rows="loss", columns="noise"))
    assert len(found) == 2
    made = tables(found, ["differences"], Asked(family=over))
    place = {"report": "of the report", "panel": "of the table", "column": "of a column"}[over]
    assert all(f"p (Holm): corrected for {counts} comparisons {place}" in table.caption for table in made)
    compared = families(found, over=over)
    ps = [[each.paired.p for each in its.comparisons] for its in compared]
    groups = {
        "report": [ps[0] + ps[1]],
        "panel": ps,
        "column": [[each.paired.p for each in f.comparisons if each.column == c] for f in compared for c in f.sizes],
    }[over]
    theirs = sorted(p for group in groups for p in holm(group))
    assert sorted(each.holm for its in compared for each in its.comparisons) == theirs
    shown = [line["p_holm"] for line in csv.DictReader(io.StringIO(as_csv(found, family=over))) if line["p_holm"]]
    assert sorted(map(float, shown)) == theirs
