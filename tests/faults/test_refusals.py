"""Every command line that tests/lines.py makes: tens of thousands."""

import pytest

from tests.contract import PROGRAMS, answer, sparing, violation
from tests.lines import furnished, lines

SHOWN = 20  # violations that are told of


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
