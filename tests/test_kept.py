"""Evidence in files: each line is judged by the claim that it carries, and what has changed since is said."""

import json
from dataclasses import replace

import numpy as np
import pytest
import yaml

from runner import claims, ledger, published, repro
from runner.changed import since
from runner.errors import ConfigError
from runner.evidence import evidence
from runner.kept import CLAIMS, TABLES, keep_claims, keep_tables, kept_claims, kept_tables
from runner.numbers import CHANGES
from runner.seal import sealed, sealed_lines, unsealed_lines
from tests.papers import TABLE, UP, result


def better(one, by=0.01, **more):
    """Evidence of the claim `one` at smoke scale, of two arms that are so far apart."""
    part = one.part("smoke", universe=bool(more.get("universe")), tuned=bool(more.get("tuned")))
    return evidence(part, "smoke", {("gce", ""): result(UP + by), ("ce", ""): result(UP)}, **more)


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
    return [[cell.text for cell in row] for row in ledger.sheet(kept_claims(file)).body]


def test_evidence_is_kept_with_its_claim_and_read_again(claim, tmp_path):
    tuned = {"trials": 3, "overrides": ["val_fraction=0.1"], "space": {"optimizer.lr": "log(1e-3,1)"}}
    one = claim(multiverse={"model": ["mlp", None, [1, 2]]}, tuned=tuned, family="x", level=0.1)
    found = [
        better(one),
        better(one, universe=["model=mlp"]),
        better(one, tuned={"gce": ["optimizer.lr=0.1"], "ce": ["optimizer.lr=0.2"]}),
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
    assert "p was corrected for other findings" in ledger.sheet(kept_claims(file)).caption


def test_a_changed_table_is_named_and_its_figures_are_those_that_were_kept(folder, table, capsys):
    (before,) = map(repro.sheet, kept_tables(table))
    assert before.body[0][2].text == "75.00 ± 0.30"
    changed = TABLE | {"published": TABLE["published"] | {"CE": ["99 ± 0.3", "58"]}, "metric": "test/nll"}
    (folder / "t.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
    (after,) = map(repro.sheet, kept_tables(table))
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
    "value": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"0": "x"}], ["ce", "", {}]]}}, "gce.0=x"),
    "nan": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"0": np.nan}], ["ce", "", {}]]}}, "=nan"),
    "tuned": (lambda line: line | {"tuned": {"gce": ["optimizer.lr=1"]}}, "tuned: is of gce"),
    "seconds": (lambda line: line | {"seconds": "long"}, "seconds=long"),
    "others": (lambda line: line | {"others": {"failed": -1}}, "others.failed=-1"),
    "diverged": (lambda line: line | {"diverged_seeds": [["mae", "", [0]]]}, "diverged_seeds: is of mae, and not of"),
    "of what": (lambda line: line | {"diverged_seeds": [["gce", [0]]]}, "diverged_seeds: must be a list of arm"),
    "no seeds": (lambda line: line | {"diverged_seeds": [["gce", "", ["0"]]]}, "diverged_seeds.gce="),
    "bounds": (lambda line: line | {"values": {"test/accuracy": [["gce", "", {"0": 1.5}], ["ce", "", {}]]}},
               "1.5 of gce, seed 0, is not what it declares (higher is better, 0 to 1, share)"),
    "declared": (lambda line: line | {"metrics": {"test/accuracy": {"better": "more"}}}, "metrics: declare none"),
    "no changes": (lambda line: {k: v for k, v in line.items() if k != "changes"}, "changes is missing"),
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
