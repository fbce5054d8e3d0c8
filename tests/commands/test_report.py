"""The report's command line: tables in four formats, and packed."""

import re
import subprocess
import sys
from dataclasses import asdict

import pytest

from runner.comparison.followed import LAID_OUT, OTHERS, TABLES
from runner.comparison.results import read
from runner.compose.options import declared
from runner.console.errors import ConfigError
from runner.report import Options, main
from runner.store.store import Store
from tests.stores import keep, small


@pytest.fixture
def store(tmp_path):
    return small(tmp_path / "store")


def test_a_table_alone_is_useful(store, capsys):
    main([f"store={store}"])
    out = capsys.readouterr().out
    assert "92.00 ± 2.00 (n=3) *" in out
    assert "51.00 ± 1.41 (n=2)" in out
    assert "difference to ce under the same seed" in " ".join(out.split())


def test_what_is_shown_can_be_chosen(store, capsys):
    main([f"store={store}", "show=differences", "baseline=gce", "where=noise=0"])
    out = " ".join(capsys.readouterr().out.split())
    assert "difference to gce" in out
    assert "mean ± standard deviation" not in out


def test_what_is_asked_of_tables_reaches_them():
    said = {
        "level": 0.1,
        "detect": 2.0,
        "took": False,
        "family": "column",
        "rope": 0.5,
        "correlation": 0.1,
        "gamma": 9.0,
    }
    assert asdict(Options(**said).tables) == said


def test_markdown_is_a_table(store, capsys):
    main([f"store={store}", "format=markdown"])
    assert capsys.readouterr().out.splitlines()[2:] == [
        "|  | noise=0.0 | noise=0.6 | s a seed | MB | gradient at start |",
        "| --- | --- | --- | --- | --- | --- |",
        "| ce | **92.00 ± 2.00 (n=3)** | 51.00 ± 1.41 (n=2) | 2 | 500 | 0.25 |",
        "| gce | 90.00 ± 1.00 (n=3) | **82.00 ± 2.83 (n=2)** | 2 | 500 | 0.25 |",
    ]


@pytest.mark.parametrize("form", ["terminal", "markdown", "latex"])
def test_what_it_took_can_be_left_out(store, form, capsys):
    for said, there in ((), True), (("took=false",), False):
        main([f"store={store}", f"format={form}", *said])
        assert ("gradient at start" in capsys.readouterr().out) == there


def test_a_cell_that_was_never_begun_is_missed(store, capsys):
    begun = next(store.glob("cells/*")).name
    cells = [{"cell": begun, "name": "begun", "seeds": [0]}]
    Store(store).keep_sweep("one", cells)
    main([f"store={store}"])
    assert "not begun" not in capsys.readouterr().err
    Store(store).keep_sweep("two", [*cells, {"cell": "0" * 20, "name": "loss=poly noise=0.6", "seeds": [0, 1]}])
    main([f"store={store}", "format=csv"])
    said = capsys.readouterr()
    assert said.err == "seedwise: planned, not begun, and in no table: 1 cell (loss=poly noise=0.6)\n"
    assert "poly" not in said.out


def test_the_latex_that_is_printed_says_what_it_needs(store, capsys):
    main([f"store={store}", "format=latex", "fit=long"])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == r"% \usepackage{booktabs,longtable}"
    rest = [label for line in rest for label in re.findall(r"\\label\{.*?\}", line)]
    assert r"\label{tab:test/accuracy}" in rest


def test_a_packed_store_gives_the_same_table(store, tmp_path, capsys):
    main([f"store={store}", f"pack={tmp_path / 'packed.jsonl'}", "where=loss=gce"])
    assert len(read(tmp_path / "packed.jsonl")) == 2
    main([f"store={tmp_path / 'packed.jsonl'}", "format=csv"])
    packed = capsys.readouterr().out
    main([f"store={store}", "where=loss=gce", "format=csv"])
    assert capsys.readouterr().out == packed


def test_rules_stand_side_by_side(tmp_path, capsys):
    """Of both seeds the first epoch is best, by validation and by test."""
    keep(tmp_path, [0.05, 0.02])
    main([f"store={tmp_path}", "show=rules", "format=markdown"])
    assert capsys.readouterr().out.splitlines()[2:] == [
        "|  |  | last | best_val | best_test | gap |",
        "| --- | --- | --- | --- | --- | --- |",
        "| ce | test/accuracy | 3.50 ± 2.12 (n=2) | 10.00 ± 0.00 (n=2) | 10.00 ± 0.00 (n=2) | 6.50 ± 2.12 (n=2) |",
    ]


