"""What a diverged seed counts as: one rule for reports, tests, ranks, pictures, claims and tuning."""

import csv
import io
import json
import math
from statistics import mean, stdev

import numpy as np
import pytest
import yaml

from runner import claims
from runner.comparison.chosen_tables import Asked
from runner.comparison.compare import against_baseline, tied_with_best, verdicts
from runner.comparison.datasets.ranking import ranking
from runner.comparison.entry import Entry, entry
from runner.comparison.page import page
from runner.comparison.panels import Layout, panels
from runner.comparison.pictures import pictures
from runner.comparison.results import Outcome, Result, pack, read
from runner.comparison.tables import as_csv, differences, everything, means, ranks, rules, seeds
from runner.console.errors import ConfigError
from runner.replication import ledger, published, side_by_side
from runner.replication.evidence import evidence, judged
from runner.replication.kept import keep_claims, keep_tables, kept_claims, kept_tables
from runner.report import main as report
from runner.statistics.sign_flip import sign_flip_p
from runner.tasks.families import DECLARED
from runner.tasks.metric import Metric, in_words
from runner.tuning import trials
from tests.papers import TABLE, UP, result
from tests.stores import keep

CE = [0.81, 0.812, 0.808, 0.81, 0.811, 0.809, 0.813, 0.807, 0.81, 0.812]
GCE = [0.91, 0.912, 0.908, 0.91, 0.911, 0.909]
LOST = ["diverged"] * 4
MADE = GCE + [0.0] * 4
COLUMN = "test/accuracy"


@pytest.fixture
def store(tmp_path):
    """Ten seeds of ce near 0.81; of gce six near 0.91 and four that diverged."""
    keep(tmp_path / "store", CE, loss="ce")
    keep(tmp_path / "store", GCE, loss="gce", states=LOST)
    return tmp_path / "store"


def one(store, **layout):
    (found,) = panels(read(store), Layout(**layout))
    return found


def line(table, row):
    return next([cell.text for cell in cells] for cells in table.body if cells[0].text == row)


def test_a_loss_that_diverges_in_four_of_ten_seeds_is_not_ten_points_better(store):
    panel = one(store)
    shown = line(differences(panel), "gce")
    apart = np.array(MADE) - np.array(CE)
    assert shown[2] == f"{100 * apart.mean():+.2f}" == "-26.42"
    assert float(shown[4]) == pytest.approx(sign_flip_p(apart), abs=0.01)
    assert float(shown[4]) > 0.05
    assert shown[7:9] == ["60%", "10 (4 diverged)"]
    assert "a diverged seed counts as the worst value, 0.00%" in differences(panel).caption


def test_the_mean_is_of_the_same_seeds_as_the_difference(store):
    panel = one(store)
    of_all = f"{100 * mean(MADE):.2f} ± {100 * stdev(MADE):.2f} (n=10, 4 diverged)"
    assert line(means(panel), "gce")[1] == f"{of_all} †", "no test can tell it from ce, whose mean is the best"
    assert "a diverged seed counts as the worst value, 0.00%" in means(panel).caption
    assert panel.best(COLUMN) == "ce"
    (found,) = against_baseline(panel)
    assert found.paired.mean == pytest.approx(panel.entry("gce", COLUMN).mean - panel.entry("ce", COLUMN).mean)


def test_who_wants_to_leaves_them_out_and_every_table_says_so(store):
    panel = one(store, diverged="exclude")
    assert line(differences(panel), "gce")[2] == "+10.00"
    assert line(differences(panel), "gce")[7:9] == ["100%", "6, 4 diverged"]
    assert line(means(panel), "gce")[1] == "91.00 ± 0.14 (n=6 of 10), 4 diverged"
    assert panel.best(COLUMN) is None, "as where seeds are missing"
    for table in (means(panel), differences(panel), ranks(panel), rules(panel), seeds(panel)):
        assert "diverged seeds are left out (diverged=exclude)" in table.caption
    with_none = one(store, diverged="exclude", where="loss=ce")
    assert "diverged=exclude" in means(with_none).caption
    assert "diverged" not in means(one(store, where="loss=ce")).caption
    for lines, rule in ((as_csv([panel]), "exclude"), (as_csv([one(store)]), "worst")):
        _, gce = csv.DictReader(io.StringIO(lines))
        assert (gce["diverged"], gce["diverged_rule"]) == ("4", rule)


