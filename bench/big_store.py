"""How long does one wait for a plan and a status of a hundred thousand seeds?

A store of 1,000 cells with 100 finished seeds each, made of copies of one real result; from commands as a user types
them, imports and composition included.
"""

import json
import os
from itertools import product
from pathlib import Path

from bench.measure import Figure, command

CELLS, SEEDS = 1000, 100


def measure(folder: Path) -> list[Figure]:
    store = folder / "store"
    values = ",".join(f"{q / CELLS:.3f}" for q in range(1, CELLS + 1))
    said = ["loss=gce", "epochs=1", "exec.wandb.mode=disabled", f"store={store}"]
    command(["runner", *said, "loss.q=0.001"], folder / "log")
    grid = [*said, f"loss.q={values}", f"seeds={SEEDS}"]
    copy(grid, store)
    os.sync()  # what is measured is reading, not the end of writing
    plan = command(["runner", "-m", *grid, "dry=true"], folder / "log")
    command(["runner", "-m", *grid], folder / "log")  # leaves word of the sweep, and finds nothing to do
    status = command(["runner.status", str(store)], folder / "log")
    return [
        Figure("plan of the grid, dry=true", plan.wall, "s", ("at most", 10)),
        Figure("runner.status", status.wall, "s", ("at most", 10)),
    ]


def copy(grid: list[str], store: Path) -> None:
    """Give every seed that the grid asks for the files of the one that is there."""
    import yaml

    from runner.command_line import asked
    from runner.store import Store

    one = next(store.glob("cells/*/seed=0"))
    kept = yaml.safe_load((one.parent / "config.yaml").read_text(encoding="utf-8"))
    files = {name: (one / name).read_bytes() for name in ("rows.jsonl", "status.json", "provenance.json")}
    for cell in asked(grid, multirun=True):
        path = Store(store).cell(cell.identity, cell.choices).path
        path.mkdir(exist_ok=True)
        # JSON is YAML, and quick to write
        own = kept | {"question": cell.identity}
        (path / "config.yaml").write_text(json.dumps(own), encoding="utf-8")
        for seed, (name, contents) in product(range(SEEDS), files.items()):
            (path / f"seed={seed}").mkdir(exist_ok=True)
            (path / f"seed={seed}" / name).write_bytes(contents)
