"""Designs, and stores of them that nothing was trained for."""

import pytest

from runner.comparison.variance.design import place_of, runs
from runner.compose.command_line import compose_cells
from runner.replication.studies import found
from runner.store.store import cell_of
from tests.stores import DECLARED


@pytest.fixture
def design():
    def made(*said, noise=0.4, sources=("init", "noise"), seeds=4, points=2):
        cells = compose_cells(["dataset=blobs", f"noise={noise}", *said], multirun=True)
        return list(runs(cells, sources, seeds, points))

    return made


@pytest.fixture
def stored(tmp_path, design):
    """The results of a design, the value of a seed as `value` has it of (loss, source, point, seed)."""

    def keep(value, *said):
        results = []
        for cell in design(f"store={tmp_path}", "loss=ce,gce", *said):
            its = cell_of(cell)
            its.write("data")
            place = place_of(found(cell))
            for seed in cell.seeds:
                record = its.seed(seed).claim()
                record.start({"stack": [0]}, cell.command_of(seed))
                record.append({"epoch": 1, "test/accuracy": value(cell.choices["loss"], *place, seed)})
                took = {"seconds": 1.0, "stack_size": 1, "peak_memory_bytes": 5e8, "gradient_norm_at_start": 0.25}
                record.end("done", took, {"test/accuracy": DECLARED["test/accuracy"]})
            results.append(found(cell))
        return results

    return keep
