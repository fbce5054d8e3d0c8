"""What is asked of a probe: a cell of training, and what to measure of its networks."""

import pytest

from runner.compose.calculated import known
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError


def cell(*overrides):
    return compose_cells(["dataset=blobs", *overrides], multirun=False)[0]


def test_its_name_depends_on_all_that_training_does_and_on_the_probe():
    trained, probed = cell("noise=0.2"), cell("noise=0.2", "probe=layer_collapse")
    assert probed.identity == trained.identity | {"probe": {"part": "probe/layer_collapse"}}
    assert probed.probed.identity == trained.identity
    assert "probe" not in trained.identity


def test_it_is_one_row_and_the_cell_that_it_looks_at_keeps_its_networks():
    probed = cell("epochs=3", "probe=layer_collapse", "dry=true")
    assert (probed.probes, probed.trains, probed.epochs) == (True, False, 1)
    trained = probed.probed
    assert (trained.probes, trained.trains, trained.epochs, trained.exec.keep_network) == (False, True, 3, True)
    assert trained.choices["probe"] == "none"
    assert trained.command == "python -m runner dataset=blobs epochs=3 exec.keep_network=true"


def test_a_probe_of_no_such_name_or_beside_a_calculation_is_refused():
    with pytest.raises(ConfigError, match="probe=layer_colapse: there is no such probe; did you mean layer_collapse"):
        cell("probe=layer_colapse")
    with pytest.raises(ConfigError, match="probe=layer_collapse with calculation=best_of_n: nothing is trained"):
        compose_cells(["calculation=best_of_n", "probe=layer_collapse"], multirun=False)


def test_what_does_not_fit_training_does_not_fit_a_probe():
    with pytest.raises(ConfigError, match="loss=mse"):
        cell("loss=mse", "probe=layer_collapse")


def test_its_metrics_are_known_by_name():
    assert not known("probe/nc1", "metric").higher
    with pytest.raises(ConfigError, match=r"did you mean probe/nc1\?"):
        known("probe/nc_1", "metric")
