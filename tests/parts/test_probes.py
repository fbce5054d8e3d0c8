"""What holds of every probe in conf/: a seed is its network, its data and its stream, and no other."""

from itertools import chain

import pytest

from runner.compose.calculated import declared_of, known
from runner.compose.command_line import compose_cells
from runner.launch.session import run_cell
from runner.replication.claim_file import chosen
from runner.store.store import cell_of
from tests.zoo import ROOT

NAMES = sorted(file.stem for file in (ROOT / "conf" / "probe").glob("*.yaml") if file.stem != "none")
TRAINED = ["dataset=blobs", "epochs=1", "model.depth=2", "model.width=8", "exec.stack=1", "exec.wandb.mode=disabled"]
SMALL = {"pair_barrier": ["dataset=digits"]}  # what those need that cannot be measured of so little
UNCLAIMED: set[str] = set()  # probes that no claim is about


def rows(name, store, *said):
    """What is measured of each seed that the command asks for, but for the time; networks are trained on the way."""
    quiet = [f"store={store}", "exec.progress=none"]
    (cell,) = compose_cells([*TRAINED, f"probe={name}", *SMALL.get(name, ()), *quiet, *said], multirun=False)
    run_cell(cell, cell.title)
    found = [cell_of(cell).seed(seed).rows() for seed in cell.seeds]
    return [{key: value for key, value in row.items() if key != "seconds"} for (row,) in found]


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_is_the_same_in_any_company_and_unlike_others(name, tmp_path):
    first, second = rows(name, tmp_path / "both", "seeds=2")
    assert rows(name, tmp_path / "alone", "seed=1") == [second]
    assert first != second


@pytest.mark.parametrize("name", NAMES)
def test_each_is_the_subject_of_a_claim(name):
    claimed = any(f"probe={name}" in [*claim.grid, *chain(*claim.arms.values())] for claim in chosen(["theory"]))
    assert claimed != (name in UNCLAIMED)


@pytest.mark.parametrize("name", NAMES)
def test_its_metrics_can_be_asked_for(name):
    (cell,) = compose_cells([*TRAINED, f"probe={name}"], multirun=False)
    declared = declared_of("probe", cell.config["probe"])
    assert declared
    assert {known(key, "metric") for key in declared} == {*declared.values()}
