"""What is rightly sealed, and says what never was: named in its own words, and in no program a traceback."""

import math
from pathlib import Path

import pytest

from runner.compose.identity import digest
from runner.store.seal import checksum, sealed, sealed_lines, sealed_yaml, unsealed, unsealed_lines, unsealed_yaml
from runner.store.store import Store
from tests import damage
from tests.stores import small

WRONG = (None, 3, 'a "b', [], [None], {}, {"a": None}, {"a": {"b": "c"}})
FIELDS = (
    "cell", "seed", "data_sha256", "command", "worker", "since", "state", "cause", "traceback", "files", "selected",
    "metrics", "took", "code", "same_code", "machine",
)  # fmt: skip
PROGRAMS = ("pack", "status --json")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A small store in the current folder; one of its cells, of which seed 1 did not end well."""
    monkeypatch.chdir(tmp_path)
    small(Path("store"))
    cell = Store("store").cells()[0]
    failed = cell.seed(5).claim()
    failed.start({}, "python -m runner")
    failed.end("failed", {}, cause="why")
    return cell


def resealed(file, **said):
    kept = unsealed(file.read_bytes())
    del kept["checksum"]
    file.write_text(sealed(kept | said))


def violations(lost=(), names=PROGRAMS):
    known = {"labels": {}, "rows": {}}
    programs = [damage.PROGRAMS[name]._replace(shows="") for name in names]
    return [why for program in programs for why in damage.violations(program, lost, known, "")]


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("field", FIELDS)
def test_a_status_that_says_what_never_was_breaks_no_program(store, field, seed):
    file = store.seed(seed).path / "status.json"
    before, shown = file.read_bytes(), damage.shown("store")
    for value in WRONG:
        resealed(file, **{field: value})
        now = damage.shown("store")
        assert now.items() <= shown.items()
        assert violations(shown.keys() - now.keys()) == [], value
        file.write_bytes(before)


CAUSES = [
    ("code", None, "says no code that can be"),
    ("same_code", 3, "says no same_code that can be"),
    ("selected", None, "says no selected that can be"),
    ("took", {"seconds": 1.0}, "says no took that can be"),
    ("files", {}, "names no rows.jsonl"),
    (
        "files",
        {"rows.jsonl": [1, "a"], "provenance.json": [1, "a"], "../config.yaml": [1, "a"]},
        "names ../config.yaml",
    ),
    ("metrics", None, "says no metrics that can be"),
    ("metrics", {"test/x": {"better": "more", "low": 0, "high": 1, "unit": ""}}, "better=more must be higher or lower"),
    ("metrics", {"test/x": {"better": "lower", "low": 0, "unit": ""}}, "test/x: high is missing"),
    ("state", "doen", "says no state, but 'doen'"),
]


@pytest.mark.parametrize(("field", "value", "cause"), CAUSES)
def test_what_is_wrong_is_said(store, field, value, cause):
    record = store.seed(0)
    resealed(record.path / "status.json", **{field: value})
    assert record.checked()["state"] == "damaged"
    assert cause in record.checked()["cause"]


@pytest.mark.parametrize("rule", ["last", "best_val", "best_test"])
def test_numbers_that_are_not_those_of_the_rows_are_left_out(store, rule):
    record = store.seed(0)
    selected = record.status()["selected"]
    row = selected[rule] | {"test/accuracy": 0.99}
    resealed(record.path / "status.json", selected=selected | {rule: row})
    said = "status.json has numbers that are not those that rows.jsonl comes to"
    assert record.checked() == {"state": "damaged", "cause": said}
    for other in record.rows():
        resealed(record.path / "status.json", selected={**selected, rule: other})
        assert (record.checked()["state"] == "damaged") == (other != selected[rule])


@pytest.mark.parametrize(
    "rows",
    [
        b"{",
        b"[" * 100_000,
        b"3",
        b'{"test/accuracy": "high"}',
        b'{"test/accuracy": [1]}',
        b'{"test/accuracy": 1' + b"0" * 400 + b"}",
    ],
)
def test_rows_that_are_none_are_left_out(store, rows):
    record = store.seed(0)
    (record.path / "rows.jsonl").write_bytes(rows)
    files = unsealed((record.path / "status.json").read_bytes())["files"]
    resealed(record.path / "status.json", files={**files, "rows.jsonl": [len(rows), checksum(rows)]})
    assert record.checked()["state"] == "damaged"
    assert violations() == []


@pytest.mark.parametrize("key", ["choices", "data_sha256", "question"])
def test_a_configuration_that_says_what_never_was_breaks_no_program(store, key):
    folder = store.path
    kept = unsealed_yaml((folder / "config.yaml").read_bytes())
    del kept["checksum"]
    for value in (*WRONG, {"numbers": "x"}, {"files": 3}, {"numbers": None, "loss": 5}):
        said = kept | {key: value}
        folder = folder.rename(folder.with_name(digest(said["question"])))
        (folder / "config.yaml").write_text(sealed_yaml(said))
        assert violations() == [], value


PACKED = {
    "a seed twice": lambda seeds: seeds | {"00": seeds["0"]},
    "a seed below 0": lambda seeds: seeds | {"-1": seeds["0"]},
    "a seed with a line in it": lambda seeds: seeds | {"1_0": seeds["0"]},
    "no state": lambda seeds: {"0": ["great", *seeds["0"][1:]]},
    "values of a seed that diverged": lambda seeds: {"0": ["diverged", *seeds["0"][1:]]},
    "values of a seed that failed": lambda seeds: {"0": ["failed", *seeds["0"][1:]]},
    "a number beyond all": lambda seeds: {"0": ["done", {"last": {"test/accuracy": 10**400}}, *seeds["0"][2:]]},
    "no time": lambda seeds: {"0": [*seeds["0"][:2], seeds["0"][2] | {"seconds": -1.0}, seeds["0"][3]]},
    "time without end": lambda seeds: {"0": [*seeds["0"][:2], seeds["0"][2] | {"seconds": math.inf}, seeds["0"][3]]},
}


@pytest.mark.parametrize("change", PACKED.values(), ids=PACKED)
def test_a_packed_seed_that_never_was_is_refused(store, change):
    assert damage.call("runner.report", ["store=store", "pack=packed.jsonl"]).code == 0
    (first, *rest) = [line for _, line in unsealed_lines(Path("packed.jsonl").read_bytes())]
    Path("packed.jsonl").write_text(sealed_lines([first | {"seeds": change(first["seeds"])}, *rest]))
    done = damage.call("runner.report", ["store=packed.jsonl"])
    assert (done.code, done.error) == (2, None)
    assert "packed.jsonl: line 1 is not a packed result" in done.err


@pytest.mark.parametrize("key", ["cell", "choices", "question", "data", "command", "code", "metrics", "seeds"])
def test_a_packed_line_that_says_what_never_was_breaks_no_program(store, key):
    assert damage.call("runner.report", ["store=store", "pack=packed.jsonl"]).code == 0
    (first, *rest) = [line for _, line in unsealed_lines(Path("packed.jsonl").read_bytes())]
    seed = first["seeds"]["0"]
    seeds = [{"0": [*seed[:place], value, *seed[place + 1 :]]} for place in range(len(seed)) for value in WRONG]
    for value in (*WRONG, {"numbers": "x"}, {"files": 3}, *(seeds if key == "seeds" else ())):
        Path("packed.jsonl").write_text(sealed_lines([first | {key: value}, *rest]))
        assert violations(names=["report of packed"]) == [], value
