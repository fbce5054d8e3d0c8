"""Claims: their files, what is made of what the store holds, the ledger, and a run from end to end."""

import json
import math
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from runner import claims, repro
from runner.comparison.kept_examples import write_numbers
from runner.console.errors import ConfigError
from runner.replication import claim_file, evidence, kept, ledger, published, side_by_side, studies
from runner.replication.claim_file import names, read
from runner.replication.published import Figure
from runner.statistics.crossed import over_both
from runner.store.packed import keep_lines, kept_lines
from runner.store.seal import sealed, unsealed
from runner.store.store import Store
from runner.tasks.metric import Metric
from tests.papers import SMOKE, TABLE, UP, result

ROOT = Path(__file__).resolve().parents[2]


def judge(one, found):
    return one.judge(found.values, found.metrics)


def test_a_claim_is_what_its_file_says(claim):
    found = claim()
    assert found.cells("smoke") == {
        ("gce", ""): ["noise=0.4", "dataset=blobs", "epochs=1", "loss=gce", "seeds=6"],
        ("ce", ""): ["noise=0.4", "dataset=blobs", "epochs=1", "loss=ce", "seeds=6"],
    }
    assert found.cells("laptop")["ce", ""][-1] == "seeds=12"
    assert (found.metric, found.at, found.level) == ("test/accuracy", "last", 0.05)


def test_a_form_that_looks_along_a_key_has_a_place_for_each_value(claim):
    found = claim(expect={"form": "trend", "over": "noise", "values": [0, 0.5]})
    assert list(found.cells("smoke")) == [(arm, f"noise={x}") for arm in ("gce", "ce") for x in ("0", "0.5")]
    assert found.cells("smoke")["ce", "noise=0.5"][-2] == "noise=0.5"


def test_a_multiverse_is_every_combination(claim):
    found = claim(multiverse={"model": ["mlp", "linear"], "classes": [None, [1, 2]]})
    assert found.universes() == [
        ("model=mlp", "classes=null"),
        ("model=mlp", "classes=[1, 2]"),
        ("model=linear", "classes=null"),
        ("model=linear", "classes=[1, 2]"),
    ]
    assert found.cells("smoke", found.universes()[3])["ce", ""][3:5] == ["model=linear", "classes=[1, 2]"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"abuot": "x"}, "did you mean about?"),
        ({"about": 3}, "about=3"),
        ({"arms": {"a": ["loss=ce"]}}, "has 2"),
        ({"arms": {"a": "loss=ce", "b": []}}, "arms.a"),
        ({"expect": {"form": "beter"}}, "did you mean better?"),
        ({"expect": {"form": "better", "margin": 1.0}}, "expect.margin"),
        ({"expect": {"form": "equal"}}, "expect.margin is missing"),
        ({"expect": {"form": "equal", "margin": 0}}, "expect.margin=0"),
        ({"expect": {"form": "ranking", "published": {"gce": 1}}}, "must have the arms"),
        ({"scales": {"smoke": {"seeds": 3}}}, "scales.smoke.overrides is missing"),
        ({"scales": {"smoke": {"overrides": [], "seeds": 0}}}, "scales.smoke.seeds=0"),
        ({"tuned": {"trials": 3}}, "tuned.overrides is missing"),
        ({"expect": {"form": "ranking", "published": {"gce": 1, "ce": "x"}}}, "expect.published.ce=x"),
        ({"expect": {"form": "ranking", "published": {"gce": 1, "ce": 0}, "tau": 1}}, "expect.tau=1"),
        ({"expect": {"form": "trend", "over": "noise", "values": [0.2, 0.2]}}, "must be two or more that ascend"),
        ({"expect": {"form": "crossing", "over": "noise", "values": [0.6, 0.0]}}, "that ascend"),
        ({"multiverse": {"model": "mlp"}}, "multiverse.model=mlp"),
        ({"level": 1}, "level=1"),
        ({"at": "lst"}, "did you mean last?"),
    ],
)
def test_a_wrong_file_is_refused_by_key(claim, changes, word):
    with pytest.raises(ConfigError, match=word.replace("?", r"\?")):
        claim(**changes)


def test_a_file_that_is_no_yaml_is_refused(folder):
    for text in ("a: [", "- 1", ""):
        (folder / "bad.yaml").write_text(text)
        with pytest.raises(ConfigError, match=r"bad\.yaml"):
            read(folder / "bad.yaml")


def test_names_and_families_choose(claim):
    claim("one")
    claim("two", family="other")
    assert [each.name for each in claim_file.chosen(["all"])] == ["one", "two"]
    assert [each.name for each in claim_file.chosen(["other"])] == ["two"]
    with pytest.raises(ConfigError, match="did you mean other"):
        claim_file.chosen(["othr"])


