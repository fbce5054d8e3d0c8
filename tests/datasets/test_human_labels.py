"""Labels from files: in every format, by number, by name, and what is refused."""

import gzip
import os

import numpy as np
import pytest
import torch

from datasets.human_labels import Examples, human_labels, labels_of
from tests.datasets.files import write_csv

TABLE = {"index": np.array([2, 0, 1]), "said": np.array([5, 6, 7]), "true": np.array([5, 6, 8])}


def write_npy(file, columns):
    rows = list(zip(*columns.values(), strict=True))
    np.save(file, np.array(rows, dtype=[(name, "u1") for name in columns]))


def matched(file, classes=tuple("0123456789"), *, size, index=None, names=None, **changed):
    """The labels of the column `said`, for examples numbered from 0 or as `index` has it."""
    index = torch.arange(size) if index is None else index
    return labels_of(file, "said", None, Examples(torch.zeros(len(index)), classes, index, size, names), **changed)


WRITERS = {
    ".pt": lambda file, columns: torch.save(columns, file),
    ".npz": lambda file, columns: np.savez(file, **columns),
    ".npy": write_npy,
    ".csv": write_csv,
    ".csv.gz": write_csv,
}


@pytest.mark.parametrize("ending", WRITERS)
def test_human_labels_are_read_from_every_format(ending, tmp_path):
    file = tmp_path / f"labels{ending}"
    WRITERS[ending](file, TABLE)
    said = human_labels(file, "said", "true")
    assert said == (["5", "6", "7"], ["5", "6", "8"], None, ["2", "0", "1"], {})


@pytest.mark.parametrize("name", ["a/x.png", "b\\y.png", "y.png"])
def test_names_under_another_heading_are_not_passed_over(tmp_path, name):
    write_csv(tmp_path / "labels.csv", {"image": [name, "z.png"], "said": [5, 6]})
    with pytest.raises(ValueError, match=r"its column image has names of files; call it file, .* such as a/x.png"):
        matched(tmp_path / "labels.csv", size=2, names={0: "a/x.png", 1: "b/y.png"})


def test_without_an_index_the_rows_are_in_order(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [5, 6, 7]})
    assert human_labels(tmp_path / "labels.csv", "said", None) == (["5", "6", "7"], None, None, None, {})
    assert matched(tmp_path / "labels.csv", size=3).tolist() == [5, 6, 7]


def test_a_plain_array_is_the_column_label(tmp_path):
    np.save(tmp_path / "labels.npy", np.array([5, 6, 7], dtype=np.int32))
    assert human_labels(tmp_path / "labels.npy", "label", None).labels == ["5", "6", "7"]


def test_arrays_saved_beside_an_older_numpy_are_read(tmp_path):
    file = tmp_path / "labels.pt"
    torch.save(TABLE, file, _use_new_zipfile_serialization=False)
    raw = file.read_bytes()
    assert b"cnumpy._core.multiarray\n" in raw
    file.write_bytes(raw.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"))
    assert human_labels(file, "said", None).labels == ["5", "6", "7"]


class Trap:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("trap.pt", lambda file, trap: torch.save({"said": trap}, file)),
        ("trap.npy", lambda file, trap: np.save(file, np.array([trap], dtype=object), allow_pickle=True)),
        ("trap.npz", lambda file, trap: np.savez(file, said=np.array([trap], dtype=object))),
    ],
)
def test_a_file_that_would_run_code_is_refused_and_runs_none(name, write, tmp_path):
    write(tmp_path / name, Trap(tmp_path / "sprung"))
    with pytest.raises(ValueError, match="could run code"):
        human_labels(tmp_path / name, "said", None)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("ending", WRITERS)
def test_half_a_file_of_labels_is_refused(ending, tmp_path):
    file = tmp_path / f"labels{ending}"
    WRITERS[ending](file, TABLE)
    file.write_bytes(file.read_bytes()[: -8 if ending != ".csv" else -4])
    with pytest.raises(ValueError, match=r"labels.* is damaged"):
        human_labels(file, "said", None)


@pytest.mark.parametrize(("column", "clean"), [("mean", None), ("said", "mean")])
def test_a_missing_column_is_answered_with_those_there_are(column, clean, tmp_path):
    write_csv(tmp_path / "labels.csv", TABLE)
    with pytest.raises(ValueError, match="no column mean; its columns are: index, said, true"):
        human_labels(tmp_path / "labels.csv", column, clean)


PETS = ("cat", "dog", "frog")


