"""The tree is the flow: who may import whom, and that a YAML and its code say the same."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
import yaml

from runner.compose.schema import GROUPS, SEVERAL
from runner.nodes.signature import asks

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {"losses": set(), "datasets": set(), "runner": {"losses", "datasets"}, "hydra_plugins": {"runner"}}
STATIONS = (  # folders of runner/, each of which imports itself and those before it
    "console", "tasks", "nodes", "compose", "store", "statistics", "comparison", "data", "data_card", "contracts",
    "objective", "merging", "parts", "probing", "stack", "training", "catalog", "launch", "tuning", "replication",
)  # fmt: skip
LIGHT = {
    "console",
    "tasks",
    "nodes",
    "compose",
    "store",
    "statistics",
    "comparison",
    "launch",
    "tuning",
    "replication",
}  # no torch
HEAVY = {"launch/session.py", "nodes/eager.py", "store/networks.py"}  # but here, where training begins
CODE = sorted(file for home in MAY_IMPORT for file in (ROOT / home).rglob("*.py"))
NODES = sorted(file for group in GROUPS for file in (ROOT / "conf" / group).glob("*.yaml"))


def imported(file, *, everywhere=True):
    """The modules that a file names, in the whole of it or only at its top."""
    tree = ast.parse(file.read_text())
    nodes = list(ast.walk(tree) if everywhere else tree.body)
    plain = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    return plain | {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}


@pytest.mark.parametrize("file", CODE, ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_follow_the_flow(file):
    home = file.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imported(file)} & set(MAY_IMPORT)
    assert ours <= MAY_IMPORT[home] | {home}
    if home == "losses":
        helpers = {n for n in imported(file) if n.split(".")[0] == "losses"}
        assert all(n.rpartition(".")[2].startswith("_") for n in helpers)


def stations(file):
    """The folders of runner/ that a file imports; what lies in runner/ itself is a command, and is imported by none."""
    return {[*name.split("."), ""][1] for name in imported(file) if name.split(".")[0] == "runner"}


@pytest.mark.parametrize("station", STATIONS)
def test_a_station_imports_those_before_it(station):
    may = {*STATIONS[: STATIONS.index(station) + 1]} - ({"parts"} if station != "parts" else set())
    for file in (ROOT / "runner" / station).rglob("*.py"):
        assert stations(file) <= may, f"{file.relative_to(ROOT)} imports a later station, a command or a part"


def test_every_folder_is_a_station_of_few_files():
    folders = [folder for folder in (ROOT / "runner").iterdir() if (folder / "__init__.py").exists()]
    assert {folder.name for folder in folders} == set(STATIONS)
    assert max(len(list(folder.glob("[!_]*.py"))) for folder in folders) <= 16


def test_a_file_of_runner_is_a_command():
    for file in (ROOT / "runner").glob("[!_]*.py"):
        assert f"python -m runner.{file.stem}" in ast.get_docstring(ast.parse(file.read_text())), file.name


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in CODE
        if file.relative_to(ROOT).parts[0] == "runner"
        and (file.parent.name == "runner" or file.relative_to(ROOT).parts[1] in LIGHT)
        and "/".join(file.parts[-2:]) not in HEAVY
    ],
    ids=lambda f: str(f.relative_to(ROOT)),
)
def test_what_answers_at_once_does_not_know_torch(file):
    found = imported(file, everywhere=False)
    heavy = {n for n in found if n.split(".")[0] in ("torch", "wandb", "datasets", "losses")}
    assert heavy <= {"datasets.faults"}


def test_faults_know_nothing():
    assert imported(ROOT / "datasets" / "faults.py") == {"errno"}


def test_torchvision_is_imported_in_one_place():
    assert [f.name for f in CODE if any(n.split(".")[0] == "torchvision" for n in imported(f))] == ["vision.py"]


@pytest.mark.parametrize("file", NODES, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_yaml_holds_every_argument_of_its_target(file):
    node = yaml.safe_load(file.read_text())
    if file.parent.name in SEVERAL:
        assert set(node) == {file.stem} - {"none"}
        node = node.get(file.stem)
    if not node:
        return
    target = node.pop("_target_")
    entries = [next(iter(entry)) for entry in node.pop("defaults", []) if isinstance(entry, dict)]
    nested = [entry.partition("@")[2] for entry in entries if not entry.startswith("override ")]
    node |= dict.fromkeys(nested)
    kinds = asks(target)
    if target.startswith("torch."):
        assert set(node) <= set(kinds)
        return
    assert set(node) == set(kinds)
    module, _, name = target.rpartition(".")
    parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters.values()
    assert all(p.default is p.empty for p in parameters if p.name in kinds), "a number is written once, in the YAML"
    assert file.read_text().startswith("# "), "the first line says what it is"


def test_a_loss_is_one_file_of_code_and_one_of_numbers():
    """And more numbers may share a file of code: ready-made combinations."""
    files = list((ROOT / "losses").rglob("[!_]*.py"))
    assert {f.stem for f in files} <= {f.stem for f in (ROOT / "conf" / "loss").glob("*.yaml")}
    assert len({f.stem for f in files}) == len(files), "names of losses are one flat list"
    for file in files:
        text = ast.get_docstring(ast.parse(file.read_text()))
        assert ">>>" in text, f"{file.name}: a worked number and a limit"


def test_the_tests_of_a_part_lie_where_the_part_does():
    """What holds for several parts is a law, and lies beside their folders."""
    for tests, parts in {"tests/parts": "runner/parts", "tests/datasets": "datasets"}.items():
        for file in (ROOT / tests).glob("*/test_*.py"):
            part = ROOT / parts / file.parent.name / file.name.removeprefix("test_")
            assert part.exists(), f"{file.relative_to(ROOT)}: there is no {part.relative_to(ROOT)}"


def test_the_walk_names_what_is_there():
    """Of each step CONTRIBUTING names files, and after a file what it defines."""
    walk = (ROOT / "CONTRIBUTING.md").read_text().partition("## From a command to a result")[2].partition("\n## ")[0]
    steps = [re.findall(r"`(\w[\w/.]*)`", line) for line in walk.splitlines() if line.startswith("| ")][1:]
    assert len(steps) > 5
    for names in steps:
        code = ""
        for name in names:
            if name.endswith(".py"):
                code = (ROOT / name).read_text()
            else:
                assert re.search(rf"\b(def|class) {name}\b", code), f"there is no {name} beside it: {names}"


def test_the_loop_fits_a_screen():
    tree = ast.parse((ROOT / "runner" / "training" / "loop.py").read_text())
    loops = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert [n.name for n in loops] == ["train"]
    assert loops[0].end_lineno - loops[0].body[1].lineno < 40
