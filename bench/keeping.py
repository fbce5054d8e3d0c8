"""What do rows, progress and W&B (offline) cost?

The same stack through the runner's own path and through the bare generator of its events, which is trained and measured
but neither stored nor shown nor tracked; epochs in turn, and the median of the differences of neighbours, as a share of
an epoch of one second.
"""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.measure import Figure

EPOCHS = 300
SAID = ["dataset=blobs", "batch_size=512", f"epochs={EPOCHS}"]  # an epoch of one step


def measure(folder: Path) -> list[Figure]:
    figures = []
    for seeds, bar in ((1, ("at most", 2.0)), (10, None)):
        for mode in ("disabled", "offline"):
            extra = difference([*SAID, f"seeds={seeds}", f"exec.wandb.mode={mode}"])
            tracked = "rows and progress" if mode == "disabled" else "rows, progress and W&B"
            unit = "% of a second" if seeds == 1 else "% of a second, of ten seeds"
            figures.append(Figure(f"{tracked}, {seeds} seed{'s' * (seeds > 1)}", 100 * extra, unit, bar))
    return figures


def difference(said: list[str]) -> float:
    from bench.beside import beside

    took = beside(said, {"events": partial(events, said)})
    return took.runner - took.others["events"]


def events(said: list[str]) -> Iterator[float]:
    """Seconds of each epoch of what run() yields, and of nothing else."""
    from bench.beside import config
    from runner.training.events import Row
    from runner.training.run import run

    cell = config(said)
    began = time.perf_counter()
    for event in run(cell, cell.seeds):
        if isinstance(event, Row) and event.seed == cell.seeds[-1]:
            yield time.perf_counter() - began
            began = time.perf_counter()
