"""Retrieval of classes that training has not seen, through a whole run."""

from runner.compose.command_line import compose_cells
from runner.training.run import run

RAW = ["method=erm", "loss=ce", "sampler=shuffle", "model=linear"]


def precision(measured, *said):
    (cell,) = compose_cells(["task=retrieval", *said], multirun=False)
    rows = measured(run(cell, [0]))
    return rows[max(rows)]["test/map_at_r"]


def test_digits_leave_no_room(measured):
    """Their pixels are better than what is learnt of the other five, as on the page of results."""
    trained = precision(measured, "dataset=digits", "epochs=10", "eval_every=10")
    assert precision(measured, "dataset=digits", "epochs=1", *RAW) > trained + 0.05


def test_of_signals_something_is_learnt_for_classes_to_come(measured):
    trained = precision(measured, "dataset.num_samples=2000", "epochs=10", "eval_every=10")
    assert trained > precision(measured, "dataset.num_samples=2000", "epochs=1", *RAW) + 0.02