@pytest.mark.parametrize(
    ("metric", "worst", "shown"),
    [
        (Metric("error_rate", "lower", 0.0, 1.0, "share"), 1.0, "100.00%"),
        (Metric("brier", "lower", 0.0, 2.0, ""), 2.0, "2.0000"),
        (Metric("correlation", "higher", -1.0, 1.0, ""), -1.0, "-1.0000"),
        (DECLARED["test/ece"], 1.0, "100.00%"),
    ],
)
def test_the_worst_value_is_that_of_the_declaration(tmp_path, metric, worst, shown):
    name = f"test/{metric.name}"
    keep(tmp_path, [0.5, 0.6, 0.7], loss="ce", metric=name, declared=metric)
    keep(tmp_path, [0.4], loss="gce", metric=name, declared=metric, states=["diverged"])
    panel = one(tmp_path, metric=name)
    assert panel.entry("gce", name).values == {0: 0.4, 1: worst}
    assert f"a diverged seed counts as the worst value, {shown}" in means(panel).caption


@pytest.mark.parametrize("metric", [DECLARED["test/nll"], Metric("r2", "higher", -math.inf, 1.0, "")])
def test_without_a_worst_value_no_comparison_is_made_over_all_seeds(tmp_path, metric):
    name = f"test/{metric.name}"
    for noise in (0.0, 0.2, 0.4):
        for i, loss in enumerate(("ce", "poly", "mae")):
            keep(tmp_path, [v - i / 10 for v in CE], loss=loss, noise=noise, metric=name, declared=metric)
        lost = {"states": LOST} if noise == 0.2 else {}
        keep(tmp_path, GCE, loss="gce", noise=noise, metric=name, declared=metric, **lost)
    panel = one(tmp_path, metric=name)
    gce = panel.entry("gce", "noise=0.2")
    assert gce.text(1, 4) == "- (n=10, 4 diverged)"
    table = differences(panel)
    shown = next([c.text for c in cells] for cells in table.body if [c.text for c in cells[:2]] == ["gce", "noise=0.2"])
    assert shown[2:] == ["-", "-", "-", "-", "-", "-", "10 (4 diverged)", "-"]
    said = f"{in_words(name)} has no worst value that a diverged seed could count as"
    for each in (means(panel), table, ranks(panel), rules(panel), seeds(panel)):
        assert said in each.caption
        assert "nan" not in each.markdown()
    assert "corrected for 8 comparisons of the report" in table.caption, "one of nine is none"
    assert "gce" not in ranking(panel).rows
    assert ("gce", "noise=0.2") not in tied_with_best(panel)
    assert panel.best("noise=0.2") == ("ce" if metric.higher else "mae")
    assert not verdicts(panel, ["ce", "gce"])[1].any()
    made = pictures(panel, read(tmp_path))
    told = {name: figure.get_suptitle().replace("\n", " ") for name, figure in made.items()}
    assert all(said in words for name, words in told.items() if name != "learning_curves")
    assert "diverged seeds have none" in told["learning_curves"]
    (axis, *_) = [a for a in made["seed_by_seed"].axes if a.get_title() == "noise=0.2"]
    assert np.isfinite(np.concatenate([each.get_xdata() for each in axis.lines])).all()
    excluded = one(tmp_path, metric=name, diverged="exclude")
    assert "gce" not in ranking(excluded).rows, "six of ten seeds are no first place"
    assert "not ranked, as seeds that diverged are not in the mean: gce (noise=0.2)" in ranks(excluded).caption
    assert line(differences(excluded), "gce")[2] == "+0.1000"


def test_where_nothing_can_be_compared_no_test_is_spoken_of(tmp_path):
    keep(tmp_path, CE, loss="ce", metric="test/nll")
    keep(tmp_path, GCE, loss="gce", metric="test/nll", states=LOST)
    table = differences(one(tmp_path, metric="test/nll"))
    assert line(table, "gce")[2:] == ["-", "-", "-", "-", "-", "-", "10 (4 diverged)", "-"]
    assert "test NLL has no worst value" in table.caption
    assert "sign-flip test" not in table.caption
    assert not seeds(one(tmp_path, metric="test/nll")).body


