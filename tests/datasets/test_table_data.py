"""Tables and texts, from small files in their real formats."""

import gzip
import sys

import pandas as pd
import pytest
import torch

from datasets.holdout import holdout
from datasets.split import fingerprint
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.nodes.build import build
from tests.zoo import node

ROWS = 40
PEOPLE = pd.DataFrame(
    {
        "steps": [i * i % 37 for i in range(ROWS)],
        "age": [20.0 + i if i % 8 else None for i in range(ROWS)],
        "town": ["Bern", "Oslo", None, "Rome"] * (ROWS // 4),
        "member": [i % 3 == 0 for i in range(ROWS)],
        "bought": [["yes", "no"][i % 5 == 0] for i in range(ROWS)],
    }
)
REVIEWS = pd.DataFrame(
    {
        "text": [["a very good film", "a very bad film", "NA", "?"][i % 4] for i in range(ROWS)],
        "label": [["good", "bad"][i % 2] for i in range(ROWS)],
    }
)


def write(frame, file):
    if file.suffix == ".parquet":
        frame.to_parquet(file)
    else:
        frame.to_csv(file, index=False, sep="\t" if ".tsv" in file.name else ",")
    return file.name


def tabular(root, source, **changed):
    asked_for = node("tabular", "dataset") | {"source": source, "target": "bought"} | changed
    return build("dataset", asked_for, data_root=str(root), download=False)


def text(root, source, **changed):
    asked_for = node("text", "dataset") | {"source": source} | changed
    return build("dataset", asked_for, data_root=str(root), download=False)


def refusal(load, *args, **changed):
    with pytest.raises(ConfigError) as error:
        load(*args, **changed)
    assert "\n" not in str(error.value)
    return str(error.value)


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


def test_the_numbers_of_the_examples_are_their_rows(tmp_path):
    split = tabular(tmp_path, write(PEOPLE.assign(id=range(ROWS)), tmp_path / "people.csv"), columns=["id"])
    number = split.source_index.float()
    assert torch.allclose(split.x[:, 0], (number - number.mean()) / number.std(unbiased=False), atol=1e-6)
    assert [split.classes[k] for k in split.y] == [PEOPLE["bought"][i] for i in split.source_index.tolist()]


def test_numbers_have_the_statistics_of_the_training_part_only(tmp_path):
    frame = PEOPLE[["age", "bought"]].copy()
    train, test = holdout(torch.tensor(pd.factorize(frame["bought"], sort=True)[0]), 0.2, ["no", "yes"])
    frame.loc[test.tolist(), "age"] = 1e6
    frame.loc[test[0].item(), "age"] = None
    split = tabular(tmp_path, write(frame, tmp_path / "people.csv"))
    seen = frame["age"][train.tolist()]
    filled = torch.tensor(seen.fillna(seen.median()).to_numpy())
    mean, std = filled.mean().item(), filled.std(unbiased=False).item()
    assert torch.allclose(split.x[:, 0], ((filled - mean) / std).float(), atol=1e-6)
    assert split.test_x[0, 0].item() == pytest.approx((seen.median() - mean) / std, abs=1e-6)
    assert split.test_x[1, 0].item() == pytest.approx((1e6 - mean) / std, rel=1e-6)


def test_a_category_that_training_never_saw_is_all_zeros(tmp_path):
    train = write(PEOPLE[["town", "bought"]], tmp_path / "train.csv")
    test = write(PEOPLE[["town", "bought"]].assign(town="Paris"), tmp_path / "test.csv")
    split = tabular(tmp_path, train, test_source=test)
    assert split.x.shape == (40, 4)
    assert torch.equal(split.x.sum(1), torch.ones(40))
    assert torch.equal(split.test_x, torch.zeros(40, 4))


def test_a_missing_category_is_one_of_its_own(tmp_path):
    frame = PEOPLE[["town", "bought"]]
    split = tabular(tmp_path, write(frame, tmp_path / "train.csv"))
    gaps = [i % 4 == 2 for i in split.source_index.tolist()]
    (own,) = {row.argmax().item() for row in split.x[gaps]}
    assert split.x[[not gap for gap in gaps], own].sum() == 0


def test_rare_categories_share_a_column(tmp_path):
    frame = pd.DataFrame({"town": [f"t{i % 50}" for i in range(220)], "bought": [i % 3 for i in range(220)]})
    assert tabular(tmp_path, write(frame, tmp_path / "many.csv")).x.shape == (176, 32)


def test_a_category_that_training_never_saw_is_no_rare_one(tmp_path):
    frame = pd.DataFrame({"town": [f"t{i % 50}" for i in range(220)], "bought": [i % 3 for i in range(220)]})
    train, test = write(frame, tmp_path / "t.csv"), write(frame.assign(town="Paris"), tmp_path / "u.csv")
    assert tabular(tmp_path, train, test_source=test).test_x.count_nonzero() == 0


def test_a_question_mark_is_missing_and_leaves_numbers_numbers(tmp_path):
    (tmp_path / "uci.csv").write_text("size, bought\n" + "1, a\n2, b\n?, b\n" * 4)
    split = tabular(tmp_path, "uci.csv", test_size=0.25)
    assert split.x.shape == (9, 1)
    assert split.classes == ("a", "b")


def test_what_is_no_float_becomes_the_median(tmp_path):
    frame = pd.DataFrame({"size": [1.0, 2.0, 9.0, float("-inf"), None, 1e300] * 4, "bought": ["a", "b"] * 12})
    test = write(frame[:12], tmp_path / "test.parquet")
    split = tabular(tmp_path, write(frame, tmp_path / "train.parquet"), test_source=test)
    assert torch.equal(split.x[3:6], split.x[[1, 1, 1]])
    assert torch.equal(split.x[:12], split.test_x)


def test_a_column_without_any_value_is_no_trouble(tmp_path):
    split = tabular(tmp_path, write(PEOPLE.assign(empty=None), tmp_path / "people.csv"))
    assert split.x.shape == (32, 8)
    assert split.x.isfinite().all()


def test_dropped_columns_are_gone(tmp_path):
    assert tabular(tmp_path, write(PEOPLE, tmp_path / "p.csv"), drop=["steps", "town"]).x.shape == (32, 2)


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


def test_a_file_is_found_as_given_before_data_root(tmp_path, monkeypatch):
    (tmp_path / "root").mkdir()
    (tmp_path / "here").mkdir()
    write(PEOPLE, tmp_path / "root" / "p.csv")
    assert len(tabular(tmp_path / "root", "p.csv").y) == 32
    monkeypatch.chdir(tmp_path / "here")
    write(PEOPLE[:20], tmp_path / "here" / "p.csv")
    assert len(tabular(tmp_path / "root", "p.csv").y) == 16


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [("iris", (120, 4), 3), ("wine", (142, 13), 3), ("breast_cancer", (455, 30), 2), ("digits", (1437, 64), 10)],
)
def test_scikit_learns_sets_are_standardised(name, shape, classes):
    split = tabular("nowhere", name, target=None)
    assert split.x.shape == shape
    assert len(split.classes) == classes
    varies = split.x.std(0) > 0
    assert torch.allclose(split.x.mean(0), torch.zeros(shape[1]), atol=1e-5)
    assert torch.allclose(split.x.std(0, unbiased=False)[varies], torch.ones(int(varies.sum())), atol=1e-5)