@pytest.mark.parametrize("name", names())
def test_every_claim_of_ours_can_be_composed(name):
    claim = claim_file.load(name)
    assert {"smoke", "laptop"} <= set(claim.scales)
    for scale in claim.scales:
        studies.composed(name, claim.cells(scale), [])


@pytest.mark.parametrize("name", published.names())
def test_every_table_of_ours_can_be_composed(name):
    table = published.load(name)
    assert {"smoke", "laptop", "paper"} <= set(table.scales)
    for scale in table.scales:
        studies.composed(name, table.cells(scale), [])


def test_evidence_is_of_paired_seeds(claim):
    one = claim()
    places = {
        ("gce", ""): result(UP + 0.05, initial_gradient_norm=2.0),
        ("ce", ""): result(UP[:6], states=["failed", "planned"]),
    }
    found = evidence.evidence(one, "smoke", places)
    assert found.others == {"failed": 1, "planned": 1}
    assert found.seconds == pytest.approx(14 * 2.0)
    assert found.initial_gradient_norms == {"gce": 2.0, "ce": 0.5}
    finding = judge(one, found)
    assert (finding.n, finding.effect) == (6, pytest.approx(0.05))


def test_a_diverged_seed_is_the_worst_there_can_be(claim):
    places = {("gce", ""): result(UP[:7], states=["diverged"]), ("ce", ""): result(UP)}
    one = claim()
    assert judge(one, evidence.evidence(one, "smoke", places)).effect == pytest.approx(-0.9 / 8)
    two = claim(metric="train/memorised")
    places = {arm: result(UP, metric="train/memorised", states=["diverged"]) for arm in places}
    assert evidence.evidence(two, "smoke", places).values["train/memorised"]["ce", ""][8] == 1.0


def test_less_of_a_loss_is_better(claim):
    one = claim(metric="test/nll")
    places = {("gce", ""): result(UP, metric="test/nll"), ("ce", ""): result(UP + 0.1, metric="test/nll")}
    found = evidence.evidence(one, "smoke", places)
    (finding,) = evidence.judged([found])
    assert (finding.effect, finding.verdict(0.05)) == (pytest.approx(-0.1), "holds")


@pytest.mark.parametrize(("better", "holds"), [("higher", "holds"), ("lower", "reversed")])
def test_which_way_is_better_is_declared_with_the_results(claim, better, holds):
    """Of a metric of the user's own, whatever its name ends with."""
    mine = Metric("hinge", better, 0.0, math.inf, "")
    outcomes = {arm: result(values, metric="test/hinge", mine=mine) for arm, values in (("gce", UP + 0.1), ("ce", UP))}
    found = evidence.evidence(claim(metric="test/hinge"), "smoke", {(arm, ""): its for arm, its in outcomes.items()})
    (finding,) = evidence.judged([found])
    assert finding.verdict(0.05) == holds
    assert ledger.table([found]).body[0][2].text.startswith("gce 0.9000 ± "), "it is no share"


def test_two_arms_that_declare_a_metric_differently_are_refused(claim):
    ways = {"gce": Metric("hinge", "lower", 0.0, 1.0, ""), "ce": Metric("hinge", "lower", 0.0, math.inf, "")}
    places = {(arm, ""): result(UP, metric="test/hinge", mine=mine) for arm, mine in ways.items()}
    with pytest.raises(ConfigError, match=r"metric=test/hinge: is declared in 2 ways.*0 to 1.*0 to inf"):
        evidence.evidence(claim(metric="test/hinge"), "smoke", places)


