"""Evidence in files: each line is judged by the claim that it carries, and what has changed since is said."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from runner import claims, repro
from runner.comparison.tuning import Trial, Tuning
from runner.compose.numbers import CHANGES
from runner.console.errors import ConfigError
from runner.replication import ledger, published, side_by_side, tuned_words
from runner.replication.changed import since
from runner.replication.claim_file import chosen
from runner.replication.evidence import evidence
from runner.replication.kept import CLAIMS, TABLES, keep_claims, keep_tables, kept_claims, kept_tables
from runner.replication.tuned_arms import search_for
from runner.store.seal import sealed, sealed_lines, unsealed_lines
from tests.papers import TABLE, UP, result

ROOT = Path(__file__).resolve().parents[2]


def better(one, by=0.01, **more):
    """Evidence of the claim `one` at smoke scale, of two arms that are so far apart."""
    part = one.part("smoke", universe=bool(more.get("universe")), tuned=bool(more.get("tuned")))
    return evidence(part, "smoke", {("gce", ""): result(UP + by), ("ce", ""): result(UP)}, **more)


TUNED = {"trials": 3, "overrides": ["val_fraction=0.1"], "space": {"optimizer.lr": "log(1e-3,1)"}}


def tuned_at(lr):
    """How an arm was tuned by as many trials as TUNED says, of which this one was the best."""
    search = search_for("test/accuracy")
    trials = [Trial({"optimizer.lr": value}, 0.9 - abs(value - lr), "done") for value in (0.01, lr, 0.02)]
    chosen = [f"optimizer.lr={lr}"]
    return Tuning("arm", chosen, TUNED["space"], [], search, search.settings, trials, trials[0].value)


@pytest.fixture
def file(claim, tmp_path):
    """A file in which two claims are kept that hold."""
    found = [better(claim("one", level=0.05)), better(claim("two", about="GCE is better still"), by=0.02)]
    keep_claims(found, tmp_path / "data" / "kept.jsonl")
    return tmp_path / "data" / "kept.jsonl"


@pytest.fixture
def table(folder, tmp_path):
    """A published table, and the file that keeps ours beside it."""
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    its = published.load("t").part("smoke")
    keep_tables(
        [evidence(its, "smoke", {place: result([0.6, 0.8]) for place in its.figures})], tmp_path / "table.jsonl"
    )
    return tmp_path / "table.jsonl"


def lines(file):
    return [line for _, line in unsealed_lines(file.read_bytes())]


def rows(file):
    return [[cell.text for cell in row] for row in ledger.table(kept_claims(file)).body]


def test_what_a_file_has_of_other_claims_stays(claim, file):
    """In its place, and what is measured again is there once."""
    old = {each.asked.name: each for each in kept_claims(file)}
    keep_claims([better(claim("three", about="SCE is better")), better(claim("one", level=0.05), by=0.03)], file)
    one, two, three = kept_claims(file)
    assert [each.asked.name for each in (one, two, three)] == ["one", "two", "three"]
    assert two == old["two"]
    assert one.values != old["one"].values
    assert {each.came_to.together for each in (one, two, three)} == {3}  # corrected for all that is in the file


def test_a_claim_of_which_nothing_was_measured_keeps_what_there_was(claim, file):
    old = {each.asked.name: each for each in kept_claims(file)}
    keep_claims([replace(better(claim("two", about="GCE is better still")), values={}), better(claim("three"))], file)
    one, two, three = kept_claims(file)
    assert (one, two) == (old["one"], old["two"])
    assert three.asked.name == "three"


def test_where_nothing_was_measured_a_file_stays(claim, file, capsys):
    before = file.read_bytes()
    keep_claims([replace(better(claim("three")), values={})], file)
    assert file.read_bytes() == before
    assert "nothing was measured" in capsys.readouterr().err


def test_evidence_is_kept_with_its_claim_and_read_again(claim, tmp_path):
    one = claim(multiverse={"model": ["mlp", None, [1, 2]]}, tuned=TUNED, family="x", level=0.1)
    found = [
        better(one),
        better(one, universe=["model=mlp"]),
        better(one, tuned={"gce": tuned_at(0.1), "ce": tuned_at(0.2)}),
        better(one.with_seeds(24), seeds=24),
    ]
    keep_claims(found, tmp_path / "kept.jsonl")
    read = kept_claims(tmp_path / "kept.jsonl")
    assert read == found
    assert [since(CLAIMS, each) for each in read] == [""] * 4
    assert [(bool(each.asked.multiverse), bool(each.asked.tuned)) for each in read] == [
        (False, False), (True, False), (False, True), (False, False),
    ]  # fmt: skip


def test_every_form_of_claim_is_kept_as_it_is(claim, tmp_path):
    forms = {
        "trend": {"over": "noise", "values": [0, 0.5], "by": 0.1},
        "calibrated": {"margin": 0.5, "error": "test/ece"},
        "ranking": {"published": {"gce": 3, "ce": 2}},
    }
    found = []
    for form, told in forms.items():
        one = claim(form, expect={"form": form, **told}).part("smoke", universe=False, tuned=False)
        found.append(evidence(one, "smoke", {place: result(UP) for place in one.cells("smoke")}))
    keep_claims(found, tmp_path / "kept.jsonl")
    read = kept_claims(tmp_path / "kept.jsonl")
    assert [each.asked for each in read] == [each.asked for each in found]
    assert [list(each.values) for each in read] == [each.asked.metrics for each in found]
    assert [each.asked.judge(each.values, each.metrics).effect for each in read] == [
        0,
        0,
        pytest.approx(float("nan"), nan_ok=True),
    ]


def test_a_changed_claim_is_named_and_what_was_kept_is_judged_as_it_was(claim, file):
    before = rows(file)
    assert [row[5] for row in before] == ["holds", "holds"]
    claim("one", expect={"form": "better", "by": 0.5}, metric="test/nll", about="Another")
    after = rows(file)
    assert after[0][0] == (
        "GCE is better than CE (a paper); its file has changed since: about: GCE is better than CE -> Another, "
        "expect.by: 0.0 -> 0.5, metric: test/accuracy -> test/nll"
    )
    assert [row[1:] for row in after] == [row[1:] for row in before]
    assert after[1] == before[1]
    said = json.loads(ledger.as_json(kept_claims(file)))
    assert (said[0]["verdict"], said[0]["changed"][0][:26]) == ("holds", "its file has changed since")
    assert said[1]["changed"] == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"arms": {"gce": ["loss=gce"], "ce": ["loss=mae"]}}, "arms.ce: [loss=ce] -> [loss=mae]"),
        ({"arms": {"ce": ["loss=ce"], "gce": ["loss=gce"]}}, "arms: [gce, ce] -> [ce, gce]"),
        ({"grid": []}, "grid: [noise=0.4] -> []"),
        ({"level": 0.01}, "level: 0.05 -> 0.01"),
        ({"at": "best_val"}, "at: last -> best_val"),
        ({"paper": "another"}, "paper: a paper -> another"),
        ({"scales": {"smoke": {"overrides": ["dataset=blobs"], "seeds": 6}}},
         "scales.smoke.overrides: [dataset=blobs, epochs=1] -> [dataset=blobs]"),
        ({"scales": {"laptop": {"overrides": []}}}, "scales.smoke.seeds: 6 -> nothing"),
        ({"expect": {"form": "equal", "margin": 0.1}}, "expect.form: better -> equal, expect.by: 0.0 -> nothing"),
    ],
)  # fmt: skip
def test_every_change_that_matters_is_named(claim, file, changes, word):
    claim("one", **changes)
    said = since(CLAIMS, kept_claims(file)[0])
    assert said.startswith("its file has changed since: ")
    assert word in said


@pytest.mark.parametrize(
    "changes",
    [
        {"family": "another"},
        {"multiverse": {"model": ["mlp"]}},
        {"tuned": {"trials": 3, "overrides": [], "space": {}}},
        {"scales": {"smoke": {"overrides": ["dataset=blobs", "epochs=1"], "seeds": 6}}},
    ],
)
def test_what_evidence_does_not_rest_on_may_change(claim, file, changes):
    claim("one", **changes)
    assert since(CLAIMS, kept_claims(file)[0]) == ""


def test_more_seeds_than_the_file_says_are_no_change_of_it(claim, tmp_path):
    keep_claims([better(claim().with_seeds(8), seeds=8)], tmp_path / "kept")
    (each,) = kept_claims(tmp_path / "kept")
    assert (each.seeds, each.asked.scales["smoke"].seeds, since(CLAIMS, each)) == (8, 8, "")


def test_a_claim_that_was_renamed_removed_or_broken_is_named_and_the_others_are_as_they_were(folder, claim, file):
    before = rows(file)
    (folder / "one.yaml").rename(folder / "uno.yaml")
    assert rows(file)[0][0] == "GCE is better than CE (a paper); its file is called uno now"
    (folder / "uno.yaml").unlink()
    assert rows(file)[0][0] == "GCE is better than CE (a paper); there is no conf/claim/one.yaml now"
    (folder / "one.yaml").write_text("about: [")
    assert "; its file cannot be read now (" in rows(file)[0][0]
    assert [row[1:] for row in rows(file)] == [row[1:] for row in before]
    assert rows(file)[1] == before[1]


def test_universes_of_a_claim_name_its_change_once(claim, tmp_path):
    one = claim(multiverse={"model": ["mlp", "linear"]})
    found = [better(one, by, universe=[f"model={m}"]) for by, m in ((0.1, "mlp"), (-0.1, "linear"))]
    keep_claims(found, tmp_path / "kept")
    claim(multiverse={"model": ["mlp"]})
    (row,) = rows(tmp_path / "kept")
    assert row[0].count("its file has changed since: multiverse.model: [mlp, linear] -> [mlp]") == 1
    assert row[5] == "holds in 1, reversed in 1 of 2"


def test_a_verdict_that_comes_out_otherwise_than_when_it_was_kept_is_said(file):
    first = lines(file)[0]
    assert first["came_to"] == {"verdict": "holds", "together": 2}
    first["came_to"]["verdict"] = "undecided"
    file.write_text(sealed_lines([first]))
    (row,) = rows(file)
    assert row[0].endswith("; undecided when kept")
    assert "p was corrected for other findings" in ledger.table(kept_claims(file)).caption


def test_a_changed_table_is_named_and_its_figures_are_those_that_were_kept(folder, table, capsys):
    (before,) = map(side_by_side.table, kept_tables(table))
    assert before.body[0][2].text == "75.00 ± 0.30"
    changed = TABLE | {"published": TABLE["published"] | {"CE": ["99 ± 0.3", "58"]}, "metric": "test/nll"}
    (folder / "t.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
    (after,) = map(side_by_side.table, kept_tables(table))
    said = (
        "its file has changed since: metric: test/accuracy -> test/nll, published.CE: [75 ± 0.3, 58] -> [99 ± 0.3, 58]"
    )
    assert after == replace(before, caption=before.caption.replace("values not.", f"values not; {said}."))
    (folder / "t.yaml").unlink()
    repro.main([f"from={table}"])
    assert "there is no conf/table/t.yaml now" in " ".join(capsys.readouterr().out.split())


def test_our_tables_and_claims_are_kept_as_they_are(monkeypatch):
    for kind in (CLAIMS, TABLES):
        for name in kind.names():
            asked = kind.load(name)
            assert kind.of(name, json.loads(json.dumps(kind.said(asked)))) == asked


DAMAGES = {
    "a digit": (lambda lines: [lines[0], lines[1].replace("0.72", "0.82", 1)], "line 2 is not what was written"),
    "the claim": (lambda lines: [lines[0], lines[1].replace("0.05", "0.5", 1)], "line 2 is not what was written"),
    "truncated": (lambda lines: [lines[0], lines[1][:-20]], "line 2 is not what was written"),
    "nothing": (lambda lines: [lines[0], ""], "line 2 is empty"),
    "lost": (lambda lines: lines[:1], "ends after 1 of 2 lines"),
    "first lost": (lambda lines: lines[1:], "line 1 is 2 of 2"),
    "no checksum": (lambda lines: [lines[0], "{" + lines[1][24:]], "line 2 has no checksum"),
    "list": (lambda lines: [lines[0], "[]"], "line 2 has no checksum"),
    "deep": (lambda lines: [lines[0], "[" * 100_000], "line 2 has no checksum"),
    "which it is": (lambda lines: [lines[0], sealed({"a": 1})], "line 2 does not say which it is"),
}
WRONG = {
    "unknown": (lambda line: line | {"valeus": {}}, "valeus: there is no such key; did you mean values"),
    "missing": (lambda line: {k: v for k, v in line.items() if k != "scale"}, "scale is missing"),
    "no name": (lambda line: line | {"claim": {k: v for k, v in line["claim"].items() if k != "name"}}, "claim.name"),
    "form": (lambda line: line | {"claim": line["claim"] | {"expect": {"form": "beter"}}}, "claim: expect.form=beter"),
    "arms": (lambda line: line | {"claim": line["claim"] | {"arms": {"gce": [], "mae": []}}}, "values.test/accuracy"),
    "scale": (lambda line: line | {"scale": "laptop"}, "scale=laptop: two has"),
    "values": (lambda line: line | {"values": []}, "values: must be a group"),
    "metric": (lambda line: line | {"values": {"test/nll": line["values"]["test/accuracy"]}}, "test/nll"),
    "place": (lambda line: line | {"values": {"test/accuracy": line["values"]["test/accuracy"][:1]}}, "and not of"),
    "seed": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"-1": 0.5}], ["ce", "", {}]]}}, "'-1'"),
    "seed 00": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"00": 0.6}], ["ce", "", {}]]}}, "'00'"),
    "value": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"0": "x"}], ["ce", "", {}]]}}, "gce.0=x"),
    "nan": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"0": np.nan}], ["ce", "", {}]]}}, "=nan"),
    "not tuned": (lambda line: line | {"tuned": {"gce": ["optimizer.lr=1"]}}, "tuned.gce: two does not say how"),
    "origins": (lambda line: line | {"origins": "all alike"}, "origins=all alike"),
    "seconds": (lambda line: line | {"seconds": "long"}, "seconds=long"),
    "below 0": (lambda line: line | {"seconds": -1.0}, "seconds=-1.0"),
    "others": (lambda line: line | {"others": {"failed": -1}}, "others.failed=-1"),
    "diverged": (lambda line: line | {"diverged_seeds": [["mae", "", [0]]]}, "diverged_seeds: is of mae, and not of"),
    "of what": (lambda line: line | {"diverged_seeds": [["gce", [0]]]}, "diverged_seeds: must be a list of arm"),
    "no seeds": (lambda line: line | {"diverged_seeds": [["gce", "", ["0"]]]}, "diverged_seeds.gce="),
    "bounds": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"0": 1.5}], ["ce", "", {}]]}},
               "1.5 of gce, seed 0, is not what it declares (higher is better, 0 to 1, share)"),
    "declared": (lambda line: line | {"metrics": {"test/accuracy": {"better": "more"}}}, "metrics: declare none"),
    "no changes": (lambda line: {k: v for k, v in line.items() if k != "changes"}, "changes is missing"),
    "verdict": (lambda line: line | {"came_to": {"verdict": "so", "together": 1}}, "came_to.verdict=so"),
    "came to": (lambda line: line | {"came_to": {"verdict": "holds"}}, "came_to.together is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "word"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_by_file_and_line(file, damage, word):
    file.write_text("".join(f"{line}\n" for line in damage(file.read_text().splitlines())))
    with pytest.raises(ConfigError) as refused:
        claims.main([f"from={file}"])
    assert str(refused.value).startswith(f"from={file}: {word}")
    assert str(refused.value).endswith("; it is used whole or not at all")


@pytest.mark.parametrize(("change", "word"), WRONG.values(), ids=WRONG)
def test_a_line_that_says_what_cannot_be_is_refused_by_key(file, change, word):
    first, second = lines(file)
    file.write_text(sealed_lines([first, change(second)]))
    with pytest.raises(ConfigError) as refused:
        claims.main([f"from={file}"])
    assert str(refused.value).startswith(f"from={file}: line 2: ")
    assert word in str(refused.value)
    assert "\n" not in str(refused.value)


def test_evidence_that_was_kept_before_it_said_which_seeds_diverged_is_read(file):
    kept = [{key: value for key, value in line.items() if key != "diverged_seeds"} for line in lines(file)]
    before = kept_claims(file)
    file.write_text(sealed_lines(kept))
    assert kept_claims(file) == before


def test_a_file_without_evidence_is_refused(file, tmp_path, table):
    (tmp_path / "empty").write_text("")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name, word in (
        ("empty", "nothing in it"),
        ("bytes", "line 1 has no checksum"),
        ("nowhere", "nowhere: is missing"),
    ):
        with pytest.raises(ConfigError, match=word):
            kept_claims(tmp_path / name)
    with pytest.raises(ConfigError, match="line 1: claim: there is no such key"):
        kept_tables(file)
    with pytest.raises(ConfigError, match="line 1: table: there is no such key"):
        kept_claims(table)


def test_the_same_evidence_twice_is_refused(file):
    file.write_text(file.read_text() * 2)
    with pytest.raises(ConfigError, match="line 3: a line before it is of the same claim, asked the same way"):
        kept_claims(file)


def test_evidence_of_before_a_change_that_moved_its_numbers_says_so(claim, tmp_path):
    """And no other: that it was measured before is not enough."""
    moved = claim("moved", arms={"gce": ["loss=gce", "model.head=cosine"], "ce": ["loss=ce"]})
    found = [better(moved), better(claim("still"))]
    assert [since(CLAIMS, each) for each in found] == ["", ""]
    before = [replace(each, changes=0) for each in found]
    keep_claims(before, tmp_path / "kept.jsonl")
    read = kept_claims(tmp_path / "kept.jsonl")
    said = [since(CLAIMS, each) for each in read]
    assert said == [f"its numbers have changed since: {CHANGES[0].what}", ""]
    assert CHANGES[0].what in rows(tmp_path / "kept.jsonl")[0][0]


@pytest.fixture
def tuned_file(claim, tmp_path):
    """A file in which a tuned claim is kept; of the baseline the best trial lies at an end of the space."""
    its = {"gce": tuned_at(0.1), "ce": tuned_at(0.0015)}
    keep_claims([better(claim(tuned=TUNED), tuned=its)], tmp_path / "tuned.jsonl")
    return tmp_path / "tuned.jsonl"


def changed_tuning(file, **changes):
    """The line of a file, in which the tuning of ce says something else."""
    (line,) = lines(file)
    file.write_text(sealed_lines([line | {"tuned": line["tuned"] | {"ce": line["tuned"]["ce"] | changes}}]))


def test_a_ledger_says_how_each_arm_was_tuned(tuned_file):
    found = kept_claims(tuned_file)
    ((first, *_),) = rows(tuned_file)
    assert "; tuned: gce optimizer.lr=0.1; ce optimizer.lr=0.0015 (optimizer.lr is the lowest of its space)" in first
    table = tuned_words.table(found)
    assert [[cell.text for cell in line] for line in table.body] == [
        ["one: gce", "3 (3 unlike)", "optimizer.lr=log(1e-3,1)", "optimizer.lr=0.1", "", "90.00", "81.00", "-"],
        ["one: ce", "3 (3 unlike)", "optimizer.lr=log(1e-3,1)", "optimizer.lr=0.0015", "optimizer.lr: lowest",
         "90.00", "89.15", "-"],
    ]  # fmt: skip
    assert "judged by val/accuracy at the last epoch, sampler tpe first=defaults startup=halton" in table.caption
    assert "these are the defaults, then 2 quasi-random" in table.caption
    assert table.markdown() in claims.markdown([f"from={tuned_file}"])
    (said,) = json.loads(ledger.as_json(found))
    assert said["tuned"]["ce"]["trials"][1] == [{"optimizer.lr": 0.0015}, 0.9, "done"]


def test_an_arm_that_is_worse_tuned_than_at_its_defaults_is_named_with_its_difference(claim):
    """Of the same seeds; a finding of other seeds, of a universe or of another scale is not beside it."""
    one, its = claim(tuned=TUNED), {"gce": tuned_at(0.1), "ce": tuned_at(0.01)}
    part = one.part("smoke", universe=False, tuned=True)
    tuned = evidence(part, "smoke", {("gce", ""): result(UP + 0.02), ("ce", ""): result(UP - 0.03)}, tuned=its)
    found = [tuned, better(one, universe=["model=mlp"]), better(one.with_seeds(24), seeds=24)]
    assert "worse in the mean" not in ledger.table(found).body[0][0].text
    assert [line[-1].text for line in tuned_words.table(found).body] == ["-", "-"]
    found = [better(one), *found]
    text = ledger.table(found).body[1][0].text
    assert "ce optimizer.lr=0.01 (its defaults); worse in the mean than at its defaults: ce -3.00" in text
    gains = [line[-1].text for line in tuned_words.table(found).body]
    assert gains == ["+1.00", "-3.00"]


def test_what_trials_of_a_metric_without_validation_examples_are_judged_by_is_said(claim):
    its = {"gce": tuned_at(0.1), "ce": tuned_at(0.2)}
    assert "has no" not in tuned_words.table([better(claim(tuned=TUNED), tuned=its)]).caption
    one = claim(tuned=TUNED, metric="train/objective").part("smoke", universe=False, tuned=True)
    places = {(arm, ""): result(UP, metric="train/objective") for arm in its}
    said = tuned_words.table([evidence(one, "smoke", places, tuned=its)]).caption
    assert said.endswith("one: train/objective is of no validation examples; trials are judged by val/accuracy.")


def test_a_claim_along_a_key_says_where_it_was_tuned(claim):
    expect = {"form": "trend", "over": "noise", "values": [0.2, 0.6]}
    one = claim(tuned=TUNED, expect=expect).part("smoke", universe=False, tuned=True)
    its = {"gce": tuned_at(0.1), "ce": tuned_at(0.2)}
    found = [evidence(one, "smoke", {place: result(UP) for place in one.cells("smoke")}, tuned=its)]
    assert "; tuned at noise=0.2 alone" in ledger.table(found).body[0][0].text


def test_what_older_lines_do_not_keep_is_said_and_their_tuning_can_still_be_read(tuned_file):
    before = rows(tuned_file)
    (line,) = lines(tuned_file)
    older = {key: value for key, value in line.items() if key != "origins"}
    older["tuned"] = {arm: its["chosen"] for arm, its in line["tuned"].items()}
    tuned_file.write_text(sealed_lines([older]))
    found = kept_claims(tuned_file)
    assert rows(tuned_file) == before
    assert "whether all arms were trained with the same code was not kept" in ledger.table(found).caption
    assert [line[1].text for line in tuned_words.table(found).body] == ["not kept", "not kept"]
    assert since(CLAIMS, found[0]) == ""


def test_another_way_to_choose_trials_or_another_space_is_named(claim, tuned_file, monkeypatch):
    other = search_for("test/accuracy")._replace(sampler="random", seed=7)
    monkeypatch.setattr("runner.replication.changed.search_for", lambda metric, at: other)
    said = since(CLAIMS, kept_claims(tuned_file)[0])
    assert said.startswith("its trials would be chosen otherwise now: search.sampler: tpe -> random, search.seed: 0 ->")
    claim(tuned=TUNED | {"space": {"optimizer.lr": "log(1e-2,1)"}, "trials": 9})
    said = since(CLAIMS, kept_claims(tuned_file)[0])
    assert "tuned.trials: 3 -> 9, tuned.space.optimizer.lr: log(1e-3,1) -> log(1e-2,1)" in said


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"chosen": ["optimizer.lr=0.02"]}, "tuned.ce.chosen: optimizer.lr=0.02 is not the best of its trials"),
        ({"chosen": ["optimizer.lr=5"]}, "tuned.ce.chosen: optimizer.lr=5 is not in space.optimizer.lr=log(1e-3,1)"),
        (
            {"trials": [[{"optimizer.lr": lr}, 0.9, "done"] for lr in (0.0015, 5, 0.1)]},
            "ce.trials.1: optimizer.lr=5 is not in",
        ),
        ({"chosen": ["loss.q=1"]}, "tuned.ce.chosen: is of loss.q, and the space of optimizer.lr"),
        ({"space": {"optimizer.lr": "log(1e-4,1)"}}, "is not the space of the claim"),
        ({"space": {"optimizer.lr": "log(0,1)"}}, "space.optimizer.lr=log(0,1): must be"),
        ({"trials": [[{"optimizer.lr": 0.0015}, 0.9, "done"]]}, "tuned.ce.trials: are 1, and not the 3"),
        ({"trials": [[{}, 0.9, "done"]]}, "tuned.ce.trials.0: is of"),
        ({"trials": [[{"optimizer.lr": 0.0015}, 0.9, "well"]]}, "tuned.ce.trials.0=well"),
        ({"trials": [[0.0015, 0.9, "done"]]}, "tuned.ce.trials.0: must be a list of"),
        ({"search": {"select": "test/accuracy", "at": "last", "sampler": "tpe", "seed": 0}}, "tuned.ce.search.select="),
        ({"tirals": []}, "tuned.ce.tirals: there is no such key; did you mean trials"),
    ],
)
def test_tuning_that_cannot_be_is_refused_by_key(tuned_file, changes, word):
    changed_tuning(tuned_file, **changes)
    with pytest.raises(ConfigError) as refused:
        claims.main([f"from={tuned_file}"])
    assert str(refused.value).startswith(f"from={tuned_file}: line 1: ")
    assert word in str(refused.value)


def by_engine(values, engine):
    """Seeds that this engine trained."""
    its = result(values)
    made = {"parts": {"engine": engine}, "code": engine}
    return replace(its, outcomes={seed: replace(each, made=made) for seed, each in its.outcomes.items()})


def test_arms_that_unlike_engines_trained_are_named_in_ledger_and_table(claim, folder, tmp_path):
    one = claim().part("smoke", universe=False, tuned=False)
    found = [
        evidence(one, "smoke", {("gce", ""): by_engine(UP + 0.01, engine), ("ce", ""): by_engine(UP, "a")}, universe=u)
        for engine, u in (("a", []), ("b", []), ("b", ["model=mlp"]))
    ]
    said = "not all of it was trained with the same code of engine"
    titles = []
    for each in found:
        keep_claims([each], tmp_path / "kept")
        (row,) = rows(tmp_path / "kept")
        titles.append(row[0])
    assert [said in title for title in titles] == [False, True, True]
    assert "was not kept" not in ledger.table(found).caption
    (folder / "t.yaml").write_text(yaml.safe_dump(TABLE, sort_keys=False))
    its = published.load("t").part("smoke")
    places = {place: by_engine([0.6, 0.8], "ab"[place[0] == "CE"]) for place in its.figures}
    keep_tables([evidence(its, "smoke", places)], tmp_path / "table")
    (table,) = map(side_by_side.table, kept_tables(tmp_path / "table"))
    assert said in table.caption


def test_the_ledger_says_at_what_scale_each_verdict_was_had(claim):
    one = claim()
    small, large = (
        evidence(one.part(scale, universe=False, tuned=False), scale, {("gce", ""): result(UP), ("ce", ""): result(UP)})
        for scale in ("smoke", "laptop")
    )
    universe = replace(small, universe=["model=mlp"])
    scale = ledger.HEADER.index("scale")
    found = ledger.table([small, large, universe]).body
    assert [line[scale].text for line in found] == ["smoke", "laptop", "smoke"]


def makes():
    """{file of evidence: the words of the command that `make` gives for it}."""
    targets = re.findall(r"^([a-z_]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    make = ["make", "--dry-run", "--assume-old=.venv/ready", *targets]
    told = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {file: words.split() for words, file in re.findall(r"runner\.claims (.+) keep=(\S+)", told)}


def test_every_file_of_claims_has_a_command_that_makes_it():
    commands = makes()
    files = sorted((ROOT / "docs" / "results" / "data").glob("claims*.jsonl"))
    for file in files:
        words = [word for word in commands[str(file.relative_to(ROOT))] if "=" not in word]
        assert {each.asked.name for each in kept_claims(file)} <= {claim.name for claim in chosen(words)}, file.name
    assert len(files) == len(commands)


def test_no_family_is_in_two_files_but_where_it_is_tried_again():
    again = ("reversed", "second")
    found = {}
    for file in (ROOT / "docs" / "results" / "data").glob("claims*.jsonl"):
        if not any(word in file.name for word in again):
            for each in kept_claims(file):
                found.setdefault(each.asked.family, set()).add(file.name)
    assert {family: files for family, files in found.items() if len(files) > 1} == {}