def test_where_all_seeds_diverged(tmp_path):
    for noise in (0.0, 0.2, 0.4):
        keep(tmp_path, CE, loss="ce", noise=noise)
        keep(tmp_path, GCE + GCE[:4], loss="poly", noise=noise)
        keep(tmp_path, [], loss="gce", noise=noise, states=["diverged"] * 10)
    panel = one(tmp_path)
    assert panel.entry("gce", "noise=0.0").text(100, 2) == "0.00 ± 0.00 (n=10, 10 diverged)"
    assert line(differences(panel), "gce")[2] == f"{-100 * mean(CE):+.2f}"
    assert line(differences(panel), "gce")[7:9] == ["0%", "10 (10 diverged)"]
    order = ranking(panel)
    assert dict(zip(order.rows, order.ranks, strict=True)) == {"poly": 1.0, "ce": 2.0, "gce": 3.0}
    excluded = one(tmp_path, diverged="exclude")
    assert excluded.entry("gce", "noise=0.0").text(100, 2) == "10 diverged"
    assert {each.row for each in against_baseline(excluded)} == {"poly"}
    assert ranking(excluded).rows == ["ce", "poly"]
    (alone,) = panels(read(tmp_path), Layout(where="loss=gce,noise=0"))
    assert "10 diverged" in means(alone).markdown()


def test_seeds_that_are_missing_or_failed_did_not_diverge(tmp_path):
    keep(tmp_path, CE[:6], loss="ce", states=["failed", "failed"])
    cell = keep(tmp_path, GCE[:4], loss="gce", states=["diverged"])
    cell.store.keep_sweep("a sweep", [{"cell": cell.path.name, "name": "gce", "seeds": [8, 9]}])
    panel = one(tmp_path)
    assert panel.entry("gce", COLUMN).text(100, 2, panel.most) == "72.80 ± 40.70 (n=5 of 6, 1 diverged), 2 planned"
    (found,) = against_baseline(panel)
    assert (found.paired.n, found.diverged, found.lacking) == (5, 1, {"failed": 2, "planned": 2})
    assert found.paired.mean == pytest.approx(np.mean(np.array([*GCE[:4], 0.0]) - CE[:5]))
    assert line(differences(panel), "gce")[8] == "5 (1 diverged), 2 failed, 2 planned"
    assert panel.best(COLUMN) is None


def test_seeds_that_diverged_on_both_sides_are_a_tie(tmp_path):
    keep(tmp_path, CE[:6], loss="ce", states=["diverged"])
    keep(tmp_path, GCE, loss="gce", states=["diverged"])
    (found,) = against_baseline(one(tmp_path))
    assert found.paired.n == 7
    assert found.wins == pytest.approx(6.5 / 7)
    assert found.diverged == 1


def test_a_metric_that_a_cell_does_not_have_is_no_worst_value_of_it(tmp_path):
    """At noise=0 no label is wrong, also for a seed that diverged; nor is an epoch best by validation."""
    keep(tmp_path, [0.5], loss="ce", noise=0.2, metric="train/memorised")
    keep(tmp_path, [0.5], loss="ce", states=["diverged"])
    panel = one(tmp_path, metric="train/memorised", rows="loss")
    assert panel.entry("ce", "noise=0.0").text(100, 2) == "1 diverged, 1 without train/memorised"
    known = {"test/accuracy": DECLARED["test/accuracy"]}
    outcomes = {
        0: Outcome("done", {"last": {"test/accuracy": 0.5}}, metrics=known),
        1: Outcome("diverged", metrics=known),
    }
    found = entry(Result("a", {}, {}, "", "", outcomes), "test/accuracy", DECLARED["test/accuracy"], "best_val")
    assert found.others == {"without validation examples (val_fraction=0)": 1, "diverged": 1}


def test_nan_is_no_value_and_a_value_out_of_bounds_is_refused():
    accuracy = DECLARED["test/accuracy"]

    def seen(value):
        rows = {"last": {"test/accuracy": value}}
        return entry(Result("a", {}, {}, "", "", {7: Outcome("done", rows)}), "test/accuracy", accuracy, "last")

    assert seen(math.nan) == Entry({}, {"without test/accuracy": 1}, seen(math.nan).result)
    assert seen(1.0000000002).n == 1, "rounded to nine digits"
    with pytest.raises(ConfigError, match=r"metric=test/accuracy: 97\.0 of cell a, seed 7 is not what it declares"):
        seen(97.0)


