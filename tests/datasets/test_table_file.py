"""The cells of a table in each format."""

import pytest
import torch

from datasets.split import fingerprint
from tests.datasets.tables import PEOPLE, ROWS, refusal, tabular, write


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet"])
def test_every_format_gives_the_same_numbers(suffix, tmp_path):
    split = tabular(tmp_path, write(PEOPLE, tmp_path / f"people{suffix}"))
    same = tabular(tmp_path, write(PEOPLE, tmp_path / "same.csv"))
    assert fingerprint(*split[:4]) == fingerprint(*same[:4])
    assert split.x.dtype == torch.float32
    assert split.x.shape == (32, 3 + 4)  # steps, age, member; three towns and none
    assert split.classes == ("no", "yes")
    assert split.y.bincount().tolist() == [6, 26]
    assert split.x.isfinite().all()


def test_a_file_is_found_as_given_before_data_root(tmp_path, monkeypatch):
    (tmp_path / "root").mkdir()
    (tmp_path / "here").mkdir()
    write(PEOPLE, tmp_path / "root" / "p.csv")
    assert len(tabular(tmp_path / "root", "p.csv").y) == 32
    monkeypatch.chdir(tmp_path / "here")
    write(PEOPLE[:20], tmp_path / "here" / "p.csv")
    assert len(tabular(tmp_path / "root", "p.csv").y) == 16


@pytest.mark.parametrize(("source", "hint"), [("irs", "did you mean iris?"), ("people.xlsx", ".parquet")])
def test_a_source_that_is_neither_is_refused_with_the_choices(source, hint, tmp_path):
    line = refusal(tabular, tmp_path, source)
    assert "must be iris, wine, breast_cancer, digits, or a file" in line
    assert hint in line


def test_rows_that_end_early_are_counted(tmp_path):
    (tmp_path / "t.csv").write_text("bought,size,town\n" + "a,1,x\nb,2,y\na,2,x\nb,1\n" * 5)
    assert "5 rows end early" in tabular(tmp_path, "t.csv").read[0]


def test_a_file_without_a_header_says_so(tmp_path):
    (tmp_path / "t.csv").write_text("1,2,3\n4,5,6\n")
    assert "no column bought; is its first line no header? columns: 1, 2, 3" in refusal(tabular, tmp_path, "t.csv")


def test_a_name_twice_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("size,size,bought\n" + "1,2,a\n2,1,b\n" * 5)
    assert "has two columns of the name size" in refusal(tabular, tmp_path, "t.csv")


def test_empty_columns_that_separators_at_the_end_make_are_left_out(tmp_path):
    (tmp_path / "t.csv").write_text("steps,bought,,\n" + "1,a,,\n2,b,,\n2,a,,\n1,b,,\n" * 5)
    split = tabular(tmp_path, "t.csv")
    assert "20 rows of 2 columns; 2 empty columns without a name left out" in split.read[0]
    assert [column.name for column in split.columns] == ["steps"]


def test_a_named_index_is_a_column(tmp_path):
    rows = PEOPLE.assign(owner=[f"p{i // 2}" for i in range(ROWS)]).set_index("owner")
    split = tabular(tmp_path, write(rows, tmp_path / "t.parquet"), group="owner")
    assert len(split.group.unique()) * 2 == len(split.group)


@pytest.mark.parametrize("cell", [[1, 2], {"a": 1}, b"a"])
def test_cells_that_are_neither_number_nor_word_are_refused(cell, tmp_path):
    source = write(PEOPLE.assign(odd=[cell] * ROWS), tmp_path / "t.parquet")
    assert "its column odd holds cells of the type" in refusal(tabular, tmp_path, source)
