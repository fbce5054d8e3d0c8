"""Pairs from a table: halves of columns, estimates without a truth, and what is refused."""

import pandas as pd
import pytest
import torch

from tests.datasets.files import load, refusal
from tests.datasets.tables import write

ROWS = 50
FRAME = pd.DataFrame(
    {
        "age": [20.0 + i * 7 % 31 for i in range(ROWS)],
        "height": [150 + i % 17 for i in range(ROWS)],
        "weight": [60.5 + i * i % 13 for i in range(ROWS)],
        "same": [1.0] * ROWS,
        "gap": [1.0 + i if i % 9 else None for i in range(ROWS)],
        "town": ["Bern", "Oslo"] * (ROWS // 2),
    }
)


@pytest.mark.parametrize("file", ["pairs.csv", "pairs.tsv", "pairs.parquet"])
def test_columns_are_halves(tmp_path, file):
    split = load(
        "table_pairs", tmp_path, source=write(FRAME, tmp_path / file), first=["age"], second=["height", "weight"]
    )
    split = split.checked()
    assert split.x.shape == (40, 2, 2)
    assert split.test_x.shape == (10, 2, 2)
    assert not split.x[:, 0, 1].any()
    whole = torch.tensor(FRAME[["age", "height", "weight"]].to_numpy(), dtype=torch.float32)[split.source_index]
    torch.testing.assert_close(split.x[:, [0, 1, 1], [0, 0, 1]], whole)
    seen = (split.x - split.mean) / split.std
    torch.testing.assert_close(seen.mean(0), torch.zeros(2, 2), atol=1e-5, rtol=0)
    assert split.y.isnan().all()
    assert split.optimum == {}
    assert split.read == (f"{file}: 50 pairs of age with height, weight; 40 are for training, 10 for testing",)


@pytest.mark.parametrize(
    ("changed", "line"),
    {
        "source": ({"source": None}, "source=null: must be a table, as dataset.source=pairs.csv"),
        "none": ({"second": []}, "second=[]: must be columns of pairs.csv, as dataset.second=[age,height]"),
        "lacking": ({"first": ["ages"]}, "first: pairs.csv has no column ages; did you mean age? columns: age, height"),
        "same": ({"first": ["same"]}, "first: same is 1 in all rows of pairs.csv, and tells nothing"),
        "gap": ({"second": ["gap"]}, "second: gap has no value in 6 rows of pairs.csv; leave these rows out"),
        "words": ({"second": ["town"]}, "town"),
        "few": ({"test_size": 0.001}, "test_size=0.001: leaves 50 of 50 rows for training"),
    }.values(),
)
def test_what_cannot_be_is_refused(tmp_path, changed, line):
    source = write(FRAME, tmp_path / "pairs.csv")
    said = refusal("table_pairs", tmp_path, **{"source": source, "first": ["age"], "second": ["height"]} | changed)
    assert line in said


def test_an_estimate_of_own_pairs_has_no_error(tmp_path, compose, measured):
    from runner.training.run import run

    source = write(pd.concat([FRAME] * 4, ignore_index=True), tmp_path / "pairs.csv")
    said = [f"dataset.source={source}", "dataset.first=[age]", "dataset.second=[weight]", "batch_size=16"]
    rows = measured(run(**compose("dataset=table_pairs", *said, f"exec.data_root={tmp_path}", seeds=[0])))
    row = rows[0, max(epoch for _, epoch in rows)]
    known = {key for key, value in row.items() if value == value}
    assert {"test/estimate", "test/estimate_deviation"} <= known
    assert {"test/absolute_error", "test/bias", "test/density_correlation"} & known == set()
