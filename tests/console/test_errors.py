"""What every program of the tree does with its command line."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from runner.console.errors import ConfigError, program, tell

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(
    file.stem
    for file in (ROOT / "runner").glob("[!_]*.py")
    if file.read_text(encoding="utf-8").rpartition("__main__")[2].count(" program(main)\n")
)


def test_there_are_programs():
    assert {"audit", "cards", "claims", "render", "report", "repro", "status", "tune"} <= set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_what_the_program_says_of_itself(name, monkeypatch, capsys):
    module = importlib.import_module(f"runner.{name}")
    for said in (["--help"], ["loss=ce", "-h"]):
        monkeypatch.setattr(sys, "argv", ["", *said])
        program(module.main)
        assert capsys.readouterr().out == f"{module.__doc__.strip()}\n"


def test_help_is_answered_at_once_with_status_0():
    code = (
        "import sys, runner.console.errors as e, runner.tune as t; e.program(t.main); sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([sys.executable, "-m", "runner.claims", "-h"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "scale=laptop" in done.stdout


def test_what_is_said_more_than_once_is_counted(capsys):
    tell([ConfigError("a"), ConfigError("b"), ConfigError("a")])
    assert capsys.readouterr().err == "seedwise: a (2 times)\nseedwise: b\n"
