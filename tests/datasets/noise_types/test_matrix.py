"""Noise after a transition matrix from a file."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from datasets.noise_types.matrix import read_matrix
from tests.datasets.noise_types.flipping import about, confusion


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".npy"])
def test_a_matrix_is_followed_row_by_row(flip, suffix):
    rows = np.array([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]])
    if suffix == ".npy":
        np.save("mine.npy", rows)
    else:
        np.savetxt(f"mine{suffix}", rows, delimiter="," if suffix == ".csv" else " ")
    labels = torch.arange(30_000) % 3
    given = flip("matrix", 1.0, labels=labels, classes=("a", "b", "c"), file=f"mine{suffix}")
    shares = confusion(given, labels, 3) / 10_000
    for i in range(3):
        assert all(about(shares[i, j].item(), rows[i, j], 10_000) for j in range(3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 0\n0 1", "has shape (2, 2); must be 3 x 3"),
        ("1 0 0\n0 1 0\n0.5 0.4 0", "row 2 sums to 0.9"),
        ("1 0 0\n0 2 -1\n0 0 1", "row 1 holds -1, which is no probability"),
        ("1 0 0\n0 1 0\n0 nan 1", "row 2 holds nan, which is no probability"),
        ("1 0 0\n0 1\n0 0 1", "changed from 3 to 2 at row 2); must be 3 lines of 3 numbers without a header"),
        ("a b c\n1 0 0\n0 1 0\n0 0 1", "must be 3 lines of 3 numbers without a header"),
        ("\n", "it is empty"),
        ("1 0 0\n0 1\0 0\n0 0 1", "line 2 holds a zero"),
        ("PK\3\4", "it is an Excel or zip file"),
    ],
)
def test_what_is_no_transition_matrix_is_refused(flip, text, said):
    Path("mine.csv").write_text(text)
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        flip("matrix", 1.0, labels=torch.arange(3), classes=("a", "b", "c"), file="mine.csv")
    assert said in str(refusal.value)
    assert "mine.csv" in str(refusal.value)


@pytest.mark.parametrize("name", ["T.csv.gz", "T.CSV.GZ"])
def test_a_matrix_may_be_packed(name, tmp_path):
    (tmp_path / name).write_bytes(gzip.compress(b"1 0\n0 1"))
    assert read_matrix(tmp_path / name, 2, [].append).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    "text",
    [
        "0.5 0.5 0\n0 1 0\n0 0.25 0.75",
        "0.5, 0.5, 0\n0, 1, 0\n0, 0.25, 0.75\n",
        "0.5;0.5;0\n0;1;0\n0;0.25;0.75",
        "0,5;0,5;0\n0;1;0\n0;0,25;0,75",
        "0,5\t0,5\t0\n0\t1\t0\n0\t0,25\t0,75",
        "0,5 0,5 0\n0 1 0\n0 0,25 0,75",
        "# of mine\n0.5,0.5,0,\n0,1,0,\n\n0,0.25,0.75,",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_matrix_is_read_however_it_is_written(text, encoding, tmp_path):
    (tmp_path / "T.csv").write_text(text, encoding=encoding)
    told = []
    found = read_matrix(tmp_path / "T.csv", 3, told.append)
    assert found.tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0.25, 0.75]]
    assert told == [f"{tmp_path}/T.csv: a 3 x 3 matrix, 0.75 of the labels stay"]


def test_a_matrix_that_was_rounded_is_scaled_and_that_is_said(tmp_path):
    (tmp_path / "T.csv").write_text("0.333 0.333 0.333\n0 1 0\n0 0 1")
    told = []
    assert torch.equal(read_matrix(tmp_path / "T.csv", 3, told.append)[0], torch.full((3,), 1 / 3, dtype=torch.float64))
    assert told[0].endswith("rows are scaled to sum to 1, which row 0 missed by 0.001")
