"""`make test-quick`: the tests nearest to what is changed, and of a test with many cases a few; `make test` runs all.

Changed is what git says is not committed, or else the last commit. Nearest to a module are test files of its name, then
those that import it and little else of ours, or where there is none, those that import what imports it. Of the tests
that look at every part, those cases run that name a changed one.
"""

import ast
import os
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = ("bench", "datasets", "hydra_plugins", "losses", "runner", "simulate", "tests")
LOOKS_AT_EVERY_PART = re.compile(r"\bCONF\b|\bnames\(\)|from tests\.(zoo|objectives)")
APART = ("faults", "browser")  # which have targets of their own
FEW = 3  # cases of a test of which none is asked for by name
FILES = 6  # of tests that are near to a module


def pytest_addoption(parser):
    parser.addoption("--named", default="", help="names of parts whose cases run; of other tests a few cases")
    parser.addoption("--near", default="", help="test files in which also tests run that no part is the name of")


def pytest_collection_modifyitems(config, items):
    named, near = config.getoption("named").split(","), config.getoption("near").split(",")
    kept = []
    for _, group in groupby(items, key=lambda item: item.nodeid.partition("[")[0]):
        cases = list(group)
        asked = [case for case in cases if {*re.split(r"[\[\]-]", case.nodeid)} & {*named}]
        some = cases[:: max(1, len(cases) // FEW)][:FEW] if cases[0].nodeid.partition("::")[0] in near else []
        kept += [case for case in cases if case in asked or (case in some and not asked)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def changed():
    """Paths of files, relative to the root."""

    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()

    found = git("diff", "--name-only", "HEAD") + git("ls-files", "--others", "--exclude-standard")
    return [file for file in found or git("diff", "--name-only", "HEAD~1", "HEAD") if (ROOT / file).exists()]


@cache
def importers():
    """{module: files that import it}, also within functions; a package's own file is a module too."""
    found = defaultdict(set)
    for file in (file for folder in CODE for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names)):
                    found[name].add(file)
            elif isinstance(node, ast.Import):
                for each in node.names:
                    found[each.name].add(file)
    return found


def module_of(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_test(file):
    parts = file.relative_to(ROOT).parts
    return file.name.startswith("test_") and parts[0] == "tests" and parts[1] not in APART


def tests():
    return filter(is_test, ROOT.glob("tests/**/test_*.py"))


def needs(file):
    """How many modules of ours it imports."""
    return sum(file in others for name, others in importers().items() if name.partition(".")[0] in CODE)


def nearest(file):
    """The file if it is one of tests, else the nearest on the ways from it to all that need it."""
    seen, layer = {file}, {file}
    while layer and not any(map(is_test, layer)):
        layer = {each for one in layer for each in importers()[module_of(one)]} - seen
        seen |= layer
    found = sorted(filter(is_test, layer), key=lambda test: (f"test_{file.stem}" not in test.stem, needs(test), test))
    return set(found[:FILES])


def chosen(files):
    """Files that are near to these, and names of parts."""
    near, names = set(), set()
    for file in (ROOT / each for each in files):
        if file.suffix not in (".py", ".yaml"):
            near |= {test for test in tests() if file.name in test.read_text(encoding="utf-8")}
            continue
        names |= {file.stem} if any(ROOT.glob(f"conf/*/{file.stem}.yaml")) else set()
        if file.suffix == ".yaml":
            target = re.search(r"_target_: ([\w.]+)\.\w", file.read_text(encoding="utf-8"))
            file = ROOT / (target[1].replace(".", "/") + ".py") if target else file
        near |= nearest(file) | ({file} if file.suffix == ".py" and file.exists() else set())
    return near, names


def main():
    near, names = chosen(changed())
    every = {test for test in tests() if LOOKS_AT_EVERY_PART.search(test.read_text("utf-8"))}
    near, files = (
        [str(file.relative_to(ROOT)) for file in sorted(each)] for each in (near, near | every if names else near)
    )
    print(f"near to what is changed: {' '.join(near) or 'nothing'}", flush=True)
    if files:
        said = [f"--named={','.join(sorted(names))}", f"--near={','.join(near)}", *files]
        os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-p", "tests.quick", *said])


if __name__ == "__main__":
    main()
