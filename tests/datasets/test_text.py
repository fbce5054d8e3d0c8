"""Texts: their words as vectors, and what is refused."""

import pytest
import torch

from datasets.split import fingerprint
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from tests.datasets.tables import REVIEWS, ROWS, refusal, text, write


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


def test_a_text_that_is_the_target_or_says_nothing_is_refused(tmp_path):
    source = write(REVIEWS, tmp_path / "r.csv")
    assert "text=label: is the target" in refusal(text, tmp_path, source, text="label")
    source = write(REVIEWS.assign(text=""), tmp_path / "s.csv")
    assert "text=text: its texts have no word to tell them apart" in refusal(text, tmp_path, source)


def test_a_cell_may_hold_a_book(tmp_path):
    source = write(REVIEWS.assign(text=["good " * 30000, "bad"] * (ROWS // 2)), tmp_path / "t.csv")
    assert text(tmp_path, source).x.any(1).all()
