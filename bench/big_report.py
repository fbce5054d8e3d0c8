"""How long does a report of ten thousand seeds take, and how much memory?

A store of 1,000 cells (40 values of an objective by 25 rates of noise) with 10 finished seeds each, copies of one real
result whose test accuracies are drawn anew; from commands as a user types them.
"""

import json
import random
from pathlib import Path

from bench.measure import Figure, command, peak

OBJECTIVES, RATES, SEEDS = 40, 25, 10


def measure(folder: Path) -> list[Figure]:
    store = folder / "store"
    command(["runner", "loss=gce", "epochs=1", "exec.wandb.mode=disabled", f"store={store}"], folder / "log")
    multiply(store)
    said = ["runner.report", f"store={store}", "rows=loss.q", "cols=noise"]
    means = command([*said, "show=means"], folder / "log")
    csv = command([*said, "format=csv"], folder / "log")
    return [
        Figure("means with † of ten thousand seeds", means.wall, "s", ("at most", 2)),
        Figure("its peak memory", peak([*said, "show=means"], folder / "log") / 2**30, "GiB", ("at most", 1)),
        Figure("every number and paired test, as CSV", csv.wall, "s", ("at most", 3)),
    ]


def multiply(store: Path) -> None:
    """Make the store's only cell a grid of cells, each seed with rows, checksums and provenance of its own."""
    from runner.store.record import ROWS
    from runner.store.seal import checksum, sealed
    from runner.store.store import Store
    from runner.tasks.metric import declarations
    from runner.tasks.selection import selected

    (one,) = Store(store).cells()
    record = one.seed(0)
    row, status = record.rows()[-1], record.status()
    del status["checksum"]
    declared = declarations(status["metrics"])
    files = {name: (record.path / name).read_bytes() for name in status["files"]}
    draw = random.Random(0)
    for objective in range(1, OBJECTIVES + 1):
        for rate in range(RATES):
            loss = one.question["loss"] | {"q": objective / OBJECTIVES}
            question = dict(one.question) | {"loss": loss, "noise": rate / RATES}
            cell = Store(store).cell(question, one.choices)
            cell.write(one.data)
            for seed in range(SEEDS):
                own = row | {"test/accuracy": draw.random()}
                rows = selected([own], declared)
                line = (json.dumps(own) + "\n").encode()
                written = status["files"] | {ROWS: [len(line), checksum(line)]}
                whose = {"cell": cell.path.name, "seed": seed, "files": written, "selected": rows}
                folder = cell.seed(seed).path
                folder.mkdir(exist_ok=True)
                for name, contents in (files | {ROWS: line}).items():
                    (folder / name).write_bytes(contents)
                (folder / "status.json").write_text(sealed(status | whose), encoding="utf-8")
