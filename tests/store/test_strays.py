"""What stands in a store and only looks like cells and seeds is named, alike by all who look."""

import pytest

from runner.compose.command_line import compose_cells
from runner.launch import plan
from tests import damage
from tests.stores import keep

ASTRAY = {  # what is there, and what is named
    "cells/.{cell}": "cells/.{cell}",
    "cells/notes": "cells/notes",
    "cells/{cell}/SEED=4": "cells/{cell}/SEED=4",
    "cells/{cell}/.seed=0": "cells/{cell}/.seed=0",
    "cells/{cell}/copy": "cells/{cell}/copy",
    "Cells/{cell}": "Cells",
    "backup/{cell}": "backup",
    "{cell}": "{cell}",
}
OWN = ("report", "noise/cells/{cell}", "audits/{cell}/seed=0", "cells/{cell}/checkpoints", ".git")


@pytest.fixture
def store(tmp_path):
    """A store with a cell that has been begun; its folder, the cell's name, and what asks for it."""
    keep(tmp_path, [0.5])
    said = ["dataset=blobs", f"store={tmp_path}"]
    (planned,) = plan.plan(compose_cells(said, multirun=False))
    planned.cell.write("data")
    return tmp_path, planned.cell.path.name, said


def named(store):
    """The lines of the report; status and plan have the same."""
    folder, _, said = store
    programs = (
        ("runner.report", [f"store={folder}"]),
        ("runner.status", [str(folder)]),
        ("runner.__main__", [*said, "dry=true"]),
    )
    lines = [[line for line in damage.call(*each).err.splitlines() if "left out" in line] for each in programs]
    assert all(sorted(each) == sorted(lines[0]) for each in lines)
    return lines[0]


def put(store, place):
    """A folder with a configuration in it, in some place of the store."""
    folder, cell, _ = store
    there = folder / place.format(cell=cell)
    there.mkdir(parents=True)
    (there / "config.yaml").touch()


@pytest.mark.parametrize("place", ASTRAY)
def test_what_only_looks_like_ours_is_named(store, place):
    folder, cell, _ = store
    put(store, place)
    (line,) = named(store)
    assert line.endswith(f": {folder / ASTRAY[place].format(cell=cell)}")


@pytest.mark.parametrize("place", OWN)
def test_what_has_its_place_in_a_store_is_not(store, place):
    put(store, place)
    assert named(store) == []
