"""What a table cannot compare, rank or average it names: no mark, no number and no best without a word."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from runner.comparison.compare import against_baseline, tied_with_best, verdicts
from runner.comparison.datasets.ranking import ranking
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Layout, panels
from runner.comparison.pictures import pictures
from runner.comparison.results import Outcome, Result, read
from runner.comparison.tables import as_csv, differences, means, ranks, rules, seeds
from runner.report import main as report
from runner.tasks.families import DECLARED
from tests.stores import keep

N = 8
RNG = np.random.default_rng(0)
CE = (0.8 + 0.01 * RNG.normal(size=N)).tolist()
GCE = (0.9 + 0.01 * RNG.normal(size=N)).tolist()
COLUMN = "test/accuracy"
NOISE = (0.0, 0.2, 0.4)


def one(store, **layout):
    (found,) = panels(read(store), Layout(**layout))
    return found


def cells(table, row, column=None):
    """The texts of a row's line; of tables with a line for each column, of that column's."""
    lines = [[cell.text for cell in line] for line in table.body]
    return next(line for line in lines if line[0] == row and column in (None, line[1]))


def result(loss, values, *, first=0, noise=0.0, took=None, made=None):
    """A cell of which the seeds from `first` on ended at these values."""
    metrics = {COLUMN: DECLARED[COLUMN]}
    outcomes = {
        seed: Outcome("done", {"last": {COLUMN: value}}, took or {}, (made or {}).get(seed, {}), metrics)
        for seed, value in enumerate(values, start=first)
    }
    question = {"noise": noise, "loss": {"part": f"loss/{loss}"}}
    return Result(f"{loss}{noise}", {"loss": loss}, question, "", "", outcomes)


def of(*results, **layout):
    (found,) = panels(results, Layout(**layout))
    return found


@pytest.fixture
def apart():
    """Seeds of mae are none of those of ce and gce."""
    return of(result("ce", CE), result("gce", GCE), result("mae", CE, first=100))


def test_rows_without_a_common_seed_are_not_compared_with_the_best(apart):
    assert apart.best(COLUMN) == "gce"
    assert not tied_with_best(apart)
    table = means(apart)
    assert "†" not in cells(table, "mae")[1]
    assert "not compared with the best, as too few seeds are in common or none: mae" in table.caption
    two = of(result("gce", GCE), result("mae", CE, first=100))
    assert "cannot decide" not in means(two).caption, "it is not for want of seeds"


def test_rows_without_a_common_seed_are_not_compared_with_the_baseline(apart):
    table = differences(apart)
    assert cells(table, "mae")[2:] == ["-", "-", "-", "-", "-", "-", "0", "-"]
    assert "n=0: no seed is in common" in table.caption
    assert "corrected for 1 comparison of the report;" in table.caption
    gce, mae = against_baseline(apart)
    assert gce.holm == gce.paired.p, "a comparison that is none takes no part in the correction"
    assert (mae.made, mae.better(0.05)) == (False, None)
    assert "mae" in seeds(apart).caption
    (line,) = [line for line in csv.DictReader(io.StringIO(as_csv([apart]))) if line["row"] == "mae"]
    assert (line["p"], line["p_holm"], line["pairs"]) == ("nan", "nan", "0")


def test_where_no_two_rows_have_a_common_seed_nothing_is_told():
    panel = of(result("ce", CE), result("gce", GCE, first=50))
    assert "sign-flip test" not in differences(panel).caption
    table = ranks(panel)
    assert "wins" not in table.header
    assert "no two of the rows have a seed in common" in table.caption


def test_seeds_that_too_few_rows_share_do_not_decide():
    """Eight seeds each, of which two are in common: no p of two seeds is small enough."""
    panel = of(result("ce", CE), result("gce", GCE, first=N - 2))
    assert "2 seeds cannot decide among 2 (it takes 6)" in means(panel).caption
    assert not tied_with_best(panel)


def test_columns_that_cannot_decide_are_counted_by_their_seeds():
    found = [
        result(loss, values[:n], noise=noise)
        for noise, n, rows in ((0.0, 5, 3), (0.2, 6, 2), (0.4, N, 2))
        for loss, values in list({"ce": CE, "gce": GCE, "poly": CE}.items())[:rows]
    ]
    few = of(*found, *(result("mae", CE[:5], noise=noise) for noise in NOISE))
    said = means(few).caption
    assert "in 1 of 3 columns 5 seeds cannot decide among 4 (it takes 6)" in said
    assert "6 seeds cannot decide" not in said, "as many as decide one comparison decide all pairs"


def test_contests_that_seeds_cannot_decide_are_no_ties():
    found = [result(loss, v, noise=noise) for loss, v in (("ce", CE), ("gce", GCE)) for noise in NOISE[:2]]
    found += [result(loss, v[:3], noise=0.4) for loss, v in (("ce", CE), ("gce", GCE))]
    table = ranks(of(*found))
    assert cells(table, "gce")[3:] == ["2", "0", "0"]
    assert cells(table, "ce")[3:] == ["0", "0", "2"]
    assert "in 1 of 3 columns 3 seeds cannot decide the one pair (it takes 6)" in table.caption
    assert "1 of 3 contests are not counted" in table.caption
    found += [result("mae", CE, first=100, noise=noise) for noise in NOISE]
    panel = of(*found)
    assert cells(ranks(panel), "mae")[3:] == ["0", "0", "0"]
    assert not verdicts(panel, ["ce", "mae"]).any()


def test_a_row_without_a_seed_in_all_columns_has_no_interquartile_mean():
    found = [result("ce", CE, noise=noise) for noise in NOISE]
    found += [result("gce", GCE, first=100 * i, noise=noise) for i, noise in enumerate(NOISE)]
    assert cells(ranks(of(*found)), "gce")[2] == "-"


@pytest.fixture
def holes(tmp_path):
    """Four losses at three rates of noise; mae lacks one of them, and at another the seeds of poly failed."""
    for noise in NOISE:
        for loss, values in {"ce": CE, "gce": GCE, "poly": CE, "mae": CE, "sce": CE}.items():
            failed = (loss, noise) == ("poly", 0.4)
            if (loss, noise) != ("mae", 0.2):
                keep(tmp_path, [] if failed else values, loss=loss, noise=noise, states=["failed"] * failed)
    return tmp_path


def test_rows_that_lack_a_column_are_named_where_ranks_leave_them_out(holes):
    panel = one(holes)
    assert ranking(panel).rows == ["ce", "gce", "sce"]
    said = "not ranked, for want of a mean in every column: mae (noise=0.2), poly (noise=0.4)"
    for table in (means(panel), ranks(panel)):
        assert said in table.caption
    made = pictures(panel, read(holes))
    assert said in made["profiles"].get_suptitle().replace("\n", " ")
    assert "not ranked" not in ranks(one(holes, where="noise=0.0")).caption


def test_ranks_that_are_not_shown_at_all_are_missed(holes):
    panel = one(holes, where="loss=ce|mae|poly")
    assert "rank" not in means(panel).header
    assert "not ranked, for want of a mean in every column" in means(panel).caption


def test_comparisons_without_a_value_on_one_side_are_named(holes):
    said = "in no comparison, for want of seeds: "
    assert f"{said}mae (noise=0.2), poly (noise=0.4)" in differences(one(holes)).caption
    assert f"{said}mae (noise=0.2), poly (noise=0.4);" in differences(one(holes, baseline="mae")).caption
    assert "without a known scatter, and so without a number: mae, poly, sce" in seeds(one(holes)).caption
    assert said not in differences(one(holes, where="noise=0.0")).caption


def test_seeds_that_do_not_have_a_metric_are_not_said_to_be_missing():
    unmeasured = Outcome("done", {"last": {}}, {}, {}, {})
    none, missing = (replace(result(loss, []), outcomes=o) for loss, o in (("none", {0: unmeasured}), ("gce", {})))
    said = differences(of(result("ce", CE), result("mae", GCE), none, missing, baseline="ce")).caption
    assert f"in no comparison, as seeds are without {COLUMN}: none" in said
    assert "in no comparison, for want of seeds: gce" in said
    failed = replace(none, outcomes={0: unmeasured, 1: replace(unmeasured, state="failed", rows={})})
    said = differences(of(result("ce", CE), result("mae", GCE), failed, baseline="ce")).caption
    assert "in no comparison, for want of seeds: none" in said


def test_a_row_without_any_value_is_named_alone(tmp_path):
    for noise in NOISE:
        keep(tmp_path, CE, loss="ce", noise=noise)
        keep(tmp_path, [], loss="gce", noise=noise, states=["failed"])
    assert differences(one(tmp_path)).caption.endswith("in no comparison, for want of seeds: gce.")


def test_what_has_no_lines_says_why(tmp_path, capsys):
    keep(tmp_path, CE, loss="ce")
    keep(tmp_path, [], loss="gce", states=["failed"])
    report([f"store={tmp_path}", "show=differences"])
    assert "in no comparison, for want of seeds: gce" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("metric", ["test/accuracy", "test/ece"])
def test_a_better_row_that_lacks_seeds_is_named(tmp_path, metric):
    top, bottom = (0.9, 0.1) if DECLARED[metric].higher else (0.1, 0.9)
    for noise in NOISE:
        keep(tmp_path, [0.5] * 2, loss="ce", noise=noise, metric=metric)
        keep(tmp_path, [0.4 if top > 0.5 else 0.6] * 2, loss="poly", noise=noise, metric=metric)
        keep(tmp_path, [bottom if noise else top] * 2, loss="gce", noise=noise, metric=metric, states=["failed"])
    panel = one(tmp_path, metric=metric)
    assert [panel.best(column) for column in panel.columns] == ["ce"] * 3
    said = "cannot be the best, as seeds are missing: "
    assert f"{said}gce (noise=0.0);" in means(panel).caption
    alone = one(tmp_path, metric=metric, where="loss=ce|gce,noise=0.2")
    assert alone.best(metric) is None
    assert f"{said}gce." in means(alone).caption
    assert said not in means(one(tmp_path, metric=metric, where="loss=ce|poly")).caption


def test_all_that_share_the_best_mean_are_bold(tmp_path):
    """0.1 + 0.2 is 0.3 on paper."""
    keep(tmp_path, [0.1 + 0.2] * 2, loss="ce")
    keep(tmp_path, [0.3] * 2, loss="gce")
    keep(tmp_path, [0.2] * 2, loss="mae")
    panel = one(tmp_path)
    assert [line[1].bold for line in means(panel).body] == [True, True, False]
    assert [line["best"] for line in csv.DictReader(io.StringIO(as_csv([panel])))] == ["True", "True", "False"]


def taken(loss, noise, seconds, **more):
    return result(loss, CE, noise=noise, took={"seconds": seconds, "peak_memory_bytes": 1e6, **more})


def test_what_it_took_is_a_mean_over_the_same_columns():
    """gce takes twice as long wherever both are; ce alone has the column that takes long."""
    found = [taken("ce", 0.0, 1.0), taken("ce", 0.4, 9.0), taken("gce", 0.0, 2.0)]
    table = means(of(*found))
    assert [line[3].text for line in table.body] == ["1", "2"]
    assert "what it took is a mean over the 1 of 2 columns that all rows have" in table.caption
    assert "of 2 columns that all rows have" not in means(of(*found, taken("gce", 0.4, 18.0))).caption


def test_what_it_took_is_not_shown_where_the_rows_have_no_column_in_common():
    table = means(of(taken("ce", 0.0, 1.0), taken("gce", 0.4, 2.0)))
    assert "s a seed" not in table.header
    assert "what it took is not shown, as no column is there for all rows" in table.caption


def test_a_row_without_seeds_takes_the_time_from_no_other():
    table = means(of(taken("ce", 0.0, 1.0), taken("ce", 0.4, 3.0), result("gce", [], noise=0.0)))
    assert [line[3].text for line in table.body] == ["2", ""]


def test_unlike_machines_are_said_also_where_the_baseline_is_not():
    a, b = ({seed: {"machine": name} for seed in range(N)} for name in "ab")
    rows = [result("gce", GCE, made=a), result("mae", CE, made=b), result("ce", CE, noise=0.4)]
    (note,) = notes(of(*rows))
    assert note.startswith(f"{N} of {N} compared seeds were trained on unlike machines")


def test_every_table_says_by_what_code_it_was_trained():
    old, new = ({seed: {"parts": {"engine": name}} for seed in range(N)} for name in ("old", "new"))
    panel = of(result("ce", CE, made=old), result("gce", GCE, made=new))
    for table in (means(panel), differences(panel), ranks(panel), rules(panel), seeds(panel)):
        assert "not all of it was trained with the same code of engine" in table.caption


def test_the_reason_why_a_table_stands_apart_is_in_every_format(tmp_path, capsys):
    for data in ("data", "other data"):
        keep(tmp_path, CE, data=data, version=data)
    for form in ("terminal", "markdown", "latex"):
        report([f"store={tmp_path}", f"format={form}", "cols=noise"])
        said = " ".join(capsys.readouterr().out.split())
        assert said.count("a table of its own, as these were trained on other data under the same name") == 2


@pytest.mark.parametrize("layout", [{"metric": COLUMN, "diverged": "exclude"}, {"metric": "test/nll"}])
def test_where_nothing_can_be_said_no_caption_speaks_of_numbers(tmp_path, layout):
    for loss in ("ce", "gce"):
        keep(tmp_path, [], loss=loss, metric="test/nll", states=["diverged"] * 2)
    panel = one(tmp_path, **layout)
    made = [make(panel).caption for make in (means, differences, ranks, rules, seeds)]
    assert [word for word in ("; ;", " 0 ", "IQM", "below: commands", "sign-flip") if word in " ".join(made)] == []


def test_rules_say_of_how_many_seeds_an_entry_is(tmp_path):
    keep(tmp_path, [0.5] * 3, loss="ce")
    keep(tmp_path, [0.6] * 2, loss="gce", states=["failed"])
    assert cells(rules(one(tmp_path)), "gce")[2] == "60.00 ± 0.00 (n=2 of 3), 1 failed"
    assert cells(rules(one(tmp_path)), "gce")[-1].endswith("(n=2 of 3)")


def test_the_commands_that_train_what_is_missing_train_what_failed(tmp_path):
    keep(tmp_path, [0.5, 0.6, 0.7], loss="ce")
    cell = keep(tmp_path, [0.6, 0.5], loss="gce", states=["failed", "diverged"])
    cell.store.keep_sweep("a sweep", [{"cell": cell.path.name, "name": "gce", "seeds": [4]}])
    commands = [command for command in seeds(one(tmp_path)).commands if "loss=gce" in command]
    assert [command.split()[-2] for command in commands] == ["seed=2", "seed=4"]
    assert commands[0].endswith("seeds=1")
