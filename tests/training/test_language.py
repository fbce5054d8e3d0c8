"""A language is learnt as classes are, and measured against its truth."""

import pytest

from datasets.bigram import bigram
from runner.compose.command_line import compose_cells
from runner.training.run import run

SAID = [
    *("dataset=bigram", "dataset.tokens=6", "dataset.sequences=300", "epochs=3", "optimizer=adam"),
    *("optimizer.lr=0.05", "val_fraction=0.2"),
]


def test_a_table_comes_near_to_the_truth_and_validation_sees_tokens(measured):
    (cell,) = compose_cells(SAID, multirun=False)
    rows = measured(run(cell, [0]))
    first, last = rows[0, 1], rows[0, 3]
    sizes = {"order": 1, "zeros": 0.5, "longest": 500, "world": 0, "task": "language"}
    best = bigram(tokens=6, sequences=300, **sizes).optimum["nll"]
    assert last["test/forward_kl"] < first["test/forward_kl"]
    assert last["test/nll"] == pytest.approx(best + last["test/forward_kl"], rel=1e-5)
    assert last["val/nll"] == pytest.approx(last["test/nll"], abs=0.2)
    assert {key for key in last if key.startswith("val/")} == {"val/nll"}