@pytest.mark.parametrize(
    "changes", [{"metric": "test/acuracy"}, {"expect": {"form": "calibrated", "margin": 0.1, "error": "test/acuracy"}}]
)
def test_a_claim_about_an_undeclared_metric_is_refused_before_anything_is_trained(claim, tmp_path, changes):
    claim(**changes)
    with pytest.raises(ConfigError, match=r"one: metric=test/acuracy: .* did you mean test/accuracy\?"):
        claims.main(["one", "scale=smoke", f"store={tmp_path / 'store'}"])
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("metric", "word"), [("test/acuracy", "did you mean test/accuracy"), ("test/nll", "in %, which test/nll is not")]
)
def test_a_table_of_what_is_no_declared_share_is_refused(folder, tmp_path, metric, word):
    (folder / "t.yaml").write_text(yaml.safe_dump({**TABLE, "metric": metric}, sort_keys=False))
    with pytest.raises(ConfigError, match=word):
        repro.main(["t", "scale=smoke", f"store={tmp_path / 'store'}"])
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("expect", "arms", "effect"),
    [
        ({"form": "trend", "over": "noise", "values": [0, 0.5]}, ("gce", "ce"), -0.2),
        ({"form": "crossing", "over": "noise", "values": [0, 0.5]}, ("gce", "ce"), -0.1),
        ({"form": "bound", "least": 0.1}, ("gce",), 0.8),
        ({"form": "equal", "margin": 0.01}, ("gce", "ce"), 0.1),
        ({"form": "ranking", "published": {"gce": 3, "ce": 2, "mae": 1}}, ("gce", "ce", "mae"), 1.0),
        ({"form": "calibrated", "margin": 0.5}, ("gce", "ce"), 0.01),
    ],
)
def test_every_form_is_told_what_it_asks_for(claim, expect, arms, effect):
    one = claim(expect=expect, arms={arm: [f"loss={arm}"] for arm in arms})
    level = {"gce": 0.0, "ce": -0.1, "mae": -0.2}
    places = {place: result(UP + level[place[0]] * (2 if place[1] == "noise=0" else 1)) for place in one.cells("smoke")}
    finding = judge(one, evidence.evidence(one, "smoke", places))
    assert finding.effect == pytest.approx(effect)


ACCURACY, NLL = Metric("accuracy", "higher", 0.0, 1.0, "share"), Metric("nll", "lower", 0.0, math.inf, "nats")
ALONG = {"over": "noise", "values": [0, 0.5]}


@pytest.mark.parametrize(
    ("expect", "metric", "shown", "unscaled"),
    [
        ({"form": "better", "by": 0.02}, ACCURACY,
         "difference of test accuracy: +5.00 points; above +2?", "share"),
        ({"form": "better", "by": 0.02}, NLL,
         "difference of test accuracy (lower is better): +0.0500 nats; below -0.02?", "nats"),
        ({"form": "trend", **ALONG}, ACCURACY,
         "slope of the difference of test accuracy per unit of noise: +20.00 points", "share"),
        ({"form": "crossing", **ALONG}, ACCURACY,
         "difference of test accuracy at noise=0.5 less that at noise=0: +10.00 points", "share"),
        ({"form": "bound", "least": 0.5}, ACCURACY,
         "level of test accuracy: 85.00% [79.30, 90.69]; above 50?", "share"),
        ({"form": "bound", "least": 0.5}, NLL,
         "level of test accuracy (lower is better): 0.8500 nats [0.7930, 0.9069]; below 0.5?", "nats"),
        ({"form": "equal", "margin": 0.1}, ACCURACY,
         "difference of test accuracy: +5.00 points; within 10 either way?", "share"),
        ({"form": "calibrated", "margin": 0.1, "error": "test/nll"}, ACCURACY,
         "difference of test NLL (lower is better): +0.0500 nats; "
         "test accuracy within 10 either way?", "nats"),
        ({"form": "ranking", "published": {"gce": 1, "ce": 0}}, NLL,
         "Kendall's tau of test accuracy (lower is better): +1.00 [+1.00, +1.00]; above +0.5?", ""),
    ],
)  # fmt: skip
def test_each_form_says_what_its_effect_is_with_sign_and_unit(claim, expect, metric, shown, unscaled):
    """The first arm has 0.05 more than the second, 0.15 where a form looks at noise=0.5, whichever way is better."""
    one = claim(expect=expect, arms={arm: [] for arm in (["gce"] if expect["form"] == "bound" else ["gce", "ce"])})
    more = {
        place: 0.0 if place[0] == "ce" else 0.15 if place[1] == "noise=0.5" else 0.05 for place in one.cells("smoke")
    }
    values = {name: {place: dict(enumerate(UP + of)) for place, of in more.items()} for name in one.metrics}
    declared = {name: NLL if name == "test/nll" else metric for name in one.metrics}
    found = evidence.Evidence(one, "smoke", values, declared)
    assert ledger.table([found]).body[0][ledger.EFFECT].text == shown
    assert json.loads(ledger.as_json([found]))[0]["unit"] == unscaled