def test_the_classes_of_iris_have_their_names():
    assert tabular("nowhere", "iris", target=None).classes == ("setosa", "versicolor", "virginica")


@pytest.mark.parametrize("changed", [{"target": "species"}, {"target": None, "test_source": "t.csv"}])
def test_what_scikit_learns_sets_have_no_use_for_must_be_null(changed):
    assert "must be null" in refusal(tabular, "nowhere", "iris", **changed)


@pytest.mark.parametrize(("source", "hint"), [("irs", "did you mean iris?"), ("people.xlsx", ".parquet")])
def test_a_source_that_is_neither_is_refused_with_the_choices(source, hint, tmp_path):
    line = refusal(tabular, tmp_path, source)
    assert "must be iris, wine, breast_cancer, digits, or a file" in line
    assert hint in line


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


def test_a_column_to_drop_that_is_not_there_is_named(tmp_path):
    source = write(PEOPLE, tmp_path / "t.csv")
    assert "drop: t.csv has no column step; did you mean steps?" in refusal(tabular, tmp_path, source, drop=["step"])


@pytest.mark.parametrize("frame", [PEOPLE[["bought"]], PEOPLE[["bought"]].assign(x=1, town="Bern")])
def test_a_table_without_any_column_that_varies_is_refused(frame, tmp_path):
    source = write(frame, tmp_path / "t.csv")
    assert "no column but the target varies" in refusal(tabular, tmp_path, source)


