"""Tables whose targets are numbers, or several labels an example."""

import numpy as np
import pandas as pd
import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.prepare import prepare
from runner.training.run import run
from tests.datasets.tables import refusal, tabular, write

ROWS = 60
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 2))
PRICE = np.round(100 + 20 * X[:, 0] + RNG.normal(size=ROWS), 2)
TAGS = [["red", "round"], ["red"], [], ["big", "round"]]
HOUSES = pd.DataFrame(
    {
        "size": X[:, 0],
        "age": X[:, 1],
        "owner": [f"o{i // 4}" for i in range(ROWS)],
        "day": [f"2026-{1 + i % 12:02}-01" for i in range(ROWS)],
        "price": PRICE,
        "rent": np.round(5 * X[:, 1] + RNG.normal(size=ROWS), 2),
        "tags": ["|".join(TAGS[i % 4]) for i in range(ROWS)],
        "sold": [i % 3 == 0 for i in range(ROWS)],
        "new": [["no", "Yes"][i % 2] for i in range(ROWS)],
    }
)
FEATURES = {"columns": ["size", "age"]}
REAL = {"target": "price", "task": "regression"} | FEATURES
BITS = {"target": "tags", "task": "multilabel"} | FEATURES


def saved(tmp_path, name="h.csv", **changed):
    return write(HOUSES.assign(**changed), tmp_path / name)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_column_of_numbers_is_a_real_target(suffix, tmp_path):
    split = tabular(tmp_path, saved(tmp_path, f"h{suffix}"), **REAL)
    assert (split.task, split.classes) == ("regression", ())
    assert split.y.dtype == torch.float32
    assert (split.y.shape, split.test_y.shape) == ((48, 1), (12, 1))
    assert torch.equal(split.y[:, 0], torch.tensor(PRICE, dtype=torch.float32)[split.source_index])
    left = sorted(set(range(ROWS)) - set(split.source_index.tolist()))
    assert sorted(split.test_y[:, 0].tolist()) == sorted(np.float32(PRICE[left]).tolist())
    assert any(f"price: {ROWS} numbers from {PRICE.min():g} to {PRICE.max():g}" in line for line in split.read)
    assert split.x.shape == (48, 2)


def test_several_columns_are_several_targets_and_no_features(tmp_path):
    source = saved(tmp_path)
    split = tabular(tmp_path, source, target=["rent", "price"], task="regression", drop=["tags", "sold", "new", "day"])
    assert split.y.shape == (48, 2)
    assert torch.equal(split.y[:, 1], torch.tensor(PRICE, dtype=torch.float32)[split.source_index])
    assert [column.name for column in split.columns] == ["size", "age", "owner"]


def test_numbers_are_read_as_people_write_them(tmp_path):
    written = [f"{value:.2f} EUR".replace(".", ",") for value in PRICE]
    split = tabular(tmp_path, saved(tmp_path, price=written), **REAL)
    assert torch.equal(split.y[:, 0], torch.tensor(PRICE, dtype=torch.float32)[split.source_index])
    assert any("price (EUR, decimal comma): 60 numbers" in line for line in split.read)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            {7: "cheap", 9: "dear"},
            "target=price: row 7 of h.csv holds 'cheap', which is no finite number; so do 1 more",
        ),
        ({5: "inf"}, "target=price: row 5 of h.csv holds 'inf', which is no finite number"),
        ({5: "1e300"}, "target=price: row 5 of h.csv holds '1e300', which is no finite number"),
        (
            {4: "", 6: "NA"},
            "target=price: no value in 2 of the 60 rows of h.csv, the first is row 4; dataset.unlabelled=['','NA'] "
            "leaves them out",
        ),
        (dict.fromkeys(range(ROWS), "cheap"), "holds 'cheap' in row 0, and no number at all; dataset.task=classificat"),
        (dict.fromkeys(range(ROWS), "3"), "target=price: is 3 in all rows of h.csv, which leaves nothing to learn"),
    ],
)
def test_what_is_no_number_is_refused_with_its_row(cells, said, tmp_path):
    price = [cells.get(i, str(value)) for i, value in enumerate(PRICE)]
    assert said in refusal(tabular, tmp_path, saved(tmp_path, price=price), **REAL)


