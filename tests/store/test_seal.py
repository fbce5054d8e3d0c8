"""A mapping in YAML is read key by key, each once for all cells that have it, and is what PyYAML makes of the whole."""

from pathlib import Path

import pytest
import yaml

from runner.store import seal
from runner.store.seal import DamagedError, checksum, sealed_yaml, unsealed_yaml

ROOT = Path(__file__).resolve().parents[2]
VALUES = [
    None, True, 0, 1.0, -0.0, 1e30, float("inf"), "", "1", "true", "a: b", "a\nb: c\n", "word " * 60,
    "x\n  y: z\n" * 9, "\u2028", "- a", [], {}, [1, [2, {"a": None}]], {"a": {"b": [{"c": "d: e"}]}},
    {"Q.r": 1, "x y": 2, "": 3}, {1: 2, None: 3}, "a" * 200 + ": b", "'", '"', "#", "&a", "*a", "!!str", "|", ">",
    "? a", "{a: b}", "---\na: b", "...", "\t", " lead", "trail ", "é: ü",
]  # fmt: skip
TEXTS = [
    "a: 1\n", "", "- a\n", "a\n", "a:\n", "a:\n  b\n", "a:\n  b: c\n  d\n", "a: |\n  b: c\n  d: e\n",
    "a:\n  b: |\n    c: d\n  e: f\n", "a: &x {b: c}\nd: *x\n", "a:\n  b: &x [1]\n  c: *x\n", "a: 'b\n  c: d'\n",
    "a:\n  b: 'c\n  d: e'\n", "a: 1\na: 2\n", "a:\n  b: 1\n  b: 2\n", "? a\n: b\n", "a : 1\n", "a: 1\n---\nb: 2\n",
    "%YAML 1.1\n---\na: 1\n", "# a\na: 1\n", "a: 1 # b: c\n", "a:\n- b: c\n- d\n", "a:\n  - b: c\n  d: e\n",
    "<<: {a: 1}\nb: 2\n", "a:\n  <<: {b: 1}\n  c: 2\n", "yes: no\n", "1: 2\n", "null: 3\n",
    "a:\n    b: c\n    d: e\n", "a:\n  b:\n    c: d\n   e: f\n", "a:\n\n  b: c\n", "a:\n  b: c\n\nd: e\n",
    "a:\r\n  b: c\r\n", "a: b: c\n", "a: [b\n", "a:\n  b: [c,\n  d: e]\n", "a: {b: c,\n  d: e}\n",
    "a: !!python/name:os.system\n", "a: 2020-01-01\n", "a:\n  b: 2020-01-01\nc: 1\n", "\ufeffa: 1\n",
    "yes:\n  b: c\n", "1:\n  b: c\n",
]  # fmt: skip


def whole(text):
    """What PyYAML makes of all of it, or that it makes nothing."""
    try:
        return repr(dict(yaml.load(text, Loader=seal.LOADER)))
    except (yaml.YAMLError, ValueError, TypeError):
        return "damaged"


def taken(text):
    """The same of a text that is sealed and read."""
    try:
        found = unsealed_yaml(f'checksum: "{checksum(text.encode())}"\n{text}'.encode())
    except DamagedError:
        return "damaged"
    return repr({key: value for key, value in found.items() if key != "checksum"})


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_what_pyyaml_makes_of_it(text):
    assert taken(text) == whole(f"checksum: x\n{text}").replace("'checksum': 'x', ", "").replace("'checksum': 'x'", "")


@pytest.mark.parametrize("value", VALUES)
def test_what_was_written_comes_back(value):
    for kept in ({"a": value}, {"a": {"b": value, "c": 1}, "d": value}, {"question": {"b": {"c": value}}, "z": {}}):
        found = unsealed_yaml(sealed_yaml(kept).encode())
        del found["checksum"]
        assert repr(found) == repr(kept)


def test_every_file_of_conf_is_what_pyyaml_makes_of_it():
    files = sorted((ROOT / "conf").rglob("*.yaml"))
    assert len(files) > 100
    for file in files:
        kept = {"choices": {}, "question": yaml.safe_load(file.read_text())}
        text = sealed_yaml(kept)
        assert unsealed_yaml(text.encode()) == yaml.load(text, Loader=seal.LOADER), file


def test_what_cells_have_in_common_is_parsed_once(monkeypatch):
    parsed = []
    load = yaml.load
    seal._parsed.cache_clear()
    monkeypatch.setattr(seal.yaml, "load", lambda text, **others: parsed.append(text) or load(text, **others))
    common = {f"once_{n}": {"part": f"loss/Once{n}"} for n in range(30)}
    for q in range(5):
        kept = {"question": common | {"own": {"q": q / 7}}}
        assert unsealed_yaml(sealed_yaml(kept).encode())["question"] == kept["question"]
    assert sum(b"once_" in text for text in parsed) == 30
    assert len(parsed) == 30 + 1 + 2 * 5  # the name of `question`; of each its own key, and its checksum


def test_whoever_has_it_may_change_it():
    text = sealed_yaml({"question": {"a": {"b": [1, {"c": 2}]}}}).encode()
    unsealed_yaml(text)["question"]["a"]["b"][1]["c"] = 3
    assert unsealed_yaml(text)["question"] == {"a": {"b": [1, {"c": 2}]}}