def test_the_ledger_says_who_what_and_how_sure(claim):
    one = claim()
    good = evidence.evidence(one, "smoke", {("gce", ""): result(UP + 0.05), ("ce", ""): result(UP)})
    lost = evidence.evidence(one, "smoke", {("gce", ""): result([], states=["failed"]), ("ce", ""): result(UP)})
    universes = [evidence.evidence(one, "smoke", {("gce", ""): result(UP + d), ("ce", ""): result(UP)}, universe=[u])
                 for u, d in (("lr=1", 0.1), ("lr=2", -0.1))]  # fmt: skip
    table = ledger.table([good, lost, *universes])
    first, second, third = ([cell.text for cell in row] for row in table.body)
    assert first[0] == "GCE is better than CE (a paper)"
    assert first[2] == "gce 85.00 ± 6.99 (n=8); ce 80.00 ± 6.99 (n=8)"
    assert first[3] == "difference of test accuracy: +5.00 points"  # no interval: all differences are equal
    assert first[5] == "holds"
    assert second[5] == "undecided (no seeds)"
    assert third[2] == "reversed at lr=2"
    assert third[5] == "holds in 1, reversed in 1 of 2"
    assert third[0].endswith("; in 2 universes")
    assert ledger.table(universes[:1]).body[0][0].text.endswith("; in 1 universe")
    assert "above +5?" not in table.caption
    parsed = json.loads(ledger.as_json([good, lost]))
    assert [each.get("verdict") for each in parsed] == ["holds", None]
    assert ledger.initial_gradient_norms([good, *universes]).body[0][1].text == "gce 0.5; ce 0.5"


def test_from_the_command_to_the_ledger(claim, tmp_path, capsys):
    claim(multiverse={"model": ["mlp", "linear"]}, seeds=2)
    store, file = tmp_path / "store", tmp_path / "kept.jsonl"
    said = ["one", "scale=smoke", f"store={store}", "multiverse=true", "jobs=1", f"keep={file}"]
    claims.main([*said, "--plan"])
    assert "24 to do" in " ".join(capsys.readouterr().out.split())
    assert not store.exists()
    with pytest.raises(SystemExit) as ended:
        claims.main(said)
    assert ended.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "GCE is better than CE" in shown
    claims.main([f"from={file}"])
    assert " ".join(capsys.readouterr().out.split()) == shown
    assert "| claim | published |" in claims.markdown([f"from={file}"])
    with pytest.raises(SystemExit):
        claims.main([*said, "train=false", "--json"])
    assert json.loads(capsys.readouterr().out)[0]["n"] == 6


