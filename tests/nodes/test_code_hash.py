"""What moves a number moves the hash of the engine; what moves none does not."""

import ast
import re
import shutil
from pathlib import Path

import pytest

from runner.nodes import code_hash
from runner.nodes.code_hash import Symbol
from runner.store.sources import ENGINE, sources
from runner.tasks.declared.classification import CLASSIFICATION

ROOT = Path(__file__).resolve().parents[2]
STATIONS = {  # where numbers come from, on the way from the data to what is selected
    "datasets.split", "runner.data.prepare", "runner.data.protocol", "runner.data.streams", "runner.data.inputs",
    "runner.data.loader", "runner.objective.assemble", "runner.objective.objective", "runner.objective.criterion",
    "runner.stack.stack", "runner.objective.precision", "runner.training.loop",
    "runner.training.events", "runner.training.evaluate", "runner.data.targets", "runner.tasks.selection",
}  # fmt: skip
SLIPS = {
    "runner/training/evaluate.py": ('yield from _named("val", measures', 'yield from _named("test", measures'),
    "runner/data/protocol.py": ('"rate": noise', '"rate": 0 * noise'),
    "runner/data/streams.py": ("sha256", "sha512"),
    "datasets/split.py": ("sha256", "sha512"),
}


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of the code; a function that hashes what it holds now."""
    for package in code_hash.OURS:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    found = code_hash._file.__wrapped__

    def file(module):
        if module.partition(".")[0] not in code_hash.OURS:
            return found(module)
        place = tmp_path.joinpath(*module.split("."))
        return next((f for f in (place / "__init__.py", place.with_suffix(".py")) if f.is_file()), None)

    def engine(*targets):
        for known in (code_hash._module, code_hash.code_hash):
            known.cache_clear()
        return code_hash.code_hash(*(targets or (*ENGINE, CLASSIFICATION.measures)))

    monkeypatch.setattr(code_hash, "_file", file)
    yield tmp_path, engine
    for known in (code_hash._module, code_hash.code_hash):
        known.cache_clear()


def edit(file, old, new, count=1):
    text = file.read_text()
    assert old in text, f"{file.name} has no {old!r}"
    file.write_text(text.replace(old, new, count))


def reached():
    """{symbol: its tree} of all that the engine reaches, read anew."""
    code_hash._module.cache_clear()
    code = code_hash._reached([Symbol(*target.rsplit(".", 1)) for target in ENGINE], frozenset(code_hash.OURS))
    return {symbol: its.tree for symbol, its in code.items()}


def planted(text):
    """The code with one more statement in each function at its top."""
    lines = text.splitlines(keepends=True)
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    for function in reversed(functions):
        first = function.body[bool(ast.get_docstring(function)) and len(function.body) > 1]
        line = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))]) - 1
        lines.insert(line, " " * first.col_offset + "planted = 1\n")
    return "".join(lines), {function.name for function in functions}


def test_every_station_of_the_flow_is_part_of_the_engine(tree):
    """One more statement in any function that is reached is another tree of it."""
    before = reached()
    assert {symbol.module for symbol in before} >= STATIONS
    functions = set()
    for module in {symbol.module for symbol in before}:
        file = code_hash._file(module)
        text, names = planted(file.read_text())
        file.write_text(text)
        functions |= {Symbol(module, name) for name in names}
    after = reached()
    assert len(functions & set(before)) > 50
    assert [symbol for symbol in functions & set(before) if before[symbol] == after[symbol]] == []


@pytest.mark.parametrize("place", SLIPS)
def test_a_slip_of_the_finger_is_another_engine(tree, place):
    root, engine = tree
    before = engine()
    edit(root / place, *SLIPS[place])
    assert engine() != before


NEUTRAL = {
    "a comment": ("\ndef outcomes(", "\n# of all\ndef outcomes("),
    "a docstring": ('"""logits (S, M, K), labels', '"""Of logits (S, M, K), labels'),
    "formatting": ("p, label = logp.exp(), labels[:, None]", "p, label = (logp.exp(),\n        labels[:, None])"),
    "types": ("labels: Tensor, *, keep: bool = False) -> Outcomes:", "labels, *, keep=False):"),
    "an import that nothing uses": ("from typing import NamedTuple\n", "from typing import NamedTuple, Protocol\n"),
    "a function that nothing reaches": ("\ndef quality(", "\ndef unused():\n    return 1\n\n\ndef quality("),
}  # fmt: skip


@pytest.mark.parametrize("what", NEUTRAL)
def test_what_moves_no_number_moves_no_hash(tree, what):
    root, engine = tree
    before = engine()
    edit(root / "runner" / "parts" / "measures" / "classification.py", *NEUTRAL[what])
    assert engine() == before


SHOWN = "        show_test(measures, seen, targets)\n"
SHOWS = {
    "nothing": ("", True),
    "an attribute": ("        show_test(self.measures, seen, targets)\n", True),
    "what is computed for it": ("        show_test(measures, seen, targets.neg_())\n", False),
    "to another function": ("        print(measures, seen, targets)\n", False),
    "what is kept of it": ("        seen = show_test(measures, seen, targets)\n", False),
}


@pytest.mark.parametrize("what", SHOWS)
def test_who_only_looks_on_is_no_part_of_the_engine(tree, what):
    """A call of it that computes nothing may come and go; anything else of that line counts."""
    root, engine = tree
    before = engine()
    said, same = SHOWS[what]
    edit(root / "runner" / "training" / "evaluate.py", SHOWN, said)
    assert (engine() == before) is same


def test_files_and_functions_may_be_moved_and_renamed(tree):
    root, engine = tree
    before = engine()
    (root / "runner" / "measures").mkdir()
    (root / "runner" / "measures" / "__init__.py").write_text('"""Measures."""\n')
    (root / "runner" / "parts" / "measures" / "_ties.py").rename(root / "runner" / "measures" / "equal.py")
    for file in root.rglob("*.py"):
        text = file.read_text().replace("runner.parts.measures._ties", "runner.measures.equal")
        file.write_text(re.sub(r"\bloss_histogram\b", "histogram_of_losses", text))
    assert engine() == before


def test_the_message_of_an_error_may_be_reworded(tree):
    root, engine = tree
    before = engine()
    edit(
        root / "runner" / "data" / "prepare.py",
        'ConfigError(f"classes={classes}: {error}")',
        'ConfigError("no such classes")',
    )
    assert engine() == before


def test_two_functions_of_one_name_do_not_stand_for_each_other(tree):
    """An import that leads to other code is other code, though all of it was there before."""
    root, engine = tree
    (root / "losses" / "_a.py").write_text("def f(x):\n    return x\n")
    (root / "losses" / "_b.py").write_text("def f(x):\n    return 2 * x\n")
    loss = root / "losses" / "mine.py"
    loss.write_text("from losses._a import f\nfrom losses._b import f as g\n\n\ndef h(x):\n    return f(x) - g(x)\n")
    before = engine("losses.mine.h")
    loss.write_text("from losses._b import f\nfrom losses._a import f as g\n\n\ndef h(x):\n    return f(x) - g(x)\n")
    assert engine("losses.mine.h") != before


WAYS = {
    "a name": "from losses._a import f\n\n\ndef h(x):\n    return f(x)\n",
    "another name": "from losses._a import f as g\n\n\ndef h(x):\n    return g(x)\n",
    "a module": "from losses import _a\n\n\ndef h(x):\n    return _a.f(x)\n",
    "a module under another name": "import losses._a as a\n\n\ndef h(x):\n    return a.f(x)\n",
    "a dotted module": "import losses._a\nimport losses._b\n\n\ndef h(x):\n    return losses._a.f(x)\n",
    "a relative import": "from ._a import f\n\n\ndef h(x):\n    return f(x)\n",
    "all of a module": "from losses._a import *\n\n\ndef h(x):\n    return f(x)\n",
    "an import inside": "def h(x):\n    from losses._a import f\n\n    return f(x)\n",
    "a dotted import inside": "def h(x):\n    import losses._a\n\n    return losses._a.f(x)\n",
    "a condition": "if True:\n    from losses._a import f\nelse:\n    f = None\n\n\ndef h(x):\n    return f(x)\n",
    "a base class": "from losses._a import C\n\n\nclass h(C):\n    pass\n",
    "a decorator": "from losses._a import f\n\n\n@f\ndef h(x):\n    return x\n",
    "a default": "from losses._a import f\n\n\ndef h(x, y=f(1)):\n    return x\n",
    "a number of a module": "from losses._a import N\n\n\ndef h(x):\n    return N\n",
    "what a module does when it is imported": "from losses._a import M\n\n\ndef h(x):\n    return M\n",
    "another that hands it on": "from losses._c import f\n\n\ndef h(x):\n    return f(x)\n",
    "a function in a condition": "from losses._a import k\n\n\ndef h(x):\n    return k(x)\n",
    "its module passed around": "from losses import _a\n\n\ndef h(x):\n    return getattr(_a, 'f')(x)\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_way_code_is_reached_it_counts(tree, way):
    """`V` is what each name of losses/_a.py comes to."""
    root, engine = tree
    helper = root / "losses" / "_a.py"
    text = """
V = {}
N = V
M = []
M.append({})


def f(x):
    return V * x


class C:
    value = V


if V:
    def k(x):
        return V
"""
    (root / "losses" / "_b.py").write_text("def g(x):\n    return x\n")
    (root / "losses" / "_c.py").write_text("from losses._a import f\n")
    (root / "losses" / "mine.py").write_text(WAYS[way])
    helper.write_text(text.replace("{}", "1"))
    before = engine("losses.mine.h")
    helper.write_text(text.replace("{}", "2"))
    assert engine("losses.mine.h") != before


def test_a_cell_has_one_hash_for_the_engine_and_one_a_part():
    from runner.compose.command_line import compose_cells

    config = compose_cells(["loss=logit_clip", "loss@loss.base=gce", "regularizer=l1"], multirun=False)[0].config
    found = sources(config)
    assert {"engine", "dataset", "model", "loss", "loss.base", "regularizer.l1", "schedule", "method"} <= set(found)
    assert "optimizer" not in found  # torch's own: its version is kept
    assert found["loss.base"] == sources({**config, "loss": config["loss"]["base"]})["loss"]
