"""Splits by group, by order and by fold."""

from collections import Counter
from itertools import chain

import numpy as np
import pandas as pd
import pytest
import torch

from datasets.holdout import Parting, last_or_groups, parted
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.compose.command_line import compose_cells
from runner.data.prepare import load as loaded
from tests.datasets.tables import refusal, tabular, text, write
from tests.datasets.test_image_folder import load, paint
from tests.datasets.test_image_folder import refusal as refused_folder

ROWS = 120
Y = torch.arange(ROWS) % 3
GROUP = torch.arange(ROWS) // 5
CLASSES = ("a", "b", "c")


@pytest.fixture
def visits(tmp_path):
    """24 patients, five visits each."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "patient": [f"p{i // 5}" for i in range(ROWS)],
            "day": [f"2026-{1 + i % 12:02}-01" for i in range(ROWS)],
            "dose": rng.normal(size=ROWS),
            "note": [f"word{i % 9} other{i % 4}" for i in range(ROWS)],
            "outcome": [CLASSES[i % 3] for i in range(ROWS)],
        }
    )
    return write(frame, tmp_path / "v.csv"), frame


def test_groups_are_on_one_side():
    train, test = parted(Y, CLASSES, Parting(0.2), group=GROUP)
    assert not set(GROUP[train].tolist()) & set(GROUP[test].tolist())
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(ROWS))
    assert 0.1 < len(test) / ROWS < 0.3
    assert all((part == k).any() for part in (Y[train], Y[test]) for k in range(3))


def test_folds_are_each_tested_once_and_a_later_division_is_another():
    parts = [parted(Y, CLASSES, Parting(0.2, fold, 4))[1].tolist() for fold in range(8)]
    assert sorted(chain(*parts[:4])) == sorted(chain(*parts[4:])) == list(range(ROWS))
    assert {tuple(part) for part in parts[:4]}.isdisjoint({tuple(part) for part in parts[4:]})
    assert all(Counter(Y[part].tolist()) == {0: 10, 1: 10, 2: 10} for part in parts)


def test_folds_of_groups_are_of_whole_groups():
    tests = [set(GROUP[parted(Y, CLASSES, Parting(0.2, fold, 4), group=GROUP)[1]].tolist()) for fold in range(4)]
    assert sorted(chain(*tests)) == list(range(24))


def test_the_last_are_for_testing_and_equal_ones_stay_together():
    order = torch.tensor([3, 1, 2, 3, 2, 1, 4, 4, 4, 4])
    train, test = parted(torch.arange(10) % 2, CLASSES, Parting(0.3), order=order)
    assert sorted(test.tolist()) == [6, 7, 8, 9]
    assert len(train) == 6


@pytest.mark.parametrize(
    ("said", "sides"),
    [
        ("order: goes without group", {"group": GROUP, "order": GROUP}),
        ("order: goes without fold", {"order": GROUP, "how": Parting(0.2, 1)}),
        ("fewer groups than parts", {"group": GROUP, "how": Parting(0.2, 0, 30)}),
        ("leaves nothing to train with", {"order": torch.zeros(ROWS)}),
    ],
)
def test_sides_that_cannot_be_are_refused(said, sides):
    with pytest.raises(ValueError, match=said):
        parted(Y, CLASSES, **({"how": Parting(0.2)} | sides))


def test_validation_examples_are_whole_groups_or_the_last():
    held = last_or_groups(Y, 0.1, GROUP, None)
    assert 0.03 < held.double().mean() < 0.2
    assert not set(GROUP[held].tolist()) & set(GROUP[~held].tolist())
    assert last_or_groups(Y, 0.25, None, GROUP).tolist() == [i >= 90 for i in range(ROWS)]


@pytest.mark.parametrize("load_table", [tabular, text])
def test_a_table_is_split_by_group(load_table, visits, tmp_path):
    source, frame = visits
    said = {"target": "outcome"} | ({"drop": ["day", "note"]} if load_table is tabular else {"text": "note"})
    split = load_table(tmp_path, source, **said, group="patient")
    own = set(frame["patient"][split.source_index.tolist()])
    left = set(range(ROWS)) - set(split.source_index.tolist())
    assert len(left) == len(split.test_y)
    assert not own & set(frame["patient"][sorted(left)])
    assert len(split.group.unique()) == len(own)
    assert "of patient" in split.read[-1]
    if load_table is tabular:
        assert split.x.shape[1] == 1  # the patient is no feature


def test_a_table_is_split_by_date(visits, tmp_path):
    source, frame = visits
    split = tabular(tmp_path, source, target="outcome", drop=["patient", "note"], order="day")
    own = frame["day"][split.source_index.tolist()]
    others = frame["day"].drop(split.source_index.tolist())
    assert own.max() < others.min()
    assert "the last by day" in split.read[-1]
    assert "order=patient: v.csv holds 'p0'; must be numbers, or dates" in refusal(
        tabular, tmp_path, source, target="outcome", order="patient"
    )


def test_groups_in_both_files_are_refused(visits, tmp_path):
    source, frame = visits
    test = write(frame[::-1][:50], tmp_path / "w.csv")
    said = {"target": "outcome", "test_source": test}
    assert "is in v.csv and in w.csv" in refusal(tabular, tmp_path, source, **said, group="patient")
    assert "fold=1 of folds=5: goes without test_source=w.csv" in refusal(tabular, tmp_path, source, **said, fold=1)
    assert "group=patent: v.csv has no column" not in refusal(tabular, tmp_path, source, **said, group="patient")


def test_images_are_split_by_what_they_are_of(tmp_path):
    (tmp_path / "home").mkdir()
    for name in ("ill", "well"):
        for patient in range(6):
            for shot in range(4):
                paint(tmp_path / "root" / name / f"{name}{patient}" / f"{shot}_p{patient % 3}.png", patient)
    split = load(tmp_path / "root", tmp_path / "home", group="folder", test_size=0.25)
    folders = {name.split("/")[1] for name in split.source_names.values()}
    assert len(split.y) == 4 * len(folders)
    assert len(split.group.unique()) == len(folders)
    split = load(tmp_path / "root", tmp_path / "home", group=r"_(p\d)", test_size=0.33)
    assert len({name[-6:] for name in split.source_names.values()}) == len(split.group.unique()) == 2
    assert "has no match in" in refused_folder(tmp_path / "root", tmp_path / "other", group="x(y)")
    assert "must be folder, or a regular expression" in refused_folder(tmp_path / "root", tmp_path / "other", group="(")


def test_each_seed_has_its_own_fold(visits, go, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = ["dataset=tabular", "dataset.source=v.csv", "dataset.target=outcome", "dataset.columns=[dose]", "epochs=1"]
    (cell,) = compose_cells([*said, "dataset.fold=seed"], multirun=False)
    tests = [loaded(cell.data, cell.exec, seed) for seed in range(6)]
    assert len({digest for _, digest in tests}) == 1
    seen = [set(range(ROWS)) - set(split.source_index.tolist()) for split, _ in tests]
    assert sorted(chain(*seen[:5])) == list(range(ROWS))
    assert seen[5] not in seen[:5]
    for fold in ("seed", "2"):
        go(*said, f"dataset.fold={fold}", "seeds=5")
    note = "each seed has its own test part"
    found = {
        result.settings["dataset.fold"]: (len(result.outcomes), note in " ".join(notes(panels([result], Layout())[0])))
        for result in read(str(tmp_path))
    }
    assert found == {"seed": (5, True), 2: (5, False)}
    (panel,) = panels(read(str(tmp_path)), Layout())
    assert (list(panel.rows), sorted(panel.columns)) == (["ce"], ["dataset.fold=2", "dataset.fold=seed"])
    assert f"in ce (dataset.fold=seed) {note}" in " ".join(notes(panel))