def test_a_claim_over_seeds_and_test_examples_is_kept_with_these(claim, tmp_path, capsys):
    claim()
    file = tmp_path / "kept.jsonl"
    with pytest.raises(SystemExit):
        claims.main(["one", "scale=smoke", f"store={tmp_path / 'store'}", "jobs=1", "over=both", f"keep={file}"])
    shown = capsys.readouterr().out
    assert "over seeds and test examples" in " ".join(shown.split())
    claims.main([f"from={file}"])
    assert capsys.readouterr().out == shown
    (read,) = kept.kept_claims(file)
    apart = [np.stack(list(read.examples["test/accuracy"][arm, ""].values())) for arm in ("gce", "ce")]
    assert apart[0].mean(axis=1) == pytest.approx(list(read.values["test/accuracy"]["gce", ""].values()))
    claims.main([f"from={file}", "first=2", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    its = over_both((apart[0] - apart[1])[2:])
    assert (found["n"], found["low"], found["high"]) == (4, *(pytest.approx(end) for end in its.interval(0.95)))


@pytest.mark.parametrize(
    ("spoilt", "word"),
    [
        (lambda its: its.update(size=9), "are not those of the arms and seeds"),
        (lambda its: its.update(size=0), "examples.size=0"),
        (lambda its: its["values"].clear(), "are not those of the arms and seeds"),
        (lambda its: its["values"]["test/accuracy"][0].__setitem__(0, "ce"), "are not those of the arms and seeds"),
        (lambda its: its["values"]["test/accuracy"][0][2].update({"0": write_numbers(np.zeros(4, np.bool_))}),
         "of gce, seed 0, do not come to its result"),
    ],
)  # fmt: skip
def test_test_examples_that_are_not_those_of_a_claim_are_refused(claim, tmp_path, spoilt, word):
    one, rng = claim(), np.random.default_rng(0)
    right = {(arm, ""): {seed: (rng.random(4) < 0.5).astype(float) for seed in range(3)} for arm in ("gce", "ce")}
    right["gce", ""][0] = np.ones(4)
    its = {place: result([values.mean() for values in by_seed.values()]) for place, by_seed in right.items()}
    found = replace(evidence.evidence(one, "smoke", its), examples={"test/accuracy": right})
    kept.keep_claims([found], tmp_path / "kept")
    ((_, line),) = kept_lines(tmp_path / "kept")
    assert np.array_equal(kept.kept_claims(tmp_path / "kept")[0].examples["test/accuracy"]["gce", ""][0], np.ones(4))
    spoilt(line["examples"])
    keep_lines(tmp_path / "kept", [line])
    with pytest.raises(ConfigError, match=word):
        kept.kept_claims(tmp_path / "kept")


def test_a_claim_that_seeds_chose_is_judged_by_others_alone(claim, tmp_path, capsys):
    """Of eight seeds the first two say the opposite of the rest."""
    apart = np.where(np.arange(8) < 2, -0.5, 0.05)
    one = evidence.evidence(claim(), "smoke", {("gce", ""): result(UP + apart), ("ce", ""): result(UP)})
    kept.keep_claims([one], tmp_path / "kept")
    claims.main([f"from={tmp_path / 'kept'}", "first=2", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["n"], found["effect"]) == (6, pytest.approx(0.05))
    assert "(n=6)" in claims.markdown([f"from={tmp_path / 'kept'}", "first=2"])
    claims.main([f"from={tmp_path / 'kept'}", "first=8"])
    assert "no seeds" in capsys.readouterr().out


def test_what_a_claim_asks_of_its_effect_is_explained(claim):
    one = claim(expect={"form": "better", "by": 0.02})
    found = evidence.evidence(one, "smoke", {("gce", ""): result(UP + 0.05), ("ce", ""): result(UP)})
    table = ledger.table([found])
    assert table.body[0][ledger.EFFECT].text.endswith("; above +2?")
    assert "above +5?: what the claim asks" in table.caption


def test_in_a_terminal_a_sentence_stands_above_its_figures(claim, tmp_path, monkeypatch, capsys):
    one = claim(about="A sentence of many words that has no room in one column of a table, and is not broken up by one")
    places = {("gce", ""): result(UP + 0.05), ("ce", ""): result(UP)}
    kept.keep_claims([evidence.evidence(one, "smoke", places)], tmp_path / "kept")
    monkeypatch.setenv("COLUMNS", "80")
    claims.main([f"from={tmp_path / 'kept'}"])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "A sentence of many words that has no room in one column of a table, and is not"
    assert lines[1] == "broken up by one (a paper)"
    assert "  ours       gce 85.00 ± 6.99 (n=8); ce 80.00 ± 6.99 (n=8)" in lines
    assert "  verdict    holds" in lines
    assert max(map(len, lines)) <= 80


def test_without_a_word_the_claims_are_listed(claim, capsys):
    claim(paper="A paper with a title that is so long that it does not fit into a line of eighty columns, 2020")
    claims.main([])
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == ["one (gce)", "    GCE is better than CE"]
    assert max(map(len, out.splitlines())) <= 80
    with pytest.raises(ConfigError, match="scale=smoke --plan: of which claims"):
        claims.main(["scale=smoke", "--plan"])


def test_what_a_claim_does_not_declare_is_said(claim, tmp_path, capsys):
    claim()
    claims.main(["all", "scale=smoke", "multiverse=true", "tuned=true", f"store={tmp_path}", "--plan"])
    said = capsys.readouterr().err.splitlines()
    assert said == ["tuned=true: not declared by one", "multiverse=true: not declared by one"]


def test_more_seeds_than_a_claim_says_can_be_asked_for(claim, tmp_path, capsys):
    claim()
    claims.main(["one", "scale=smoke", "seeds=9", f"store={tmp_path}", "--plan"])
    assert "18 to do" in " ".join(capsys.readouterr().out.split())


def test_a_space_that_no_arm_has_is_refused(claim, tmp_path):
    claim(tuned={"trials": 2, "overrides": ["val_fraction=0.2"], "space": {"loss.qq": "uniform(0.1,1)"}})
    with pytest.raises(ConfigError, match=r"one: tuned.space: no arm has loss.qq"):
        claims.main(["one", "scale=smoke", "tuned=true", f"store={tmp_path / 'store'}"])
    assert not (tmp_path / "store").exists()


def test_arms_are_tuned_with_the_same_budget(claim, tmp_path, capsys):
    claim(
        scales={"smoke": {"overrides": [*SMOKE, "optimizer.lr=1e-6"], "seeds": 2}},
        tuned={
            "trials": 2,
            "overrides": ["val_fraction=0.2"],
            "space": {"optimizer.lr": "log(1e-3,1)", "loss.q": "uniform(0.1,1)"},
        },
    )
    file, store = tmp_path / "kept.jsonl", tmp_path / "store"
    said = ["one", "scale=smoke", f"store={store}", "tuned=true", "jobs=1", f"keep={file}"]
    claims.main([*said, "--plan"])
    out = " ".join(capsys.readouterr().out.split())
    assert "2 cells, 4 seeds: 4 to do" in out
    assert out.endswith("and 4 trials, and what they select")
    with pytest.raises(SystemExit):
        claims.main([*said, "train=false"])
    assert "not in the store: 4 trials" in capsys.readouterr().err
    assert [each.tuned for each in kept.kept_claims(file)] == [{}]
    assert not store.exists()
    with pytest.raises(SystemExit):
        claims.main(said)
    default, tuned = kept.kept_claims(file)
    capsys.readouterr()
    claims.main([*said, "--plan"])
    out = " ".join(capsys.readouterr().out.split())
    assert "4 cells, 8 seeds: 8 done" in out
    assert "trials" not in out
    assert default.tuned == {}
    assert {arm: list(its.values) for arm, its in tuned.tuned.items()} == {
        "gce": ["optimizer.lr", "loss.q"],
        "ce": ["optimizer.lr"],
    }
    assert tuned.values != default.values
    assert [its.trials[0].values["optimizer.lr"] for its in tuned.tuned.values()] == [1e-6] * 2, "the defaults"


def test_a_claim_of_which_no_trial_of_an_arm_came_to_anything_is_undecided_and_others_are_judged(
    claim, tmp_path, capsys
):
    tuned = {"trials": 2, "overrides": ["val_fraction=0.2"], "space": {"optimizer.lr": "choice(1e30)"}}
    scales = {"smoke": {"overrides": SMOKE, "seeds": 2}}
    claim(scales=scales, tuned=tuned | {"overrides": ["val_fraction=0.2", "optimizer.lr=1e30"]})
    claim("two", scales=scales, tuned=tuned)
    file = tmp_path / "kept.jsonl"
    with pytest.raises(SystemExit):
        claims.main(
            ["one", "two", "scale=smoke", f"store={tmp_path / 'store'}", "tuned=true", "jobs=1", f"keep={file}"]
        )
    said = capsys.readouterr().out
    assert "undecided (no trial of gce or ce came to anything)" in " ".join(said.split())
    found = kept.kept_claims(file)
    assert [(each.asked.name, bool(each.tuned), bool(each.undecided)) for each in found] == [
        ("one", False, False),
        ("one", True, True),
        ("two", False, False),
        ("two", True, False),
    ]
    claims.main([f"from={file}"])
    assert capsys.readouterr().out == said


def test_what_was_kept_stays_where_the_store_has_nothing_of_it(claim, tmp_path, capsys):
    file = tmp_path / "kept.jsonl"
    kept.keep_claims(
        [evidence.evidence(claim(), "smoke", {("gce", ""): result(UP), ("ce", ""): result(UP - 0.1)})], file
    )
    before = file.read_bytes()
    with pytest.raises(SystemExit):
        claims.main(["one", "scale=smoke", f"store={tmp_path / 'gone'}", f"keep={file}", "train=false"])
    assert file.read_bytes() == before
    assert "nothing was measured, and what was kept before stays as it is" in capsys.readouterr().err


def test_a_damaged_file_to_keep_in_is_refused_before_anything_is_trained(claim, tmp_path):
    claim()
    file, store = tmp_path / "kept.jsonl", tmp_path / "store"
    file.write_text("no evidence\n")
    with pytest.raises(ConfigError, match=f"^keep={file}: "):
        claims.main(["one", "scale=smoke", f"store={store}", f"keep={file}"])
    assert file.read_text() == "no evidence\n"
    assert not store.exists()


def test_a_claim_whose_seeds_make_no_result_is_named_and_others_are_judged(claim, tmp_path, capsys):
    for name, epochs in (("one", 1), ("two", 2)):
        claim(name, scales={"smoke": {"overrides": [*SMOKE, f"epochs={epochs}"], "seeds": 2}})
    said = ["one", "two", "scale=smoke", f"store={tmp_path / 'store'}", "jobs=1"]
    with pytest.raises(SystemExit):
        claims.main(said)
    cell = next(cell for cell in Store(tmp_path / "store").cells() if cell.question["epochs"] == 2)
    file = cell.seed(1).path / "status.json"
    status = unsealed(file.read_bytes())
    del status["checksum"]
    file.write_text(sealed({**status, "code": {"engine": "another"}}))
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        claims.main([*said, "train=false", "--json"])
    shown = capsys.readouterr()
    assert [each["claim"] for each in json.loads(shown.out)] == ["one"]
    assert f"two: {cell.path}: seeds 0 and 1 were trained with unlike code" in shown.err
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ("al", "did you mean all"),
        ("--pln", "did you mean --plan"),
        ("scal=smoke", "did you mean scale"),
        ("one scale=smke", "did you mean smoke"),
        ("on", "did you mean one"),
        ("jobs=0", "jobs=0"),
        ("seeds=1", "seeds=1"),
        ("jobs=[", "jobs="),
        ("from=nowhere", "nowhere"),
        ("one from=nowhere", "one: from= shows what a file keeps"),
        ("one one", "one one: one is said twice"),
    ],
)
def test_wrong_words_are_refused(claim, wrong, word):
    claim()
    with pytest.raises(ConfigError, match=word):
        claims.main(wrong.split())


def test_a_published_table_is_what_its_file_says(folder):
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    table = published.load("t")
    assert table.figures["CE", "0.2"] == Figure(0.75, 0.003, "sd")
    assert table.figures["CE", "0.4"] == Figure(0.58, None, "sd")
    assert ("MAE", "0.2") not in table.figures
    assert table.cells("smoke", ["model=linear"])["GCE", "0.4"] == [
        "dataset=blobs", "epochs=1", "noise=0.4", "loss=gce", "model=linear", "seeds=2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"published": {"CE": ["1", "2"]}}, "must have the rows"),
        ({"published": TABLE["published"] | {"CE": ["1"]}}, "2 figures"),
        ({"published": TABLE["published"] | {"CE": ["1", "x"]}}, "is not a figure"),
        ({"published": TABLE["published"] | {"CE": "75"}}, "published.CE=75"),
        ({"published": TABLE["published"] | {"CE": ["1", "2 ± "]}}, "is not a figure"),
        ({"published": TABLE["published"] | {"CE": ["1", "2 ± 3 (intervals)"]}}, "did you mean interval"),
        ({"spread": "se"}, "spread=se: must be one of sd, standard_error, interval, unknown"),
        ({"row": {}}, "did you mean rows"),
    ],
)
def test_a_wrong_table_is_refused(folder, changes, word):
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE | changes, sort_keys=False))
    with pytest.raises(ConfigError, match=word):
        published.load("t")