def test_a_column_that_the_test_file_lacks_is_named(tmp_path):
    source, test = write(PEOPLE, tmp_path / "t.csv"), write(PEOPLE.drop(columns="age"), tmp_path / "u.csv")
    assert "test_source: u.csv has no column age" in refusal(tabular, tmp_path, source, test_source=test)


def test_a_column_that_is_numbers_in_one_file_only_is_named(tmp_path):
    source, test = write(PEOPLE, tmp_path / "t.csv"), write(PEOPLE.assign(age="old"), tmp_path / "u.csv")
    said = refusal(tabular, tmp_path, source, test_source=test)
    assert "column age is of numbers in the training part, and 40 of 40 cells of the test part are none" in said


def test_texts_are_vectors_of_length_one(tmp_path):
    split = text(tmp_path, write(REVIEWS, tmp_path / "r.csv"), num_features=256)
    assert split.x.shape == (32, 256)
    assert split.x.dtype == torch.float32
    long = torch.tensor([i % 4 < 3 for i in split.source_index.tolist()])  # "?" is no word
    assert torch.allclose(split.x.norm(dim=1), long.float(), atol=1e-6)
    assert split.classes == ("bad", "good")
    assert ((split.x[long] - split.mean) / split.std).square().mean().item() == pytest.approx(1, abs=1e-5)


def test_a_text_is_its_words_whatever_the_file_is(tmp_path):
    found = [text(tmp_path, write(REVIEWS, tmp_path / f"r{s}")) for s in (".csv", ".tsv.gz", ".parquet")]
    assert len({fingerprint(*split[:4]) for split in found}) == 1
    split = found[0]
    kinds = [split.x[split.source_index % 4 == k] for k in range(4)]
    assert all((kind == kind[0]).all() for kind in kinds)
    assert kinds[0][0] @ kinds[1][0] == pytest.approx(2 / 5, abs=1e-6)  # of 3 words (a letter is none) and 2 pairs
    assert kinds[2][0].count_nonzero() == 1  # "NA" is a text


def test_a_texts_vector_depends_on_no_other_text(tmp_path):
    write(REVIEWS[::-1], tmp_path / "t.csv")
    first = text(tmp_path, write(REVIEWS, tmp_path / "r.csv"), test_source="t.csv")
    other = REVIEWS.assign(text=["entirely other words", *REVIEWS["text"][1:]])
    second = text(tmp_path, write(other, tmp_path / "s.csv"), test_source="t.csv")
    assert torch.equal(first.x[1:], second.x[1:])
    assert torch.equal(first.test_x, second.test_x)
    assert not torch.equal(first.x[0], second.x[0])


def test_n_grams_are_of_words_or_of_characters_as_asked(tmp_path):
    source = write(REVIEWS.assign(text=["one two three"] * (ROWS - 1) + ["four"]), tmp_path / "r.csv")

    def number(**changed):
        return text(tmp_path, source, num_features=2**14, **changed).x[0].count_nonzero().item()

    assert number(ngrams=[1, 1]) == 3
    assert number(ngrams=[1, 2]) == 5
    assert number(ngrams=[3, 3], analyzer="char_wb") == len({"_on", "one", "ne_", "_tw", "two", "wo_"}) + 5


