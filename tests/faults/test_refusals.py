"""Every command line that tests/lines.py makes: tens of thousands; and the right ones, begun."""

import pytest

from runner.compose.schema import GROUPS
from tests.contract import PROGRAMS, answer, beginning, sparing, violation
from tests.lines import furnished, lines

SHOWN = 20  # violations that are told of
HERE = [group for group in GROUPS if group != "dataset"]  # of which every choice can be made here, and at once


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_line_is_answered_as_it_should_be(program, tmp_path, capsys):
    folder = furnished(program, tmp_path)
    tried, found = 0, []
    with sparing():
        for line in lines(program):
            tried += 1
            if why := violation(line, answer(program, line.arguments, folder)):
                found.append(f"{line}: {why}")
    with capsys.disabled():
        print(f"\n{program}: {tried} lines tried, {len(found)} violations")
    assert found[:SHOWN] == []


def test_what_is_accepted_can_be_begun_or_is_refused_as_it_should_be(tmp_path, capsys):
    """Data are loaded, and the objective takes a step without numbers. Where memory lacks, seeds have failed."""
    tried, found = 0, []
    for line in lines("runner", HERE):
        if "-m" in line.arguments:
            continue
        with sparing():
            accepted = answer("runner", line.arguments, tmp_path).right
        if accepted:
            tried += 1
            said = [word for word in line.arguments if word != "dry=true"]
            with beginning():
                its = answer("runner", ["exec.device=cpu", *said, "exec.download=false"], tmp_path)
            if not (its.status == 1 and "memory" in its.said) and (why := violation(line, its)):
                found.append(f"{line}: {why}")
    with capsys.disabled():
        print(f"\n{tried} accepted lines begun, {len(found)} violations")
    assert found[:SHOWN] == []