def test_rows_without_a_number_are_left_out_where_that_is_said(tmp_path):
    price = ["NA" if i in (4, 6) else str(value) for i, value in enumerate(PRICE)]
    split = tabular(tmp_path, saved(tmp_path, price=price), unlabelled=["NA"], **REAL)
    assert len(split.y) + len(split.test_y) == ROWS - 2
    assert not {4, 6} & set(split.source_index.tolist())
    assert any("2 left out, without a target" in line for line in split.read)


def expected():
    return torch.tensor([[float(name in TAGS[i % 4]) for name in ("big", "red", "round")] for i in range(ROWS)])


@pytest.mark.parametrize(("mark", "word"), [("|", "bars"), (";", "semicolons"), (", ", "commas"), (" ", "blanks")])
def test_words_of_one_column_are_labels(mark, word, tmp_path):
    split = tabular(tmp_path, saved(tmp_path, tags=[mark.join(TAGS[i % 4]) for i in range(ROWS)]), **BITS)
    assert (split.task, split.classes) == ("multilabel", ("big", "red", "round"))
    assert split.y.dtype == torch.float32
    assert torch.equal(split.y, expected()[split.source_index])
    said = f"3 labels: big 15, red 30, round 30; 15 rows without any; words of tags parted by {word}"
    assert any(said in line for line in split.read)


def test_a_blank_parts_no_words_where_another_mark_does(tmp_path):
    split = tabular(
        tmp_path,
        saved(tmp_path, tags=[["dark red|round", "red"][i % 2] for i in range(ROWS)]),
        **BITS | {"target": "tags", "test_size": 0.5},
    )
    assert split.classes == ("dark red", "red", "round")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_of_yes_and_no_are_labels(suffix, tmp_path):
    one = [float(i % 4 == 1) for i in range(ROWS)]
    source = saved(tmp_path, f"h{suffix}", one=one)
    split = tabular(tmp_path, source, **BITS | {"target": ["sold", "new", "one"]})
    assert split.classes == ("sold", "new", "one")
    wanted = torch.tensor([[i % 3 == 0, i % 2 == 1, i % 4 == 1] for i in range(ROWS)]).float()
    assert torch.equal(split.y, wanted[split.source_index])


