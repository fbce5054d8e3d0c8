"""Tables: their columns as numbers, and scikit-learn's sets."""

import pandas as pd
import pytest
import torch

from datasets.holdout import holdout
from tests.datasets.tables import PEOPLE, ROWS, refusal, tabular, write


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


def test_plain_columns_are_read_as_each_cell_would_be(tmp_path):
    plain = ["1", "-2.5", "", "NA", "3e2", ".5"]
    rows = PEOPLE.assign(some=[plain[i % 6] for i in range(ROWS)])
    quick = tabular(tmp_path, write(rows, tmp_path / "t.csv"), columns=["some"])
    slow = tabular(tmp_path, write(rows, tmp_path / "u.csv"), columns=["some"], decimal="comma")
    assert quick.x.equal(slow.x)
    assert quick.read[1] == slow.read[1].replace("some (decimal comma, ", "some (")
