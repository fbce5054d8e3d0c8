"""What tables and texts share: rows, classes and parts."""

import sys

import pandas as pd
import pytest
import torch

from tests.datasets.tables import PEOPLE, REVIEWS, ROWS, refusal, tabular, text, write


def test_the_numbers_of_the_examples_are_their_rows(tmp_path):
    split = tabular(tmp_path, write(PEOPLE.assign(id=range(ROWS)), tmp_path / "people.csv"), columns=["id"])
    number = split.source_index.float()
    assert torch.allclose(split.x[:, 0], (number - number.mean()) / number.std(unbiased=False), atol=1e-6)
    assert [split.classes[k] for k in split.y] == [PEOPLE["bought"][i] for i in split.source_index.tolist()]


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([10, 9, 2], ("2", "9", "10")),
        ([1.25, 0.5, 10.5], ("0.5", "1.25", "10.5")),
        ([True, False], ("False", "True")),
        (["b", "c", "a"], ("a", "b", "c")),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_classes_are_the_values_of_the_target_in_order(values, classes, suffix, tmp_path):
    frame = pd.DataFrame({"x": range(12), "bought": values * (12 // len(values))})
    split = tabular(tmp_path, write(frame, tmp_path / f"t{suffix}"), test_size=0.4, columns=["x"])
    assert split.classes == classes
    rank = sorted(values).index
    assert split.y.tolist() == [rank(values[i % len(values)]) for i in split.source_index.tolist()]


def test_a_second_file_is_the_test_part_and_the_first_is_whole(tmp_path):
    train = write(PEOPLE, tmp_path / "train.csv")
    test = write(PEOPLE[::-1][["bought", "member", "town", "age", "steps"]][:10], tmp_path / "test.parquet")
    split = tabular(tmp_path, train, test_source=test)
    assert split.source_index.tolist() == list(range(ROWS))
    assert torch.equal(split.test_x, split.x.flip(0)[:10])
    assert torch.equal(split.test_y, split.y.flip(0)[:10])


@pytest.mark.parametrize(("load", "column"), [(tabular, "bought"), (text, "label")])
class TestBothKinds:
    """What tabular and text refuse alike."""

    def frame(self, load):
        return PEOPLE if load is tabular else REVIEWS

    def test_a_file_that_is_not_there(self, load, column, tmp_path):
        line = refusal(load, tmp_path, "none.csv", target=column)
        assert "source=none.csv: there is no such file" in line
        assert f"{tmp_path} (exec.data_root)" in line

    def test_another_test_file_that_is_not_there(self, load, column, tmp_path):
        source = write(self.frame(load), tmp_path / "t.csv")
        assert "test_source=none.csv" in refusal(load, tmp_path, source, target=column, test_source="none.csv")

    @pytest.mark.parametrize("suffix", [".parquet", ".csv.gz"])
    def test_half_a_file(self, load, column, suffix, tmp_path):
        file = tmp_path / f"half{suffix}"
        write(self.frame(load), file)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        assert f"source=half{suffix}: cannot be read" in refusal(load, tmp_path, file.name, target=column)

    @pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".parquet"])
    def test_a_file_of_anything_else(self, load, column, suffix, tmp_path):
        (tmp_path / f"noise{suffix}").write_bytes(bytes(range(256)) * 20)
        line = refusal(load, tmp_path, f"noise{suffix}", target=column)
        assert f"source=noise{suffix}: cannot be read" in line

    def test_rows_longer_than_the_header(self, load, column, tmp_path):
        """pandas would take the first column for names of the rows, or leave the last out."""
        (tmp_path / "t.csv").write_text(f"text,{column}\n" + "1,2,3\n" * 5)
        assert "cannot be read as a table" in refusal(load, tmp_path, "t.csv", target=column)

    def test_an_empty_file(self, load, column, tmp_path):
        (tmp_path / "t.csv").write_text("")
        assert "t.csv: the file is empty" in refusal(load, tmp_path, "t.csv", target=column)

    @pytest.mark.parametrize("suffix", [".csv", ".parquet"])
    def test_a_file_without_rows(self, load, column, suffix, tmp_path):
        source = write(self.frame(load)[:0], tmp_path / f"t{suffix}")
        assert "a header but no rows" in refusal(load, tmp_path, source, target=column)

    def test_a_target_that_is_not_there(self, load, column, tmp_path):
        source = write(self.frame(load), tmp_path / "t.csv")
        line = refusal(load, tmp_path, source, target=column[:-1] + "z")
        assert f"target: t.csv has no column {column[:-1]}z; did you mean {column}? columns: " in line

    def test_rows_without_a_target(self, load, column, tmp_path):
        frame = self.frame(load).copy()
        frame.loc[[3, 5, 6], column] = None
        source = write(frame, tmp_path / "t.csv")
        assert f"target={column}: no value in 3 of the 40 rows of t.csv" in refusal(
            load, tmp_path, source, target=column
        )

    def test_a_single_class(self, load, column, tmp_path):
        source = write(self.frame(load).assign(**{column: "a"}), tmp_path / "t.csv")
        assert "all of t.csv is of the class a" in refusal(load, tmp_path, source, target=column)

    def test_a_class_of_one_example(self, load, column, tmp_path):
        frame = self.frame(load).copy()
        frame.loc[0, column] = "rare"
        source = write(frame, tmp_path / "t.csv")
        assert "class rare has a single example" in refusal(load, tmp_path, source, target=column)

    def test_a_class_that_only_the_test_file_has(self, load, column, tmp_path):
        source = write(self.frame(load), tmp_path / "t.csv")
        test = write(self.frame(load).assign(**{column: "new"}), tmp_path / "u.csv")
        line = refusal(load, tmp_path, source, target=column, test_source=test)
        assert "test_source=u.csv: has the class new, of which t.csv has no example" in line

    def test_a_continuous_target(self, load, column, tmp_path):
        frame = pd.concat([self.frame(load)] * 5)
        source = write(frame.assign(**{column: [i / 7 for i in range(200)]}), tmp_path / "t.csv")
        assert f"target={column}: looks continuous" in refusal(load, tmp_path, source, target=column)

    def test_a_package_that_is_not_installed(self, load, column, tmp_path, monkeypatch):
        source = write(self.frame(load), tmp_path / "t.parquet")
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        assert "pip install -e '.[data]'" in refusal(load, tmp_path, source, target=column)


def test_many_whole_numbers_are_classes_if_that_is_said(tmp_path):
    frame = pd.DataFrame({"x": range(440), "bought": [i // 2 for i in range(440)]})
    said = {"test_size": 0.5, "columns": ["x"]}
    source = write(frame, tmp_path / "t.csv")
    line = refusal(tabular, tmp_path, source, **said)
    assert "target=bought: has 220 different numbers such as 0 in the 440 rows of t.csv" in line
    assert "dataset.most_classes=220 takes them for such" in line
    assert len(tabular(tmp_path, source, **said, most_classes=220).classes) == 220


def test_a_file_needs_a_target(tmp_path):
    source = write(PEOPLE, tmp_path / "t.csv")
    assert "target=null: must name the column of t.csv" in refusal(tabular, tmp_path, source, target=None)


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_a_split_that_leaves_too_few_is_refused(share, tmp_path):
    source = write(PEOPLE, tmp_path / "t.csv")
    line = refusal(tabular, tmp_path, source, test_size=share)
    assert f"test_size={share}: leaves too few of 40 examples of 2 classes" in line


def test_what_is_read_is_said(tmp_path):
    frame = PEOPLE.assign(dose=["1,5 mg", "2,5 mg"] * (ROWS // 2), id=range(ROWS))
    frame.to_csv(tmp_path / "p.csv", index=False, sep=";")
    split = tabular(tmp_path, "p.csv", drop=["id"])
    assert split.read == (
        "p.csv: 40 rows of 7 columns; separated by semicolon; bought: 2 classes: no 8, yes 32",
        "numbers: steps, age (4 missing), member, dose (mg, decimal comma); categories: town (9 missing, 4 values); "
        "left out: id",
        "32 rows are for training, 8 for testing",
    )
    write(REVIEWS[::-1], tmp_path / "s.csv")
    assert text(tmp_path, write(REVIEWS, tmp_path / "r.csv"), test_source="s.csv").read == (
        "r.csv: 40 rows of 2 columns; label: 2 classes: bad 20, good 20; text: text",
        "s.csv: 40 rows of 2 columns; label: 2 classes: bad 20, good 20",
    )


@pytest.mark.parametrize("values", [["01", "1"], ["1e2", "100"], ["1.0", "1"], ["None", "other"], ["NA", "EU"]])
def test_classes_are_the_words_as_written(values, tmp_path):
    frame = PEOPLE[["steps"]].assign(bought=values * (ROWS // 2))
    split = tabular(tmp_path, write(frame, tmp_path / "t.csv"), unlabelled=[])
    assert sorted(split.classes) == sorted(values)


def test_rows_without_a_class_are_left_out_where_that_is_said(tmp_path):
    frame = PEOPLE.assign(bought=["", "NA", "yes", "no"] * (ROWS // 4))[["steps", "bought"]]
    source = write(frame, tmp_path / "t.csv")
    line = refusal(tabular, tmp_path, source)
    assert (
        "no value in 20 of the 40 rows of t.csv ('' 10, 'NA' 10); dataset.unlabelled=['','NA'] leaves them out" in line
    )
    split = tabular(tmp_path, source, unlabelled=["", "NA"])
    assert all(i % 4 > 1 for i in split.source_index.tolist())
    assert len(split.y) + len(split.test_y) == ROWS // 2
    assert split.source_size == ROWS
    assert "20 left out, without a class" in split.read[0]
    assert tabular(tmp_path, source, unlabelled=[""]).classes == ("NA", "no", "yes")
    assert "no value in 10 of the 40 rows" in refusal(tabular, tmp_path, source, unlabelled=["NA"])
    assert "leaves no row" in refusal(tabular, tmp_path, source, unlabelled=["", "NA", "yes", "no"])


def test_case_alone_is_asked_about_and_blanks_are_not(tmp_path):
    frame = PEOPLE.assign(bought=["Yes", "yes", "no ", "no"] * (ROWS // 4)).drop(columns="town")
    source = write(frame, tmp_path / "t.csv")
    assert "t.csv has Yes (10) and yes (10), which differ in case alone; dataset.alike=merge" in refusal(
        tabular, tmp_path, source
    )
    assert tabular(tmp_path, source, alike="merge").classes == ("Yes", "no")
    assert tabular(tmp_path, source, alike="keep").classes == ("Yes", "no", "yes")


@pytest.mark.parametrize("load", [tabular, text])
def test_a_test_file_with_the_rows_of_the_training_file_is_refused(load, tmp_path):
    frame, target = (PEOPLE, "bought") if load is tabular else (REVIEWS, "label")
    source = write(frame, tmp_path / "t.csv")
    assert "test_source=t.csv: has the rows of t.csv" in refusal(load, tmp_path, source, test_source=source)
    copy = write(frame, tmp_path / "u.csv")
    assert "test_source=u.csv: has the rows of t.csv" in refusal(
        load, tmp_path, source, test_source=copy, target=target
    )


def test_an_order_is_read_with_the_decimal_mark_asked_for(tmp_path):
    days = [f"{1 + i // 10},{i % 10}00" for i in range(ROWS)]
    source = write(PEOPLE.assign(day=days)[::-1], tmp_path / "t.csv")
    split = tabular(tmp_path, source, order="day", decimal="comma", drop=["age"])
    assert split.order.tolist() == sorted(split.order.tolist(), reverse=True)