@pytest.mark.parametrize(
    ("cells", "strange"),
    [
        (["cat", "cow"], "cow"),
        (["dog", "frok"], r"frok \(did you mean frog\?\)"),
        (["", "1"], "an empty field"),
        (["1.5", "1"], "1.5"),
        (["1", "-1"], "-1"),
        (["1", "3"], "3"),
        (["1", "9" * 30], "9" * 30),
        (["1", "cat"], "both names and numbers"),
    ],
)
def test_a_label_that_is_no_class_is_refused_with_its_column(cells, strange, tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": cells, "note": ["fine", "words"]})
    with pytest.raises(ValueError, match=f"column said holds {strange}, and classes are 0 to 2, or by name cat, dog, "):
        matched(tmp_path / "labels.csv", PETS, size=2)


@pytest.mark.parametrize(
    ("classes", "cells", "meant"),
    [
        (PETS, ["frog", "cat"], [2, 0]),
        (PETS, ["2", "0 "], [2, 0]),
        (("1", "2", "3"), ["3", "1"], [2, 0]),
        (("1", "2", "3"), ["2", "0"], [2, 0]),
        (("0", "1", "2"), ["2", "0"], [2, 0]),
    ],
)
def test_a_class_is_called_by_its_name_or_its_number(classes, cells, meant, tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": cells})
    assert matched(tmp_path / "labels.csv", classes, size=2).tolist() == meant


def test_a_name_that_is_the_number_of_another_class_is_refused(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [1, 2]})
    with pytest.raises(ValueError, match="holds 1, the name of one class and the number of another"):
        matched(tmp_path / "labels.csv", ("1", "2", "3"), size=2)


def test_labels_that_are_neither_numbers_nor_text_are_refused(tmp_path):
    np.savez(tmp_path / "labels.npz", said=np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="column said must hold whole numbers or text, not float64"):
        human_labels(tmp_path / "labels.npz", "said", None)


@pytest.mark.parametrize(
    "values",
    [
        torch.zeros(3, requires_grad=True),
        torch.zeros(3, dtype=torch.bfloat16),
        torch.zeros(3, dtype=torch.int64).to_sparse(),
        [[0], [1, 2], [3]],
        torch.zeros(3, 2, dtype=torch.int64),
    ],
    ids=["gradient", "bfloat16", "sparse", "ragged", "several"],
)
def test_what_is_not_one_label_a_row_is_refused(tmp_path, values):
    torch.save({"said": values}, tmp_path / "labels.pt")
    with pytest.raises(ValueError, match="column said must hold one "):
        matched(tmp_path / "labels.pt", size=6 if torch.is_tensor(values) and values.dim() == 2 else 3)


def test_columns_that_are_not_asked_for_may_hold_anything(tmp_path):
    torch.save({"said": [5, 6], "made": 2026, "votes": [[5], [6, 7]]}, tmp_path / "labels.pt")
    assert matched(tmp_path / "labels.pt", size=2, names={0: "a/x.png", 1: "b/y.png"}).tolist() == [5, 6]


@pytest.mark.parametrize("name", ["labels.CSV", "labels.Csv.GZ"])
def test_an_ending_of_a_label_file_may_be_in_capitals(tmp_path, name):
    raw = b"said\n5\n6\n"
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("GZ") else raw)
    assert matched(tmp_path / name, size=2).tolist() == [5, 6]


def test_rows_of_empty_cells_are_none(tmp_path):
    (tmp_path / "labels.csv").write_text("file,said\na/x.png,5\n , \n,\nb/y.png,6\n")
    told = []
    found = matched(tmp_path / "labels.csv", size=2, names={0: "a/x.png", 1: "b/y.png"}, tell=told.append)
    assert found.tolist() == [5, 6]
    assert told == [f"{tmp_path}/labels.csv: 2 rows, whose by the column file; said: 2 classes: 5 1, 6 1"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"said\n5\n6\x00\n", r"cannot be read as a table \(line 3 holds a zero"),
        ("said\n5\n6\n".encode("utf-16-le"), r"cannot be read as a table \(it holds zeros, as no text does\)"),
        (b"PK\x03\x04", r"cannot be read as a table \(it is an Excel or zip file"),
        (b'file,said\na/x.png,"5\nb/y.png,6\n"\n', "the first is b/y.png; cells hold line breaks, as where"),
    ],
)
def test_a_file_of_labels_that_is_no_table_is_refused(tmp_path, raw, said):
    (tmp_path / "labels.csv").write_bytes(raw)
    with pytest.raises(ValueError, match=said):
        matched(tmp_path / "labels.csv", size=2, names={0: "a/x.png", 1: "b/y.png"})


@pytest.mark.parametrize("index", [[0, 0, 1], [0, 1, -1], [0, 1, "x"], [0, 1, "2" * 5000]])
def test_an_index_that_is_none_is_refused(index, tmp_path):
    write_csv(tmp_path / "labels.csv", TABLE | {"index": index})
    with pytest.raises(ValueError, match="index must hold different numbers from 0"):
        matched(tmp_path / "labels.csv", size=3)


