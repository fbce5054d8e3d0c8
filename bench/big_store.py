"""How long does one wait for a plan and a status of a hundred thousand seeds?

A store of 1,000 cells with 100 finished seeds each, made of copies of one real result; from commands as a user types
them, imports and composition included. The first plan reads every file, and leaves an index for those after it.
"""

import os
from pathlib import Path

from bench.measure import Figure, command

CELLS, SEEDS = 1000, 100


def measure(folder: Path) -> list[Figure]:
    store = folder / "store"
    values = ",".join(f"{q / CELLS:.3f}" for q in range(1, CELLS + 1))
    said = ["loss=gce", "epochs=1", "exec.wandb.mode=disabled", f"store={store}"]
    command(["runner", *said, "loss.q=0.001"], folder / "log")
    grid = [*said, f"loss.q={values}", f"seeds={SEEDS}", f"exec.most={CELLS * SEEDS}"]
    copy(grid, store)
    os.sync()  # what is measured is reading, not the end of writing
    first, plan = (command(["runner", "-m", *grid, "dry=true"], folder / "log") for _ in range(2))
    command(["runner", "-m", *grid], folder / "log")  # leaves word of the sweep, and finds nothing to do
    status = command(["runner.status", str(store)], folder / "log")
    return [
        Figure("first plan of the grid, dry=true", first.wall, "s"),
        Figure("plan of the grid, dry=true", plan.wall, "s", ("at most", 3)),
        Figure("runner.status", status.wall, "s", ("at most", 3)),
    ]


def copy(grid: list[str], store: Path) -> None:
    """Give every seed that the grid asks for the files of the one that is there, with its own name and checksum."""
    from runner.compose.command_line import compose_cells
    from runner.store.seal import sealed
    from runner.store.store import Store

    (one,) = Store(store).cells()
    record = one.seed(0)
    status = record.status()
    del status["checksum"]
    files = {name: (record.path / name).read_bytes() for name in status["files"]}
    for each in compose_cells(grid, multirun=True):
        cell = Store(store).cell(each.identity, each.choices)
        cell.write(one.data)
        for seed in range(SEEDS):
            folder = cell.seed(seed).path
            folder.mkdir(exist_ok=True)
            for name, contents in files.items():
                (folder / name).write_bytes(contents)
            own = status | {"cell": cell.path.name, "seed": seed}
            (folder / "status.json").write_text(sealed(own), encoding="utf-8")