def test_published_and_ours_stand_side_by_side(folder):
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    table = published.load("t")
    level = {"CE": 0.6, "GCE": 0.8, "MAE": 0.85}
    places = {place: result([level[place[0]] - 0.01, level[place[0]] + 0.01]) for place in table.figures}
    made = side_by_side.table(evidence.evidence(table, "smoke", places))
    lines = [[cell.text for cell in row] for row in made.body]
    assert lines[0] == ["0.2", "CE", "75.00 ± 0.30", "60.00 ± 1.41"]
    assert [line[:2] for line in lines] == [
        ["0.2", "CE"],
        ["0.2", "GCE"],
        *(["0.4", row] for row in TABLE["rows"]),
        ["0.4", "order"],
    ]
    assert lines[-1][3].startswith("tau +1.00")
    assert "values not" in made.caption
    assert "SE" not in made.header


@pytest.mark.parametrize(
    ("mae", "said"),
    [
        (result([0.9, 0.91]), "tau +1.00 (p 0.33)"),
        (result([], states=["failed"]), "none, of 2 of 3 rows"),
        (replace(result([0.9, 0.91]), outcomes={7: result([0.9]).outcomes[0]}), "no seed in common"),
    ],
)
def test_an_order_that_cannot_be_told_has_no_number(folder, mae, said):
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    table = published.load("t")
    places = {place: mae if place[0] == "MAE" else result([{"CE": 0.6, "GCE": 0.8}[place[0]]] * 2)
              for place in table.figures}  # fmt: skip
    assert side_by_side.table(evidence.evidence(table, "smoke", places)).body[-1][3].text == said
    tied = dict.fromkeys(table.figures, result([0.6, 0.6]))
    assert side_by_side.table(evidence.evidence(table, "smoke", tied)).body[-1][3].text == "none, all tie"


