"""How long a plan says that it takes."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.launch.plan import Planned, estimate

TOOK = {"seconds": 20.0, "stack_size": 2, "peak_memory_bytes": 1.0}
STARTED = {"launch_seconds": 5.0, "start_seconds": 3.0}


def planned(name, *, todo, took=None, epochs=10):
    """A cell with so many seeds to do, and one that is done and took this."""
    states = {0: "done"} if took else {}
    states |= dict.fromkeys(range(1, todo + 1), "to do")
    cell = SimpleNamespace(path=Path(name), seed=lambda seed: SimpleNamespace(status=lambda: {"took": took}))
    return Planned(SimpleNamespace(epochs=epochs), cell, states)


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        ([planned("a", todo=4, took=TOOK)], 4 * 10),
        ([planned("a", todo=4, took=TOOK | STARTED)], 5 + 2 * 3 + 4 * 10),
        ([planned("a", todo=3, took=TOOK | STARTED)], 5 + 2 * 3 + 3 * 10),
        ([planned("a", todo=0, took=TOOK | STARTED), planned("b", todo=1, epochs=20)], 5 + 3 + 20),
        ([planned("a", todo=2, took=TOOK | dict.fromkeys(STARTED))], 2 * 10),
    ],
    ids=["as in an earlier version", "two stacks", "one and a half", "as another cell", "no launch known"],
)
def test_a_guess_is_of_the_launch_of_what_comes_before_each_stack_and_of_its_training(cells, seconds):
    assert estimate(cells).startswith(f" (about {seconds} s by what 1 of the cells took")


def test_where_nothing_is_to_do_nothing_is_guessed():
    assert estimate([planned("a", todo=0, took=TOOK)]) == ""
    assert "not known yet" in estimate([planned("a", todo=1)])
