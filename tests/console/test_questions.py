"""Questions of bench and simulate on their command lines."""

import subprocess
import sys

import pytest


def answer(program, *words):
    line = [sys.executable, "-m", program, *words]
    return subprocess.run(line, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("program", ["bench", "simulate"])
def test_an_unknown_question_is_refused(program):
    done = answer(program, "qqq")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("seedwise: qqq: there is no such question; choices: ")


@pytest.mark.parametrize("program", ["bench", "simulate"])
def test_help_names_the_questions(program):
    done = answer(program, "--help")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("Questions: ")