def test_a_claim_whose_arms_have_no_seed_in_common_is_undecided(claim):
    apart = result(UP)
    apart = replace(apart, outcomes={seed + 100: outcome for seed, outcome in apart.outcomes.items()})
    line = ledger.table([evidence.evidence(claim(), "smoke", {("gce", ""): result(UP), ("ce", ""): apart})]).body[0]
    assert [cell.text for cell in line[3:6]] == ["-", "-", "undecided (no seed in common)"]


def test_without_a_published_deviation_there_are_no_standard_errors(folder):
    scales = {"paper": {"overrides": ["dataset=blobs"]}}
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE | {"scales": scales}, sort_keys=False))
    table = published.load("t")
    made = side_by_side.table(
        evidence.evidence(table, "paper", {place: result([0.59, 0.61]) for place in table.figures})
    )
    (line,) = [[c.text for c in line] for line in made.body if [c.text for c in line[:2]] == ["0.4", "CE"]]
    assert line[-1] == "-"


def test_standard_errors_are_of_the_papers_own_recipe(folder):
    scales = {"paper": {"overrides": ["dataset=blobs"]}}
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE | {"scales": scales}, sort_keys=False))
    table = published.load("t")
    places = {place: result([0.59, 0.61]) for place in table.figures}
    error = np.sqrt(0.02**2 / 2 / 2 + 0.003**2 / 3)
    for universe, last in (([], True), (["dataset=blobs"], True), (["dataset=digits"], False)):
        made = side_by_side.table(evidence.evidence(table, "paper", places, universe=universe))
        assert (made.header[-1] == "SE") == last
        assert (made.body[0][-1].text == f"{-0.15 / error:+.1f}") == last
        assert ("values not" in made.caption) != last


