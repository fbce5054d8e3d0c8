"""What a column is taken for."""

import math

import pandas as pd
import pytest

from datasets.columns import numbers, reading, typed, words

MANY = [str(i) for i in range(30)]


def read(cells, asked=None, decimal=None):
    column = pd.Series(cells)
    found = reading("dose", column, asked, decimal)
    return found, numbers(column, found).tolist() if found.kind == "number" else words(column).tolist()


@pytest.mark.parametrize(
    ("cells", "values", "note"),
    [
        (["1", "2", "n.a."], [1, 2, None], "1 no number but 'n.a.', and missing"),
        (["1", "2", "-", "?"], [1, 2, None, None], "1 no number but '-', and missing"),
        ([*MANY, "old"], [*range(30), None], "1 no number but 'old', and missing"),
        (["12%", "3.5 %", "7%"], [12, 3.5, 7], "%"),
        (["3 kg", "4kg", ""], [3, 4, None], "kg"),
        (["2 mmol/l", "3 mmol/l"], [2, 3], "mmol/l"),
        (["€ 3", "€4"], [3, 4], "€"),
        (["1,5", "2,25", "3"], [1.5, 2.25, 3], "decimal comma"),
        (["1.234,5", "2.000"], [1234.5, 2000], "decimal comma"),
        (["1,234.5", "2"], [1234.5, 2], ""),
        (["1,234,567", "2"], [1234567, 2], ""),
        (["1,234", "5.5"], [1234, 5.5], ""),
        (["-1", "\u22122", "+3", "1e2", ".5"], [-1, -2, 3, 100, 0.5], ""),
        (["True", "false", ""], [1, 0, None], ""),
        (["1.234.567", "1.234", "900"], [1234567, 1234, 900], "decimal comma"),
        (["0,123", "0,5"], [0.123, 0.5], "decimal comma"),
        (["0.123", "900"], [0.123, 900], ""),
        (["1.234", "1500"], [1.234, 1500], ""),
        (["12 345,50", "1\u202f000", "7"], [12345.5, 1000, 7], "decimal comma"),
        (["12'345.50", "1\u2019000"], [12345.5, 1000], ""),
        (["12,34,567.0", "1,000.5"], [1234567, 1000.5], ""),
        (["$5.50", "-$5.50", "($2.00)"], [5.5, -5.5, -2], "$"),
        (["5.50-", "(2.50)"], [-5.5, -2.5], ""),
        ([" 1", "2 ", "\u00a03"], [1, 2, 3], ""),
    ],
)
def test_numbers_however_they_are_written(cells, values, note):
    found, got = read(cells)
    assert (found.kind, found.note) == ("number", note)
    assert [None if math.isnan(value) else value for value in got] == values


DATES = "dates, taken for words: dataset.drop=['dose'] leaves them out, dataset.order='dose' tests with the last"


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (["01234", "12345"], "leading zeros"),
        (["A1", "A2"], ""),
        (["1", "2", "old", "4"], "75% of its cells are numbers"),
        (["3 kg", "4 g"], "numbers with different units"),
        (["yes", "no"], ""),
        (["1.2.3", "1.2.4"], ""),
        (["2024-01-01", "2024-01-02 12:30", "", "NA"], DATES),
        (["1.2.2024", "31.12.24"], DATES),
        (["12/31/2024", "1/2/2024"], DATES),
        (["2024-01", "never"], ""),
    ],
)
def test_what_is_no_number_is_a_category(cells, note):
    assert read(cells)[0][::3] == ("category", note)


def test_a_comma_that_may_be_either_is_asked_about():
    cells = ["1,234", "2,345"]
    with pytest.raises(
        ValueError, match=r"column dose holds 1,234: dataset.decimal=comma takes the comma for a decimal"
    ):
        read(cells)
    assert read(cells, decimal="comma")[1] == [1.234, 2.345]
    assert read(cells, decimal="point")[1] == [1234, 2345]


def test_a_point_that_may_be_either_is_asked_about():
    cells = ["1.234", "900"]
    with pytest.raises(ValueError, match=r"column dose holds 1.234 and 900: dataset.decimal=comma takes the point"):
        read(cells)
    assert read(cells, decimal="comma")[1] == [1234, 900]
    assert read(cells, decimal="point")[1] == [1.234, 900]


@pytest.mark.parametrize("cells", [["01", "2"], ["1", "-"], ["1", "."], ["1\n2", "3"], ["1.234", "900"], ["1", None]])
def test_columns_that_are_not_plainly_numbers_stay_text(cells):
    assert typed(pd.Series(cells, dtype=object), None).tolist() == cells


def test_what_is_said_of_a_column_is_done():
    assert read(["1", "2"], "category")[1] == ["1", "2"]
    assert read(["01", "02"], "number")[1] == [1, 2]
    assert read([*["old"] * 9, "3"], "number")[1][-1] == 3
    with pytest.raises(ValueError, match="kinds: column dose holds no number, but 'a'"):
        read(["a", "b"], "number")


def test_words_are_without_blanks_at_their_ends_and_composed():
    assert words(pd.Series([" a ", "cafe\u0301", None, 3.0])).tolist() == ["a", "caf\u00e9", "", "3"]