@pytest.mark.parametrize(
    ("changed", "asked", "said"),
    [
        ({"sold": ["maybe"] * ROWS}, {"target": ["sold"]}, "row 0 of h.csv holds 'maybe'; must be 1 or 0, true or"),
        ({"sold": ["1", ""] * (ROWS // 2)}, {"target": ["sold"]}, "no value in 30 of the 60 rows of h.csv, the"),
        ({"tags": ["NA"] + ["a|b"] * (ROWS - 1)}, {}, "dataset.unlabelled=['NA'] leaves them out"),
        ({"tags": [""] * ROWS}, {}, "target=tags: no row of h.csv has a word"),
        ({"tags": ["a|A"] * ROWS}, {}, "differ in case alone"),
        ({"tags": [f"a|b{i}" for i in range(ROWS)]}, {"most_classes": 9}, "most_classes=61 takes them for labels"),
        ({"tags": ["a|b", "a"] * (ROWS // 2)}, {}, "target=tags: every row of h.csv has the label a"),
        ({}, {"target": ["tags", "tags"]}, "target=['tags', 'tags']: has tags twice"),
        ({}, {"target": []}, "target=[]: must name the column of h.csv that holds words, or the columns of labels"),
        ({}, {"target": ["sold", "nev"]}, "target: h.csv has no column nev; did you mean new?"),
        ({}, {"target": ["sold"], "columns": ["size", "sold"]}, "columns=['size', 'sold']: sold is the target"),
        ({}, {"task": "classification", "target": ["sold"]}, "must be one column of classes; dataset.task=regression"),
        ({}, {"task": "regression", "target": ["price"], "group": "price"}, "group=price: is the target"),
    ],
)  # fmt: skip
def test_targets_that_cannot_be_are_refused(changed, asked, said, tmp_path):
    assert said in refusal(tabular, tmp_path, saved(tmp_path, **changed), **BITS | asked)


def test_scikit_learns_sets_are_of_classes():
    assert "task=regression: must be classification" in refusal(tabular, "no", "iris", target=None, task="regression")


@pytest.mark.parametrize("asked", [REAL, BITS])
class TestSides:
    """What is for testing, whatever the target."""

    def test_groups_are_on_one_side(self, asked, tmp_path):
        split = tabular(tmp_path, saved(tmp_path), **asked, group="owner")
        own = set(HOUSES["owner"][split.source_index.tolist()])
        others = set(HOUSES["owner"].drop(split.source_index.tolist()))
        assert not own & others
        assert len(split.test_y) == ROWS - len(split.y)

    def test_the_last_are_for_testing(self, asked, tmp_path):
        split = tabular(tmp_path, saved(tmp_path), **asked, order="day")
        assert HOUSES["day"][split.source_index.tolist()].max() < HOUSES["day"].drop(split.source_index.tolist()).min()

    def test_each_row_is_in_one_fold(self, asked, tmp_path):
        source = saved(tmp_path)
        splits = [tabular(tmp_path, source, **asked, fold=fold, folds=4) for fold in range(4)]
        tested = [set(range(ROWS)) - set(split.source_index.tolist()) for split in splits]
        assert sorted(row for part in tested for row in part) == list(range(ROWS))
        assert {len(part) for part in tested} == {ROWS // 4}

    def test_a_file_may_be_the_test_part(self, asked, tmp_path):
        test = write(HOUSES[::-1][:20], tmp_path / "test.csv")
        split = tabular(tmp_path, saved(tmp_path), **asked, test_source=test)
        assert torch.equal(split.test_y, split.y.flip(0)[:20])

    def test_groups_and_the_last_are_held_out(self, asked, tmp_path):
        saved(tmp_path)
        target, task = asked["target"], asked["task"]
        fitting = {"regression": "loss=mse", "multilabel": "loss=bce"}[task]
        said = ["dataset=tabular", "dataset.source=h.csv", f"dataset.target={target}", f"dataset.task={task}", fitting]
        said += ["dataset.columns=[size,age]", f"exec.data_root={tmp_path}", "val_fraction=0.25"]
        (cell,) = compose_cells([*said, "dataset.group=owner"], multirun=False)
        prepared, _ = prepare(cell.data, [0, 1], cell.exec)
        group = prepared.split.group
        assert not set(group[prepared.train.place[0]].tolist()) & set(group[prepared.val.place[0]].tolist())
        (cell,) = compose_cells([*said, "dataset.order=day"], multirun=False)
        prepared, _ = prepare(cell.data, [0], cell.exec)
        order = prepared.split.order
        assert order[prepared.train.place[0]].max() < order[prepared.val.place[0]].min()


def test_a_label_that_only_the_test_file_has(tmp_path):
    test = saved(tmp_path, "test.csv", tags=["red|new"] * ROWS)
    line = refusal(tabular, tmp_path, saved(tmp_path), **BITS, test_source=test)
    assert "test_source=test.csv: has the label new, of which h.csv has no example" in line


def test_too_few_rows_are_said_without_classes(tmp_path):
    assert "leaves too few of 60 examples to train" in refusal(
        tabular, tmp_path, saved(tmp_path), **REAL, test_size=0.999
    )


def test_a_loss_of_classes_is_refused_with_those_that_fit():
    said = ["dataset=tabular", "dataset.source=h.csv", "dataset.target=price", "dataset.task=regression"]
    with pytest.raises(
        ConfigError, match=r"loss=ce with dataset=tabular: ce fits classification, this is regression; wh.*mse"
    ):
        compose_cells(said, multirun=False)
    with pytest.raises(ConfigError, match="did you mean regression"):
        compose_cells([*said[:-1], "dataset.task=regresion"], multirun=False)


@pytest.mark.parametrize(
    ("asked", "metric"),
    [
        (["dataset.target=[price,rent]", "dataset.task=regression", "loss=mse", "noise_type=outliers"], "test/rmse"),
        (["dataset.target=tags", "dataset.task=multilabel", "loss=bce", "noise_type=missing_bits"], "test/map_macro"),
    ],
)
def test_they_train(asked, metric, tmp_path, measured, compose):
    saved(tmp_path)
    said = ["dataset=tabular", "dataset.source=h.csv", "dataset.columns=[size,age]", f"exec.data_root={tmp_path}"]
    rows = measured(run(**compose(*said, *asked, "noise=0.2", "optimizer=adam", seeds=[0])))
    assert np.isfinite(rows[0, 2][metric])
