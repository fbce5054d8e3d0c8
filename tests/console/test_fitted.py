"""Figures at another width: what is drawn is the same, and no text is cut."""

import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from runner.console.drawing import POINTS, headed, keyed, plain, style
from runner.console.fitted import WIDTHS, fitted, width_of, without_heading

SAID = "what is drawn, of how many seeds, and a few more words, so that there are lines to be broken"


def grid(down, across, *, names=("ce", "gce"), sharex=False, sharey=False):
    with style():
        figure = Figure(figsize=(2.5 * across, 1 + 2 * down), layout="constrained")
        axes = figure.subplots(down, across, squeeze=False, sharex=sharex, sharey=sharey)
        handles = {}
        for number, axis in enumerate(axes.flatten()):
            plain(axis, f"column {number}")
            for name in names:
                (handles[name],) = axis.plot([0, 1], [number, number])
        for axis in axes[:, 0]:
            axis.set_ylabel("accuracy")
        headed(figure, SAID)
        keyed(figure, handles)
    return figure


def drawn(figure):
    return [line.get_ydata().tolist() for axis in figure.axes for line in axis.lines]


def placed(figure):
    """{title: (row, column)} of axes."""
    specs = {axis.get_title(): axis.get_subplotspec() for axis in figure.axes}
    return {title: (spec.rowspan.start, spec.colspan.start) for title, spec in specs.items()}


@pytest.mark.parametrize("name", ["icml", "neurips", "nature"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (2, 3)])
def test_a_figure_is_as_wide_as_is_asked_and_shows_the_same(name, shape):
    figure = grid(*shape)
    size, places = figure.get_size_inches().tolist(), placed(figure)
    with style():
        made = fitted(figure, WIDTHS[name])
    assert made.get_figwidth() == pytest.approx(WIDTHS[name].inches)
    assert drawn(made) == drawn(figure)
    assert made.get_suptitle().replace("\n", " ") == SAID
    assert [text.get_text() for text in made.legends[0].get_texts()] == ["ce", "gce"]
    assert made.legends[0].get_texts()[0].get_fontsize() == pytest.approx(WIDTHS[name].points)
    made.draw_without_rendering()
    box = made.get_tightbbox()
    assert box.x0 > -0.02
    assert box.x1 < made.get_figwidth() + 0.02
    assert figure.get_size_inches().tolist() == size
    assert placed(figure) == places, "the figure itself is as it was"


def test_axes_without_room_stand_below_each_other():
    assert placed(fitted(grid(1, 4), width_of("3.25"))) == {f"column {i}": (i, 0) for i in range(4)}
    two = fitted(grid(1, 4), width_of("5.5"))
    assert placed(two) == {f"column {i}": divmod(i, 2) for i in range(4)}
    assert [axis.get_ylabel() for axis in two.axes] == ["accuracy", "", "accuracy", ""]
    assert placed(fitted(grid(1, 4), width_of("6.75"))) == placed(two), "not three and one"


def test_rows_that_share_an_axis_stay_together():
    made = fitted(grid(2, 2, sharex=True), width_of("3.25"))
    assert placed(made) == {"column 0": (0, 0), "column 2": (1, 0), "column 1": (2, 0), "column 3": (3, 0)}


def test_numbers_beside_shared_axes_stand_where_a_line_begins():
    made = fitted(grid(1, 4, sharey=True), width_of("5.5"))
    made.draw_without_rendering()
    shown = [any(tick.label1.get_visible() for tick in axis.yaxis.get_major_ticks()) for axis in made.axes]
    assert shown == [True, False, True, False]


def test_letters_are_smaller_where_names_leave_no_room():
    figure = grid(1, 1)
    figure.axes[0].set_yticks([0], ["a name that is as long as a column of a paper"])
    made = fitted(figure, width_of("3.25"))
    (name,) = made.axes[0].get_yticklabels()
    assert name.get_fontsize() < POINTS
    made.draw_without_rendering()
    assert made.axes[0].get_position().width * 3.25 > 0.5


def test_the_legend_shows_what_is_drawn():
    with style():
        figure = Figure(figsize=(6, 3), layout="constrained")
        axis = figure.subplots()
        keyed(figure, {"ce": axis.errorbar([0, 1], [1, 2], [0.1, 0.1], marker="s", linestyle="--")})
    lines = fitted(figure, width_of("3.25")).legends[0].findobj(Line2D)
    assert "s" in {line.get_marker() for line in lines}
    assert "--" in {line.get_linestyle() for line in lines}


def test_a_heading_can_be_taken_out():
    figure = grid(1, 2)
    made, said = without_heading(figure)
    assert said == SAID
    assert made.get_suptitle() == ""
    assert made.get_figheight() < figure.get_figheight()
    assert figure.get_suptitle()


@pytest.mark.parametrize("wrong", ["", "icmll", "0", "-3", "nan", "inf", "1e9"])
def test_a_width_that_is_none_is_refused_with_what_is_allowed(wrong):
    with pytest.raises(ValueError, match="inches from 2 to 20, or one of icml"):
        width_of(wrong)