def test_a_missing_text_is_an_empty_one(tmp_path):
    frame = REVIEWS.assign(text=[None if i % 2 else "word" for i in range(ROWS)])
    for suffix in (".csv", ".parquet"):
        split = text(tmp_path, write(frame, tmp_path / f"r{suffix}"))
        assert torch.equal(split.x.count_nonzero(1), 1 - split.source_index % 2)


def test_texts_of_digits_stay_as_they_are_written(tmp_path):
    split = [
        text(tmp_path, write(REVIEWS.assign(text=[t, "word"] * (ROWS // 2)), tmp_path / "r.csv"), num_features=2**14)
        for t in ("0070", "70")
    ]
    assert not torch.equal(split[0].x, split[1].x)


def test_texts_may_hold_line_breaks_and_commas(tmp_path):
    frame = REVIEWS.assign(text=["one,\ntwo"] * (ROWS - 1) + ["three\nfour"])
    split = text(tmp_path, write(frame, tmp_path / "r.csv"), ngrams=[1, 1])
    assert split.x[0].count_nonzero().item() == 2
    assert len(split.y) + len(split.test_y) == ROWS


@pytest.mark.parametrize("which", ["source", "test_source"])
def test_a_text_column_that_is_not_there_is_named(which, tmp_path):
    write(REVIEWS, tmp_path / "r.csv")
    write(REVIEWS.rename(columns={"text": "texts"}), tmp_path / "s.csv")
    write(REVIEWS[::-1], tmp_path / "t.csv")
    files = {"source": "r.csv", "test_source": "t.csv"} | {which: "s.csv"}
    assert "text: s.csv has no column text; did you mean texts?" in refusal(
        text, tmp_path, files.pop("source"), **files
    )


@pytest.mark.parametrize("ngrams", [[2, 1], [1], [1, 2, 3], []])
def test_n_grams_that_are_no_range_are_refused(ngrams, tmp_path):
    source = write(REVIEWS, tmp_path / "r.csv")
    assert f"ngrams={ngrams}: must be two numbers" in refusal(text, tmp_path, source, ngrams=ngrams)


def test_text_without_a_source_says_which_key_is_missing():
    with pytest.raises(ConfigError, match=r"dataset\.source has no default"):
        compose_cells(["dataset=text"], multirun=False)


def test_blank_lines_are_no_rows(tmp_path):
    (tmp_path / "t.csv").write_text("size,bought\n\n1,a\n\n2,b\n3,a\n4,b\n\n")
    (tmp_path / "u.csv").write_text("size,bought\n1,a\n")
    assert sorted(tabular(tmp_path, "t.csv", test_source="u.csv").source_index.tolist()) == [0, 1, 2, 3]


def test_files_packed_by_others_are_read(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbfbought,size\na,1\nb,2\n" + b"a,2\nb,1\n" * 9))
    assert tabular(tmp_path, "t.csv.gz").x.shape == (16, 1)


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


@pytest.mark.parametrize("word", ["n.a.", "-", "?", "unknown"])
def test_an_odd_word_leaves_a_column_of_numbers_one(word, tmp_path):
    """It was a one-hot of all numbers, and 66.7% became chance."""
    (tmp_path / "t.csv").write_text(
        "size,bought\n" + "".join(f"{i % 7},{'ab'[i % 2]}\n" for i in range(30)) + f"{word},a\n"
    )
    split = tabular(tmp_path, "t.csv")
    assert split.x.shape[1] == 1
    assert tabular(tmp_path, "t.csv", kinds={"size": "category"}).x.shape[1] > 7


def test_kinds_are_those_of_the_training_file_in_the_test_file(tmp_path):
    """Codes 01234 beside A1234 were numbers in a test file that happened to have no letter: all rows became zeros."""
    train = PEOPLE[["steps", "bought"]].assign(code=["01234", "A1234"] * (ROWS // 2))
    test = PEOPLE[["steps", "bought"]].assign(code="01234")
    split = tabular(tmp_path, write(train, tmp_path / "t.csv"), test_source=write(test, tmp_path / "u.csv"))
    assert (split.test_x[:, 1:].sum(1) == 1).all()
    assert (split.test_x[:, 1:] == split.x[0, 1:]).all()


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


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("t.csv", "size;bought\n1;a\n2;b\n" * 1),
        ("t.csv", "size\tbought\n1\ta\n2\tb\n"),
        ("t.csv", "size|bought\n1|a\n2|b\n"),
        ("t.tsv", "size,bought\n1,a\n2,b\n"),
        ("t.csv", "sep=;\nsize;bought\n1;a\n2;b\n"),
        ("t.csv", "\n\nsize,bought\n1,a\n2,b\n"),
        ("t.csv", "size,bought\r\n1,a\r\n2,b\r\n"),
        ("t.csv", '"size, in cm";bought\n1;a\n2;b\n'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_how_a_file_is_written_is_found_out(name, contents, encoding, tmp_path):
    lines = contents.splitlines(keepends=True)
    rows = lines[-2:] + [line.replace("1", "3").replace("2", "1") for line in lines[-2:]]
    (tmp_path / name).write_bytes("".join([*lines[:-2], *rows * 5]).encode(encoding))
    split = tabular(tmp_path, name)
    assert split.classes == ("a", "b")
    assert split.x.shape == (16, 1)


def test_a_file_of_another_encoding_is_read_once_that_is_said(tmp_path):
    (tmp_path / "t.csv").write_bytes(("größe,bought\n" + "1,a\n2,b\n2,a\n1,b\n" * 5).encode("cp1252"))
    assert "cannot be read as UTF-8; dataset.encoding=cp1252" in refusal(tabular, tmp_path, "t.csv")
    assert tabular(tmp_path, "t.csv", encoding="cp1252").read[1] == "numbers: größe"
    assert "encoding=cp9999: there is no such encoding" in refusal(tabular, tmp_path, "t.csv", encoding="cp9999")


def test_rows_that_end_early_are_counted(tmp_path):
    (tmp_path / "t.csv").write_text("bought,size,town\n" + "a,1,x\nb,2,y\na,2,x\nb,1\n" * 5)
    assert "5 rows end early" in tabular(tmp_path, "t.csv").read[0]


@pytest.mark.parametrize("load", [tabular, text])
def test_a_test_file_with_the_rows_of_the_training_file_is_refused(load, tmp_path):
    frame, target = (PEOPLE, "bought") if load is tabular else (REVIEWS, "label")
    source = write(frame, tmp_path / "t.csv")
    assert "test_source=t.csv: has the rows of t.csv" in refusal(load, tmp_path, source, test_source=source)
    copy = write(frame, tmp_path / "u.csv")
    assert "test_source=u.csv: has the rows of t.csv" in refusal(
        load, tmp_path, source, test_source=copy, target=target
    )


def test_a_text_that_is_the_target_or_says_nothing_is_refused(tmp_path):
    source = write(REVIEWS, tmp_path / "r.csv")
    assert "text=label: is the target" in refusal(text, tmp_path, source, text="label")
    source = write(REVIEWS.assign(text=""), tmp_path / "s.csv")
    assert "text=text: its texts have no word to tell them apart" in refusal(text, tmp_path, source)


def test_a_file_without_a_header_says_so(tmp_path):
    (tmp_path / "t.csv").write_text("1,2,3\n4,5,6\n")
    assert "no column bought; is its first line no header? columns: 1, 2, 3" in refusal(tabular, tmp_path, "t.csv")


def test_a_name_twice_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("size,size,bought\n" + "1,2,a\n2,1,b\n" * 5)
    assert "has two columns of the name size" in refusal(tabular, tmp_path, "t.csv")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"columns": ["bought"]}, "columns=['bought']: bought is the target"),
        ({"columns": ["age"], "drop": ["age"]}, "drop=['age']: age is one of columns"),
        ({"columns": ["agee"]}, "columns: t.csv has no column agee; did you mean age?"),
        ({"kinds": {"age": "numbers"}}, "must be {name: one of number, category} or null"),
        ({"kinds": {"agee": "number"}}, "kinds: t.csv has no column agee; did you mean age?"),
    ],
)
def test_keys_that_do_not_fit_are_refused(changed, said, tmp_path):
    assert said in refusal(tabular, tmp_path, write(PEOPLE, tmp_path / "t.csv"), **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"columns": []}, "columns=[]: must name a column or more"),
        ({"drop": ["bought"]}, "drop=['bought']: bought is the target"),
        ({"group": "bought"}, "group=bought: is the target"),
        ({"order": "bought"}, "order=bought: is the target"),
        ({"group": "owner"}, "group: t.csv has no column owner"),
        ({"kinds": {"age": "number"}, "drop": ["age"]}, "kinds: age is not learnt from"),
    ],
)
def test_keys_that_would_do_nothing_or_harm_are_refused(changed, said, tmp_path):
    assert said in refusal(tabular, tmp_path, write(PEOPLE, tmp_path / "t.csv"), **changed)


def test_a_column_that_is_listed_twice_is_learnt_from_once(tmp_path):
    assert tabular(tmp_path, write(PEOPLE, tmp_path / "t.csv"), columns=["age", "age"]).x.shape[1] == 1


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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + bytes(9), "it is an Excel or zip file, and no text"),
        (gzip.compress(b"steps,bought\n", mtime=0), "it is packed by gzip, and no text"),
        ("steps,bought\n1,a\n".encode("utf-16-le"), "it holds zeros, as no text does; dataset.encoding=utf-16-le"),
    ],
)
def test_what_is_no_text_says_what_it_is(content, said, tmp_path):
    (tmp_path / "t.csv").write_bytes(content)
    assert said in refusal(tabular, tmp_path, "t.csv")


