"""How rows were tuned: what a table has to say so that a badly tuned baseline is seen."""

import gzip
import json
from dataclasses import replace

import pytest

from runner import report
from runner.comparison.notes.footing import footing, lines
from runner.comparison.results import pack, read
from runner.comparison.tuning import SAMPLERS, Search, Trial, Tuning, tuning_of, written
from runner.console.errors import ConfigError
from runner.store.seal import sealed_lines, unsealed_lines
from tests.stores import small

SEARCH = Search("val/accuracy", "last", "random", 0)
LR = {"optimizer.lr": "log(1e-3,1)"}


def tuned(rates, name="ce", **changes):
    """By trials of these learning rates, of which the first is the best."""
    trials = [Trial({"optimizer.lr": lr}, 0.9 - i / 100, "done") for i, lr in enumerate(rates)]
    its = Tuning(f"loss={name}", trials[0].overrides, LR, [f"loss={name}", "noise=0.4"], SEARCH, {}, trials)
    return replace(its, **changes)


def said(**rows):
    return list(footing({(row, "x"): its for row, its in rows.items()}))


@pytest.fixture
def packed(tmp_path):
    """A packed file whose losses were tuned as this says; what a report prints of it, line breaks aside."""
    results = read(small(tmp_path / "store"))

    def made(capsys, *options, **of_losses):
        found = [replace(each, tuning=of_losses[each.settings["loss"]]) for each in results]
        pack(found, tmp_path / "kept.jsonl.gz")
        report.main([f"store={tmp_path / 'kept.jsonl.gz'}", *options])
        return " ".join(capsys.readouterr().out.split())

    return made


def test_what_is_the_same_for_all_is_said_once():
    assert said(ce=tuned([0.1, 0.2]), gce=tuned([0.2, 0.1], "gce")) == [
        "tuned: trials 2, space of optimizer.lr log(1e-3,1), judged by val/accuracy at the last epoch, sampler random "
        "seed=0, trials with noise=0.4"
    ]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"trials": tuned([0.1]).trials}, "trials: 1 (ce) and 2 (gce)"),
        ({"space": {"optimizer.lr": "log(1e-2,1)"}}, "space of optimizer.lr: log(1e-2,1) (ce) and log(1e-3,1) (gce)"),
        ({"search": SEARCH._replace(select="val/nll")}, "judged by: val/nll at the last epoch (ce) and val/accuracy"),
        ({"search": SEARCH._replace(at="best_val")}, "judged by: val/accuracy at the epoch of the best validation"),
        ({"search": SEARCH._replace(sampler="tpe")}, "sampler: tpe seed=0 (ce) and random seed=0 (gce)"),
        ({"search": SEARCH._replace(seed=1)}, "sampler: random seed=1 (ce) and random seed=0 (gce)"),
        ({"settings": {"n_startup_trials": 3}}, "sampler: random n_startup_trials=3 seed=0 (ce) and random seed=0"),
        ({"overrides": ["loss=ce", "epochs=1"]}, "trials with: epochs=1 (ce) and noise=0.4 (gce)"),
    ],
)
def test_a_baseline_that_was_not_tuned_as_the_others_is_named(changes, word):
    found = said(ce=tuned([0.1, 0.2], **changes), gce=tuned([0.1, 0.2], "gce"))
    assert [clause for clause in found if clause.startswith(f"not tuned alike, {word}")]


def test_columns_may_be_tuned_apart():
    """What stands in one column has to be alike, and no more."""
    other = {"overrides": ["noise=0.6"]}
    places = {("ce", "a"): tuned([0.1]), ("ce", "b"): tuned([0.2], **other), ("gce", "b"): tuned([0.2], **other)}
    (found,) = footing(places)
    assert found.endswith("trials with noise=0.4 or noise=0.6")
    assert [line[0].text for line in lines(places).body] == ["ce, a", "ce, b", "gce"]


def test_a_row_at_an_end_of_its_space_worse_than_its_defaults_or_untuned_is_named():
    assert "selected at an end of its space (a better value may lie beyond): ce (optimizer.lr: lowest)" in said(
        ce=tuned([0.0015, 0.1]), gce=tuned([0.1, 0.1])
    )
    assert "no trial is as good as its defaults: ce" in said(
        ce=tuned([0.1], defaults=0.95), gce=tuned([0.1], defaults=0.85)
    )
    assert "not tuned: ce" in said(ce=None, gce=tuned([0.1]))
    assert said(ce=None, gce=None) == []