@pytest.mark.parametrize(
    ("spread", "theirs"),
    [("sd", 0.003 / np.sqrt(3)), ("standard_error", 0.003), ("interval", 0.003 / 4.3027), ("unknown", None)],
)
def test_what_a_published_spread_is_decides_how_many_standard_errors_apart_it_is(folder, spread, theirs):
    said = TABLE | {"scales": {"paper": {"overrides": ["dataset=blobs"]}}, "spread": spread}
    (folder / "t.yaml").write_text(yaml.safe_dump(said, sort_keys=False))
    table = published.load("t")
    places = {place: result([0.59, 0.61]) for place in table.figures}
    made = side_by_side.table(evidence.evidence(table, "paper", places))
    shown = "-" if theirs is None else f"{-0.15 / np.sqrt(0.02**2 / 2 / 2 + theirs**2):+.1f}"
    assert made.body[0][-1].text == shown
    assert f"published: mean ± {published.SPREADS[spread]}" in made.caption.lower()
    assert published.table_of("t", published.said(table)) == table


def test_one_figure_may_have_another_spread_than_its_table(folder):
    figures = TABLE["published"] | {"CE": ["75 ± 0.3 (standard_error)", "58"]}
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE | {"published": figures}, sort_keys=False))
    table = published.load("t")
    assert [table.figures[row, "0.2"].error(4) for row in ("CE", "GCE")] == [0.003, 0.001]
    assert published.table_of("t", published.said(table)) == table


@pytest.mark.parametrize("name", published.names())
def test_a_table_with_a_spread_says_what_it_is(name):
    """Without a word it would be unknown, which may be true and has to be said."""
    text = (published.FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert ("spread" in yaml.safe_load(text)) == any(each.spread for each in published.load(name).figures.values())


def test_what_cannot_be_trained_is_said_once_and_no_empty_table_is_shown(folder, tmp_path, capsys):
    scales = {"smoke": {"overrides": [*SMOKE, "imbalance=1e6"], "seeds": 2}}
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE | {"scales": scales}, sort_keys=False))
    with pytest.raises(SystemExit) as ended:
        repro.main(["t", "scale=smoke", f"store={tmp_path / 'store'}", "jobs=1"])
    assert ended.value.code == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.count("leaves class") == 1
    assert "(5 times)" in found.err
    assert "there is no seed at scale smoke" in found.err


def test_a_table_is_reproduced_by_one_command(folder, tmp_path, capsys):
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    repro.main([])
    out = capsys.readouterr().out
    assert "accuracy under noise" in out
    assert "scale=smoke: 5 cells of 2 seeds; dataset=blobs epochs=1" in out
    with pytest.raises(ConfigError, match="of which table"):
        repro.main(["scale=smoke"])
    file = tmp_path / "kept.jsonl"
    with pytest.raises(SystemExit) as ended:
        repro.main(["t", "scale=smoke", "dataset=blobs", f"store={tmp_path / 'store'}", "jobs=1", f"keep={file}"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    repro.main([f"from={file}"])
    assert capsys.readouterr().out == shown
    assert "75.00 ± 0.30" in shown


def test_our_own_claims_and_tables_run_at_smoke_scale(tmp_path, capsys):
    for program, name in ((claims, "squentropy"), (repro, "squentropy")):
        with pytest.raises(SystemExit) as ended:
            program.main([name, "scale=smoke", f"store={tmp_path}", "jobs=1"])
        assert ended.value.code == 0
        assert "squentropy" in capsys.readouterr().out.lower()


def test_make_keeps_a_table_where_it_is_told_to_and_nowhere_in_docs_otherwise():
    def commands(*said):
        make = ["make", "--dry-run", "--assume-old=.venv/ready", "repro-eps_softmax", *said]
        return subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "docs/results" not in commands()
    assert " keep=docs/results/data/t.jsonl" in commands("KEEP=docs/results/data/t.jsonl")
