"""What classes are called."""

import pytest

from datasets.class_names import names


def test_what_no_one_sees_makes_no_class():
    found = names(["cat", "cat ", "caf\u00e9", "cafe\u0301", "dog"], "ask", "t.csv")
    assert set(found.name.values()) == {"cat", "caf\u00e9", "dog"}
    assert "'cat ' taken for cat" in found.merged


def test_words_that_differ_in_case_alone_are_asked_about():
    words = ["Cat", "cat", "cat", "dog"]
    with pytest.raises(
        ValueError, match=r"t.csv has cat \(2\) and Cat \(1\), which differ in case alone; dataset.alike=merge"
    ):
        names(words, "ask", "t.csv")
    assert set(names(words, "merge", "t.csv").name.values()) == {"cat", "dog"}
    assert names(words, "merge", "t.csv").merged == "'Cat' taken for cat"
    assert set(names(words, "keep", "t.csv").name.values()) == {"cat", "Cat", "dog"}


@pytest.mark.parametrize("words", [["01", "1"], ["1e2", "100"], ["1.0", "1"], ["None", ""]])
def test_words_are_names_whatever_they_mean(words):
    found = names(words, "ask", "t.csv")
    assert len(set(found.name.values())) == 2
    assert found.merged == ""