def test_latex_is_a_table(store, capsys):
    main([f"store={store}", "format=latex", "show=means,differences"])
    out = capsys.readouterr().out
    assert out.count(r"\begin{table}") == out.count(r"\bottomrule") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        "metrik=test/nll",
        "metric=test/nl",
        "format=latexx",
        "fit=page",
        "store=nowhere",
        "level=2",
        "level=abc",
        "detect=0",
        "show=mean",
        "at=lst",
        "took=maybe",
        "rows",
        "wandb=on",
        "where=los=ce",
    ],
)
def test_wrong_options_are_refused_by_name(wrong, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match=wrong.split("=")[0]):
        main([wrong] if wrong.startswith("store") else [f"store={store}", wrong])
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rope=1", "rope=1: what is shown by default goes without it; it is for show=practical"),
        ("show=differences,ranks rope=1", "rope=1: show=differences,ranks goes without it; it is for show=practical"),
        ("show=means detect=2", "detect=2: show=means goes without it; it is for show=differences|seeds, page="),
        ("show=robust family=panel", "family=panel: show=robust goes"),
        ("show=ranks took=false", "took=false: show=ranks goes"),
        ("show=rules level=0.1", "level=0.1: show=rules goes"),
        ("show=practical over=both", "over=both: show=practical goes"),
        ("show=differences,robust over=both", "over=both: show=robust is over seeds alone"),
        ("format=markdown baseline=gce", "baseline=gce: what is shown by default goes"),
        ("format=markdown fit=long", "fit=long: what is shown by default goes without it; it is for format=latex"),
        ("format=csv show=means", "show=means: format=csv goes without it; it is for tables"),
        ("page=p show=ranks", "show=ranks: page=p goes"),
        ("page=p pictures=q rope=1", "rope=1: page=p and pictures=q go"),
        ("pictures=p format=latex", "format=latex: pictures=p goes"),
        ("pack=a.jsonl metric=test/nll", "metric=test/nll: pack=a.jsonl goes"),
        ("tidy=a.csv per=evaluations", "per=evaluations: tidy=a.csv goes"),
        ("examples=true", "examples=true: what is shown by default goes without it; it is for pack="),
    ],
)
def test_what_nothing_follows_is_refused_in_one_line(line, words, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError) as refused:
        main([f"store={store}", *line.split()])
    assert str(refused.value).startswith(words)
    assert sorted(tmp_path.rglob("*")) == before


def test_every_option_is_followed_by_something():
    asked = {its.names[0] for its in declared(Options)}
    assert asked == frozenset({"store", "where", "show", "format"}).union(LAID_OUT, *TABLES.values(), *OTHERS.values())


@pytest.mark.parametrize("option", ["pack", "page", "pictures"])
def test_what_cannot_be_written_is_refused(option, store, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=f"{option}=.*cannot be a path"):
        main([f"store={store}", f"{option}={tmp_path / 'file' / 'below'}"])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"ce": ([], ["failed"]), "gce": ([], ["diverged"])}, ["1 failed", "1 diverged", "less than two seeds"]),
        ({"ce": ([0.5], [])}, ["50.00 (n=1)", "nothing to compare it with"]),
        ({"ce": ([0.5], []), "gce": ([0.6], [])}, ["60.00 (n=1) *", "less than two seeds"]),
        ({"ce": ([0.5, 0.6], []), "gce": ([], ["failed"])}, ["55.00", "1 failed", "no table"]),
    ],
)
def test_sparse_stores_have_sensible_words(cells, words, tmp_path, capsys):
    for loss, (values, states) in cells.items():
        keep(tmp_path, values, loss=loss, states=states)
    main([f"store={tmp_path}"])
    out = capsys.readouterr().out
    assert [word for word in words if word not in out] == []


@pytest.mark.parametrize("form", ["terminal", "csv"])
def test_a_reader_that_has_gone_is_no_error(form, store):
    said = ["", f"store={store}", f"format={form}"]
    code = f"import runner.report as r, sys; sys.argv = {said}; r.program(r.main, r.Options)"
    done = subprocess.run(
        f'{sys.executable} -c "{code}" | true', shell=True, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