def test_of_what_is_better_the_lower_the_lowest_is_the_best():
    search = SEARCH._replace(select="val/nll")
    its = tuned([0.1, 0.2], search=search)
    assert (its.value, tuned([0.1, 0.2]).value) == (0.89, 0.9)
    assert replace(its, defaults=0.5).worse
    assert not replace(its, defaults=0.95).worse


def test_trials_that_were_not_kept_are_said_not_to_be():
    unknown = tuned([0.1], trials=[])
    assert said(ce=unknown, gce=unknown)[-1] == "the results of trials were not kept"
    assert said(ce=unknown, gce=tuned([0.1]))[-1] == "the results of trials were not kept: ce"
    assert lines({("ce", ""): unknown}).body[0][1].text == "not kept"


def test_a_report_of_what_is_kept_says_how_it_was_tuned(packed, capsys):
    its = {"ce": tuned([0.0015]), "gce": tuned([0.1, 0.2], "gce")}
    for shown in ("means", "differences", "ranks", "rules", "tuning"):
        out = packed(capsys, f"show={shown}", "format=markdown", **its)
        assert "not tuned alike, trials: 1 (ce) and 2 (gce)" in out or shown == "tuning", shown
        assert "(optimizer.lr: lowest)" in out or shown == "tuning", shown
    line = ("ce", "1 (1 unlike)", "optimizer.lr=log(1e-3,1)", "optimizer.lr=0.0015", "optimizer.lr: lowest", "90.00")
    assert f"| {' | '.join(line)} |" in out
    assert "how rows were tuned" in packed(capsys, **its)
    assert "how rows were tuned" not in packed(capsys, ce=None, gce=None)


def test_tuning_is_read_as_it_was_written():
    for its in (tuned([0.1, 0.2], defaults=0.5, lost=["loss=mae"]), tuned([0.1], trials=[], search=None)):
        assert tuning_of("", json.loads(json.dumps(written(its)))) == its


def test_a_packed_line_whose_tuning_cannot_be_is_refused(packed, capsys, tmp_path):
    packed(capsys, ce=tuned([0.1]), gce=tuned([0.1]))
    file = tmp_path / "kept.jsonl.gz"
    kept = [line for _, line in unsealed_lines(gzip.decompress(file.read_bytes()))]
    kept[0]["tuning"]["chosen"] = ["optimizer.lr=0.2"]
    file.write_bytes(gzip.compress(sealed_lines(kept).encode()))
    with pytest.raises(ConfigError, match=r"line 1: tuning.chosen: optimizer.lr=0.2 is not the best of its trials"):
        read(file)


def test_seeds_of_a_cell_that_unlike_trials_selected_make_no_one_result(tmp_path):
    (whole,) = [each for each in read(small(tmp_path / "store")) if each.settings["loss"] == "ce"][:1]
    file = tmp_path / "both.jsonl"
    for seed, its in ((0, tuned([0.1])), (1, tuned([0.1, 0.2]))):
        pack([replace(whole, outcomes={seed: whole.outcomes[seed]}, tuning=its)], tmp_path / f"{seed}.jsonl")
    file.write_text((tmp_path / "0.jsonl").read_text() + (tmp_path / "1.jsonl").read_text())
    with pytest.raises(ConfigError, match="not all of its seeds were selected by the same trials"):
        read(file)


def test_the_settings_of_a_sampler_are_what_it_is_told(monkeypatch):
    import optuna

    from runner.compose.dimension import dimension
    from runner.tuning.space import drawn

    told, study = [], optuna.create_study()
    study.add_trials([optuna.trial.create_trial(value=0.0)] * 10)
    original = optuna.samplers.TPESampler
    monkeypatch.setattr(optuna.samplers, "TPESampler", lambda **said: told.append(said) or original(**said))
    drawn({"optimizer.lr": dimension("optimizer.lr", "log(1e-3,1)")}, {}, SEARCH._replace(sampler="tpe"), study, 10)
    assert any(SAMPLERS["tpe"].items() <= each.items() for each in told)