def test_an_encoding_that_was_asked_for_is_not_suggested(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"steps,bought\n1,a\x81\n")
    assert refusal(tabular, tmp_path, "t.csv", encoding="cp1252").endswith("cannot be read as cp1252")


def test_a_cell_may_hold_a_book(tmp_path):
    source = write(REVIEWS.assign(text=["good " * 30000, "bad"] * (ROWS // 2)), tmp_path / "t.csv")
    assert text(tmp_path, source).x.any(1).all()


def test_an_order_is_read_with_the_decimal_mark_asked_for(tmp_path):
    days = [f"{1 + i // 10},{i % 10}00" for i in range(ROWS)]
    source = write(PEOPLE.assign(day=days)[::-1], tmp_path / "t.csv")
    split = tabular(tmp_path, source, order="day", decimal="comma", drop=["age"])
    assert split.order.tolist() == sorted(split.order.tolist(), reverse=True)


def test_lines_of_blanks_are_no_rows_that_end_early(tmp_path):
    (tmp_path / "t.csv").write_text('steps, "to, fro", bought\n' + '1, "x, y", a\n2, "y, z", b\n   \n' * 10)
    assert "early" not in tabular(tmp_path, "t.csv", columns=["steps"]).read[0]


def test_plain_columns_are_read_as_each_cell_would_be(tmp_path):
    plain = ["1", "-2.5", "", "NA", "3e2", ".5"]
    rows = PEOPLE.assign(some=[plain[i % 6] for i in range(ROWS)])
    quick = tabular(tmp_path, write(rows, tmp_path / "t.csv"), columns=["some"])
    slow = tabular(tmp_path, write(rows, tmp_path / "u.csv"), columns=["some"], decimal="comma")
    assert quick.x.equal(slow.x)
    assert quick.read[1] == slow.read[1].replace("some (decimal comma, ", "some (")