def test_the_choice_of_the_epoch_counts_them_too(store):
    cells = line(rules(one(store)), "gce")
    both = f"{100 * mean(MADE):.2f} ± {100 * stdev(MADE):.2f} (n=10, 4 diverged)"
    assert cells[2] == both
    assert cells[-1] == "0.00 ± 0.00 (n=10, 4 diverged)"


def test_all_metrics_of_one_cell_count_them(store):
    (gce,) = [each for each in read(store) if each.choices["loss"] == "gce"]
    table = everything(gce)
    assert line(table, "test/accuracy")[1].endswith("(n=10, 4 diverged)")
    assert "a diverged seed counts as the worst value" in table.caption


def test_a_packed_file_counts_them_alike(store, tmp_path):
    for file in ("all.jsonl", "some.jsonl.gz"):
        pack(read(store), tmp_path / file, only=["test/accuracy"])
        assert differences(one(tmp_path / file)).body == differences(one(store)).body


@pytest.mark.parametrize(("said", "mean_of_gce"), [([], mean(MADE)), (["diverged=exclude"], mean(GCE))])
def test_the_report_takes_the_option(store, capsys, said, mean_of_gce):
    report([f"store={store}", "format=csv", *said])
    _, gce = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert float(gce["mean"]) == pytest.approx(mean_of_gce)
    with pytest.raises(ConfigError, match=r"diverged=drop: .*worst"):
        report([f"store={store}", "diverged=drop"])


def test_the_page_and_the_pictures_say_what_was_left_out(store):
    made = page(read(store), Layout(diverged="exclude"), Asked(), {})
    assert "diverged seeds are left out (diverged=exclude)" in made
    assert "(n=10, 4 diverged)" in page(read(store), Layout(), Asked(), {})
    for rule, word in (("worst", "a diverged seed counts as the worst value, 0.00%"), ("exclude", "diverged=exclude")):
        figures = pictures(one(store, diverged=rule), read(store))
        assert word in figures["seed_by_seed"].get_suptitle().replace("\n", " ")
        assert "diverged seeds have none" in figures["learning_curves"].get_suptitle().replace("\n", " ")
    dots = pictures(one(store), read(store))["seed_by_seed"].axes[0].lines[1]
    assert sorted(dots.get_xdata())[:4] == pytest.approx(sorted(-100 * np.array(CE[6:])))


def places(**more):
    return {("gce", ""): result(UP[:6] + 0.1, states=["diverged"] * 2, **more), ("ce", ""): result(UP, **more)}


def test_a_claim_and_a_report_say_the_same_of_the_same_seeds(claim, tmp_path):
    (finding,) = judged([evidence(claim(), "smoke", places())])
    keep(tmp_path, UP.tolist(), loss="ce")
    keep(tmp_path, (UP[:6] + 0.1).tolist(), loss="gce", states=["diverged"] * 2)
    (found,) = against_baseline(one(tmp_path))
    assert finding.effect == pytest.approx(found.paired.mean)
    assert (finding.low, finding.high) == (pytest.approx(found.paired.low), pytest.approx(found.paired.high))
    (excluded,) = judged([evidence(claim(), "smoke", places(), diverged="exclude")])
    assert (excluded.effect, excluded.n) == (pytest.approx(0.1), 6)


def test_a_claim_about_a_metric_without_a_worst_value_is_undecided_where_a_seed_diverged(claim, tmp_path):
    found = evidence(claim(metric="test/nll"), "smoke", places(metric="test/nll"))
    assert judged([found]) == [None]
    assert ledger.table([found]).body[0][5].text == (
        "undecided (a seed diverged, and test/nll has no worst value; diverged=exclude leaves it out)"
    )
    assert ledger.table([found]).body[0][2].text.startswith("gce -; ce 0.8000 ± 0.0699 (n=8), 2 diverged")
    keep_claims([found], tmp_path / "kept")
    assert "NaN" not in (tmp_path / "kept").read_text()
    (read_again,) = kept_claims(tmp_path / "kept")
    assert read_again.undecided == found.undecided
    assert json.loads(ledger.as_json([read_again]))[0].get("verdict") is None
    excluded = evidence(claim(metric="test/nll"), "smoke", places(metric="test/nll"), diverged="exclude")
    (finding,) = judged([excluded])
    assert (finding.verdict(0.05), finding.n) == ("reversed", 6)


