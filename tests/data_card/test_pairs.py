"""What an audit says of pairs: their information as far as it is known, and an estimate without a critic."""

import math

import pandas as pd
import pytest

from runner.compose.command_line import compose_cells
from runner.data.prepare import prepare
from runner.data_card.kinds import shown
from runner.data_card.kinds.pairs import ShownPairs
from tests.datasets.tables import write


def found(*said):
    """The three figures of the overview."""
    (cell,) = compose_cells([*said], multirun=False)
    prepared = prepare(cell.data, [0], cell.exec)[0]
    card = shown(prepared, 0)
    assert isinstance(card, ShownPairs)
    return card.overview(0.0, {}).body[0][2:]


def test_neighbours_come_near_the_information_of_few_numbers():
    truth, density, near = found("dataset=gaussian_pairs", "dataset.dim=2", "dataset.mi=1", "dataset.num_train=4000")
    assert truth == "1"
    assert float(density) == pytest.approx(1.0, abs=0.1)
    assert float(near) == pytest.approx(1.0, abs=0.1)


def test_neighbours_come_near_the_information_of_pictures_that_few_numbers_make():
    near = found("dataset=blob_pairs", "dataset.mi=2", "dataset.num_train=2000", "dataset.num_test=64")[2]
    assert float(near) == pytest.approx(2.0, abs=0.15)


def test_of_a_table_neighbours_alone_are_known_and_no_column_fills_up(tmp_path):
    ages = [math.sin(i) for i in range(200)]
    frame = pd.DataFrame({"age": ages, "height": [math.cos(3 * i) for i in range(200)], "same": ages})
    source = write(frame, tmp_path / "pairs.csv")
    said = ["dataset=table_pairs", f"dataset.source={source}", "dataset.first=[age]", f"exec.data_root={tmp_path}"]
    truth, density, near = found(*said, "dataset.second=[height]")
    assert (truth, density) == ("-", "-")
    assert float(near) < 1.5
    assert float(found(*said, "dataset.second=[same]")[2]) > 2  # one half is the other
