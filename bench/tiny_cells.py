"""What does a cell cost beyond its training?

A thousand cells of one epoch on the handwritten digits with the pool launcher, and two hundred with Hydra's basic one.
Beyond training: a cell's share of the whole command (on each of its workers), less one epoch of a bare PyTorch loop.
"""

from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

from bench.measure import Figure, command

CELLS, BASIC = 1000, 200


def measure(folder: Path) -> list[Figure]:
    import os

    bare = bare_epoch()
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = command(grid(CELLS, folder / "pool"), folder / "log")
    again = command(grid(CELLS, folder / "pool"), folder / "log")
    basic = command([*grid(BASIC, folder / "basic"), "hydra/launcher=basic"], folder / "log")
    return [
        Figure("one epoch, bare loop", bare, "s"),
        Figure("a cell beyond it, pool", pool.wall * workers / CELLS - bare, "s", ("at most", 0.15)),
        Figure("a cell beyond it, basic", basic.wall / BASIC - bare, "s"),
        Figure("seconds on the wall a cell: basic over pool", basic.wall / BASIC / (pool.wall / CELLS)),
        Figure("the same thousand once all is done", again.wall, "s", ("at most", 3)),
    ]


def grid(cells: int, store: Path) -> list[str]:
    """What asks for so many cells."""
    values = ",".join(f"{q / CELLS:.3f}" for q in range(1, cells + 1))
    said = ["runner", "-m", "loss=gce", f"loss.q={values}", "epochs=1", "exec.wandb.mode=disabled"]
    return [*said, f"store={store}"]


def bare_epoch() -> float:
    """Seconds of one epoch as one would write it by hand, on one thread: the median of 50."""
    import torch

    from bench.bare import loop, mlp, split, tensors

    torch.set_num_threads(1)
    train, _ = tensors(split([]), 64)
    return median(islice(loop(partial(mlp, 64), train, None), 50))
