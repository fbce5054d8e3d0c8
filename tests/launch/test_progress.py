"""What a person sees."""

import pytest

from runner.launch.progress import Screen


def row(epoch, accuracy=0.5):
    return {"epoch": epoch, "train/objective": 1.25, "test/accuracy": accuracy, "seconds": 3.0}


def played(mode, stacks=((0, 1), (2, 3)), epochs=20):
    """A cell of four seeds in two stacks."""
    with Screen(mode, "loss=ce", sum(map(len, stacks)), epochs) as screen:
        for stack in stacks:
            for seed in stack:
                screen.begin(seed)
            for epoch in range(1, epochs + 1):
                for seed in stack:
                    screen.row(seed, row(epoch, accuracy=seed / 10))
            for seed in stack:
                screen.leave(seed)
    return screen


def test_ten_lines_where_there_is_no_terminal(capsys):
    played("auto")
    title, *lines = capsys.readouterr().err.splitlines()
    assert title == "loss=ce"
    assert len(lines) == 10
    assert lines[0] == "  epoch 2/20  objective 1.25  test accuracy 5.00%  3.0 s"
    assert lines[-1] == "  epoch 20/20  objective 1.25  test accuracy 15.00%  3.0 s"


def test_a_seed_that_leaves_is_not_waited_for(capsys):
    with Screen("lines", "loss=ce", 2, 1) as screen:
        screen.begin(0)
        screen.begin(1)
        screen.leave(0)
        screen.row(1, row(1))
    assert "epoch 0.5/1" in capsys.readouterr().err


def test_a_bar_comes_to_its_end():
    screen = played("bar")
    (task,) = screen.bar.tasks
    assert task.completed == task.total == 20
    assert "test accuracy 15.00%" in task.fields["values"]


def test_none_is_silent(capsys):
    played("none").say("a word")
    assert capsys.readouterr().err == ""


def test_what_was_read_is_a_line_whatever_names_are_in_it(capsys):
    with Screen("lines", "a cell", 1, 1) as screen:
        screen.read(["2 classes: cat 3, do\ng 4"])
    assert capsys.readouterr().err.splitlines() == ["a cell", r"2 classes: cat 3, do\ng 4"]


@pytest.mark.parametrize("mode", ["bar", "lines"])
def test_what_is_said_is_not_markup(mode, capsys):
    with Screen(mode, "a [cell]", 1, 1) as screen:
        screen.say("values=[1,2] [bold]")
    assert "values=[1,2] [bold]" in capsys.readouterr().err


def test_what_was_read_is_said_once(capsys):
    with Screen("lines", "loss=ce", 2, 1) as screen:
        screen.read(["a.csv: 3 rows", "b.csv: 4 rows"])
        screen.read(["a.csv: 3 rows"])
    assert capsys.readouterr().err.splitlines() == ["loss=ce", "a.csv: 3 rows", "b.csv: 4 rows"]