def test_an_example_that_is_named_twice_is_refused(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [0, 1], "file": ["a/x.png", "./a/x.png"]})
    with pytest.raises(ValueError, match="column file must hold different names"):
        matched(tmp_path / "labels.csv", size=1, names={0: "a/x.png"})


def test_without_names_of_ones_own_a_column_of_files_says_nothing(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [0, 1], "file": ["x", "x"]})
    assert matched(tmp_path / "labels.csv", size=2).tolist() == [0, 1]


def test_numbers_that_may_have_gaps_do_not_say_how_many_rows_there_are(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [0, 1, 2, 3]})
    assert matched(tmp_path / "labels.csv", size=None, index=torch.tensor([3, 1])).tolist() == [3, 1]


def test_columns_of_different_lengths_are_refused(tmp_path):
    np.savez(tmp_path / "labels.npz", said=np.arange(3), true=np.arange(4))
    with pytest.raises(ValueError, match="not of one length"):
        human_labels(tmp_path / "labels.npz", "said", "true")


def test_another_format_is_refused_with_those_there_are(tmp_path):
    (tmp_path / "labels.txt").write_text("5")
    with pytest.raises(ValueError, match=r"must be one of \.pt, \.npz, \.npy, \.csv, \.csv\.gz"):
        human_labels(tmp_path / "labels.txt", "said", None)


def test_a_missing_file_of_labels_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        human_labels(tmp_path / "nowhere.csv", "said", None)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (range(1, 7), "holds 1 to 6, and the first example is 0: noise_type.first=1 takes 1 for the first"),
        (range(1, 6), "holds 1 to 5, and the first example is 0"),
        ([0, 1, 2, 3, 4, 999], "holds 999, and examples are 0 to 5"),
        ([1, 2, 3, 5, 4, 9], "holds 9, and examples are 0 to 5"),
    ],
)
def test_numbers_that_no_example_has_are_refused(tmp_path, numbers, said):
    write_csv(tmp_path / "l.csv", {"index": list(numbers), "said": [k % 3 for k, _ in enumerate(numbers)]})
    with pytest.raises(ValueError, match=said):
        matched(tmp_path / "l.csv", size=6, index=torch.tensor([2, 3]))


def test_numbers_from_one_are_taken_as_is_said(tmp_path):
    write_csv(tmp_path / "l.csv", {"index": range(1, 7), "said": range(6)})
    index = torch.tensor([4, 0])
    assert matched(tmp_path / "l.csv", size=6, index=index, first=1).tolist() == [4, 0]
    write_csv(tmp_path / "l.csv", {"index": range(1, 6), "said": range(5)})
    assert matched(tmp_path / "l.csv", size=6, index=torch.tensor([4]), first=0).tolist() == [3]
    write_csv(tmp_path / "l.csv", {"index": range(6), "said": range(6)})
    with pytest.raises(ValueError, match="holds 0, and examples are 1 to 6"):
        matched(tmp_path / "l.csv", size=6, index=index, first=1)


def test_names_that_no_example_has_are_said(tmp_path):
    write_csv(tmp_path / "l.csv", {"file": ["a.png", "b.png", "tset.png"], "said": [0, 1, 2]})
    told = []
    names = {0: "a.png", 1: "b.png"}
    assert matched(
        tmp_path / "l.csv", size=None, index=torch.tensor([1, 0]), names=names, tell=told.append
    ).tolist() == [1, 0]
    assert told == [
        f"{tmp_path}/l.csv: 3 rows, whose by the column file, 1 of no training example, the first is tset.png; "
        "said: 3 classes: 0 1, 1 1, 2 1"
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_file_of_labels_is_read_however_it_is_written(tmp_path, separator, encoding, ending):
    lines = [["index", "said"], ["0", "caf\u00e9"], ["1", "cafe\u0301 "], ["2", "dog"]]
    (tmp_path / f"l.{ending}").write_text("\n".join(map(separator.join, lines)), encoding=encoding)
    assert matched(tmp_path / f"l.{ending}", ("caf\u00e9", "dog"), size=3).tolist() == [0, 0, 1]


def test_labels_of_another_encoding_are_refused(tmp_path):
    (tmp_path / "l.csv").write_bytes("index,said\n0,caf\u00e9\n".encode("cp1252"))
    with pytest.raises(ValueError, match="is not UTF-8; save it as such"):
        matched(tmp_path / "l.csv", size=1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("worse,worse\n0,1\n", "has two columns of the name worse"),
        ("index,worse\n", "has a header but no rows"),
        ("index,worse\n0,1\n1\n", "is damaged: it has 2 columns, and a row of 1: 1"),
    ],
)
def test_what_is_wrong_with_a_file_of_labels_is_said(content, said, tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=said):
        human_labels(file, "worse", None)
