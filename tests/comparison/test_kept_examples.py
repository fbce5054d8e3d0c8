"""What is kept of each test example: small, as it was, and nothing else taken for it."""

import json

import numpy as np
import pytest

from runner.comparison.kept_examples import Filed, check_examples, examples, written
from runner.store.seal import DamagedError, checksum

RNG = np.random.default_rng(0)
RIGHT = RNG.random(361) < 0.8
LOSSES = RNG.exponential(0.3, 361)


def kept(**values):
    return json.loads(json.dumps(written("a hash", {4: values})))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 361])
def test_bits_come_back(count):
    found = examples(kept(right=RIGHT[:count]))
    assert found.size == count
    assert found.values(4.0, "right").tolist() == RIGHT[:count].tolist()


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_numbers_come_back_to_three_digits_whatever_their_unit(scale):
    found = examples(kept(nll=scale * LOSSES)).values(4, "nll")
    assert np.allclose(found, scale * LOSSES, rtol=1e-3, atol=1e-6 * scale)
    assert found.mean() == pytest.approx(scale * LOSSES.mean(), rel=1e-4)


def test_zeros_come_back():
    assert examples(kept(nll=np.zeros(5))).values(4, "nll").tolist() == [0.0] * 5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_not_kept(value):
    found = examples(kept(nll=np.array([1.0, value]), right=RIGHT[:2]))
    assert not found.has(4, "nll")
    assert found.has(4, "right")
    assert not found.has(3, "right")
    assert not found.has(None, "right")


def test_a_bit_an_example():
    """Of 10,000 examples, half of them right: 1,250 bytes, which base64 makes a third longer."""
    size = len(json.dumps(kept(right=RNG.random(10_000) < 0.5)))
    assert 1_250 * 4 / 3 < size < 1_250 * 4 / 3 + 150


FLAWS = {
    "a list": [],
    "no test": {"size": 1, "epochs": {}},
    "half an example": {"test": "", "size": 1.5, "epochs": {}},
    "fewer than none": {"test": "", "size": -1, "epochs": {}},
    "a number for a text": {"test": "", "size": 1, "epochs": {"4": {"right": {"bits": None}}}},
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_what_is_no_record_of_examples_is_said(flaw):
    with pytest.raises(DamagedError):
        check_examples(FLAWS[flaw])


def test_numbers_of_more_or_fewer_examples_are_said():
    its = kept(right=RIGHT, nll=LOSSES)
    for count in (300, 400, 2**30):
        found = examples(its | {"size": count})
        for metric in ("right", "nll"):
            with pytest.raises(DamagedError, match="cannot be read"):
                found.values(4, metric)


@pytest.mark.parametrize("text", ["", "AAAA", "no base64!", 7])
def test_a_text_of_something_else_is_said(text):
    its = kept(right=RIGHT, nll=LOSSES)
    its["epochs"]["4"]["right"]["bits"] = its["epochs"]["4"]["nll"]["halves"] = text
    for metric in ("right", "nll"):
        with pytest.raises(DamagedError, match="cannot be read"):
            examples(its).values(4, metric)


def test_a_file_that_is_not_what_was_written_is_said(tmp_path):
    file = tmp_path / "examples.json"
    text = json.dumps(kept(right=RIGHT)).encode()
    file.write_bytes(text)
    its = Filed(str(file), len(text), checksum(text))
    assert examples(its).values(4, "right").tolist() == RIGHT.tolist()
    file.write_bytes(text.replace(b"a hash", b"b hash"))
    with pytest.raises(DamagedError, match="is not what was written"):
        examples(its)
    file.unlink()
    with pytest.raises(DamagedError, match="is missing"):
        examples(its)
