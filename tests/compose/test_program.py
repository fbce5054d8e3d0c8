"""What every program of the tree does with its command line."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runner.compose.options import declared
from runner.compose.program import HEADING, program
from runner.console.listing import WIDTH

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(
    file.stem
    for file in (ROOT / "runner").glob("[!_]*.py")
    if file.read_text(encoding="utf-8").rpartition("__main__")[2].count(" program(main, Options)\n")
)


def test_there_are_programs():
    assert {"audit", "cards", "claims", "render", "report", "repro", "status", "tune", "variance"} <= set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_what_the_program_says_of_itself_and_every_option(name, monkeypatch, capsys):
    module = importlib.import_module(f"runner.{name}")
    for said in (["--help"], ["loss=ce", "-h"]):
        monkeypatch.setattr(sys, "argv", ["", *said])
        program(module.main, module.Options)
        about, _, table = capsys.readouterr().out.partition(f"\n\n{HEADING}\n")
        assert about == module.__doc__.strip()
        words = " ".join(table.split())
        for each in declared(module.Options):
            assert f"{each.usage} {each.about}" in words
    assert max(map(len, table.splitlines())) <= WIDTH


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_lists_its_options_otherwise(name):
    module = importlib.import_module(f"runner.{name}")
    lines = [line.split("  ")[0].strip() for line in module.__doc__.splitlines()]
    assert {line for line in lines if re.fullmatch(r"--?\w+|[\w.]+=\S*", line)} == set()


def test_help_is_answered_at_once_with_status_0():
    code = "import sys, runner.tune as t; t.program(t.main, t.Options); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([sys.executable, "-m", "runner.claims", "-h"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "scale=laptop" in done.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_reads_its_words_by_itself(name):
    code = (ROOT / "runner" / f"{name}.py").read_text(encoding="utf-8")
    assert re.findall(r"""partition\(["']=|split\(["']=|startswith\(["']-|["']--?\w+["'] in """, code) == []
    assert code.count("parse(Options, arguments") >= 1
