"""Results that stand for what tuning selected: what was searched names no rows, columns and tables."""

from dataclasses import replace

import pytest

from runner.comparison.notes.footing import footing, tunings
from runner.comparison.notes.origins import notes
from runner.comparison.notes.tuned_at import tuned_at
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.comparison.tables import means
from runner.comparison.tuning import Search, Trial, Tuning
from runner.console.errors import ConfigError
from tests.stores import keep

RATES = {("ce", "sgd"): 0.1, ("gce", "sgd"): 0.2, ("ce", "adam"): 0.01, ("gce", "adam"): 0.01}


@pytest.fixture
def results(tmp_path):
    """Two losses under two optimizers, each at the learning rate that was selected for it."""
    for (loss, optimizer), lr in RATES.items():
        keep(tmp_path, [0.8, lr], loss=loss, choices={"optimizer": optimizer}, **{"optimizer.lr": lr})
    return [replace(each, tuning=tuning_of(each.settings["optimizer.lr"])) for each in read(tmp_path)]


def tuning_of(lr):
    trials = [Trial({"optimizer.lr": lr}, 0.9, "done")]
    search = Search("val/accuracy", "last", "grid", 0)
    return Tuning("", trials[0].overrides, {"optimizer.lr": "choice(0.01,0.1,0.2)"}, [], search, {}, trials)


def test_each_stands_at_what_was_selected_for_it(results):
    (panel,) = panels(results, Layout(rows="loss", columns="optimizer", tuned=True))
    assert (panel.rows, panel.columns) == (["ce", "gce"], ["optimizer=adam", "optimizer=sgd"])
    for (loss, optimizer), lr in RATES.items():
        assert panel.entry(loss, f"optimizer={optimizer}").values == {0: 0.8, 1: lr}
    assert len(panels(results, Layout(rows="loss", columns="optimizer"))) == len(set(RATES.values()))


def test_what_was_not_searched_still_stands_apart(results):
    other = [replace(each, question={**each.question, "epochs": 9}) for each in results]
    (panel,) = panels([*results, *other], Layout(rows="loss", tuned=True))
    assert len(panel.columns) == 4


@pytest.mark.parametrize(("unsearched", "apart"), [(0.0, 1), (0.3, 3)])
def test_what_one_row_searched_names_none_where_the_others_have_one_value(results, unsearched, apart):
    """The weight decay of a baseline, say, that has no weight of its own to tune."""

    def decayed(each, decay, space):
        tuning = replace(each.tuning, space={**each.tuning.space, **space})
        return replace(each, question={**each.question, "optimizer.weight_decay": decay}, tuning=tuning)

    first, second, *_ = results
    searched = decayed(first, 0.1, {"optimizer.weight_decay": "choice(0,0.1)"})
    tuned = [searched, decayed(second, 0.0, {}), *(decayed(each, unsearched, {}) for each in results[2:])]
    assert len(panels(tuned, Layout(rows="loss", columns="optimizer", tuned=True))) == apart


@pytest.mark.parametrize(("rows", "columns"), [("loss", "optimizer"), ("optimizer", "loss")])
def test_a_note_leaves_out_of_the_trials_what_rows_and_columns_say(results, rows, columns):
    said = ["loss={loss} optimizer={optimizer} noise=0.4".format(**each.choices).split() for each in results]
    tuned = [replace(each, tuning=replace(each.tuning, overrides=o)) for each, o in zip(results, said, strict=True)]
    (panel,) = panels(tuned, Layout(rows=rows, columns=columns, tuned=True))
    note, *_ = footing(tunings(panel))
    assert note.endswith("trials with noise=0.4")
    alike = [replace(each, question={**each.question, "noise": 0.4}) for each in tuned]
    (panel,) = panels(alike, Layout(rows=rows, columns=columns, tuned=True))
    note, *_ = footing(tunings(panel))
    assert note.endswith("trials with nothing besides")  # the noise is that of what is shown


def test_a_table_says_at_which_condition_rows_were_tuned_where_it_has_others(results):
    """As the trials had it, by a word or as the configuration stands; what they searched is none."""
    noisy = [replace(each, question={**each.question, "noise": 0.6}) for each in results]
    for overrides, words in {
        ("noise=0.4",): "tuned at noise=0.4 alone, and what was selected there is used everywhere",
        (): "tuned at noise=0.0 alone, and what was selected there is used everywhere",
        ("noise=0.6",): "",
        ("loss=never_was",): "",
    }.items():
        said = ["dataset=digits", "optimizer.lr=0.5", "val_fraction=0.1", *overrides]
        own = [[*said, f"optimizer={each.choices['optimizer']}"] for each in noisy]
        tuned = [replace(each, tuning=replace(each.tuning, overrides=o)) for each, o in zip(noisy, own, strict=True)]
        (panel,) = panels(tuned, Layout(rows="loss", columns="optimizer", tuned=True))
        assert list(tuned_at(panel)) == [words] * bool(words)
        assert (words in notes(panel)) == bool(words)


def test_a_mean_at_an_end_of_its_space_is_marked(results):
    (panel,) = panels(results, Layout(rows="loss", columns="optimizer", tuned=True))
    made = means(panel, took=False)
    marked = {(line[0].text, name): cell.text.endswith(" ‡") for line in made.body
              for name, cell in zip(made.header[1:], line[1:], strict=True)}  # fmt: skip
    ends = {(loss, f"optimizer={optimizer}"): lr != 0.1 for (loss, optimizer), lr in RATES.items()}
    assert marked == ends
    assert "‡: what was selected lies at an end of its space" in made.caption


def test_what_was_not_tuned_is_refused(results):
    mixed = [replace(results[0], tuning=None), *results[1:]]
    with pytest.raises(ConfigError, match=r"^tuned=true: the cell \w+ was not tuned; use where= to leave it out"):
        panels(mixed, Layout(rows="loss", tuned=True))