def test_the_ledger_says_which_rule_it_has(claim, tmp_path, capsys):
    rules_of = {"worst": "counts as the worst value", "exclude": "diverged seeds are left out (diverged=exclude)"}
    for rule, said in rules_of.items():
        keep_claims([evidence(claim(), "smoke", places(), diverged=rule)], tmp_path / "kept")
        claims.main([f"from={tmp_path / 'kept'}"])
        assert said in " ".join(capsys.readouterr().out.split())


def test_a_published_table_counts_them(folder, tmp_path):
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    table = published.load("t").part("smoke")
    its = {place: result([0.6], states=["diverged"]) for place in table.figures}
    made = side_by_side.table(evidence(table, "smoke", its))
    assert made.body[0][3].text == "30.00 ± 42.43 (n=2, 1 diverged)"
    assert "5 seeds diverged, each of which counts as the worst value" in made.caption


def test_a_published_table_says_which_rows_they_are_in(folder, tmp_path):
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    table = published.load("t").part("smoke")
    its = {place: result([0.6, 0.7, 0.6]) for place in table.figures}
    its["GCE", "0.4"] = result([0.6], states=["diverged", "failed"])
    keep_tables([evidence(table, "smoke", its)], tmp_path / "kept")
    (read_again,) = kept_tables(tmp_path / "kept")
    made = side_by_side.table(read_again)
    shown = {(line[0].text, line[1].text): line[3].text for line in made.body}
    assert shown["0.4", "GCE"] == "30.00 ± 42.43 (n=2 of 3, 1 diverged)"
    assert shown["0.4", "CE"] == f"{100 * mean([0.6, 0.7, 0.6]):.2f} ± {100 * stdev([0.6, 0.7, 0.6]):.2f}"
    assert shown["0.4", "order"].endswith(", n=2)")
    assert "of 3 seeds, n where fewer" in made.caption
    assert "not among these seeds: 1 failed" in made.caption


def test_the_ledger_says_which_arm_they_are_in(claim):
    ours = ledger.table([evidence(claim(), "smoke", places())]).body[0][2].text
    assert ours.startswith(f"gce {100 * mean([*(UP[:6] + 0.1), 0, 0]):.2f} ± ")
    assert "(n=8, 2 diverged); ce" in ours


@pytest.mark.parametrize(
    ("select", "ends", "value"),
    [
        ("val/accuracy", [("done", 0.9), ("done", 0.8)], 0.85),
        ("val/accuracy", [("done", 0.9), ("diverged", None)], 0.45),
        ("val/accuracy", [("diverged", None), ("diverged", None)], math.nan),
        ("val/accuracy", [("done", 0.9), ("failed", None)], math.nan),
        ("val/ece", [("done", 0.1), ("diverged", None)], 0.55),
        ("val/nll", [("done", 0.1), ("diverged", None)], math.nan),
        ("val/nll", [("done", 0.1), ("done", 0.3)], 0.2),
    ],
)
def test_a_trial_counts_them_as_a_report_does(select, ends, value):
    metrics = {select: DECLARED[select]}
    kinds = {
        "done": lambda value: Outcome("done", {"last": {select: value}}, metrics=metrics),
        "diverged": lambda _: Outcome("diverged", metrics=metrics),
        "failed": lambda _: Outcome("failed"),
    }
    outcomes = {seed: kinds[state](value) for seed, (state, value) in enumerate(ends)}
    its = Result("", {}, {}, "", "", outcomes)
    search = trials.Search(select, "last", "tpe", 0)
    assert trials.judged(its, search) == pytest.approx(value, nan_ok=True)


def test_trials_that_declare_another_metric_than_training_are_refused():
    metrics = {"val/accuracy": Metric("accuracy", "lower", 0.0, 1.0, "share")}
    its = Result("", {}, {}, "", "", {0: Outcome("done", {"last": {"val/accuracy": 0.5}}, metrics=metrics)})
    with pytest.raises(ConfigError, match=r"tune.select=val/accuracy: is declared in two ways"):
        trials.judged(its, trials.Search("val/accuracy", "last", "tpe", 0))
