"""What does a cell cost beyond its training?

A thousand cells of one epoch on the handwritten digits with the pool launcher, and two hundred with Hydra's basic one.
Beyond training: a cell's share of the whole command (on each of its workers), less one epoch of a bare PyTorch loop.
"""

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
        Figure("the same thousand once all is done", again.wall, "s"),
    ]


def grid(cells: int, store: Path) -> list[str]:
    """What asks for so many cells."""
    values = ",".join(f"{q / CELLS:.3f}" for q in range(1, cells + 1))
    said = ["runner", "-m", "loss=gce", f"loss.q={values}", "epochs=1", "exec.wandb.mode=disabled"]
    return [*said, f"store={store}"]


def bare_epoch() -> float:
    """Seconds of one epoch as one would write it by hand, on one thread: the median of 50."""
    import time

    import torch
    import torch.nn.functional as F
    from sklearn.datasets import load_digits
    from torch import nn

    torch.set_num_threads(1)
    x, y = (torch.tensor(a) for a in load_digits(return_X_y=True))
    x = ((x[360:] - 4.886) / 6.018).float()
    y = y[360:]
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    took = []
    for _ in range(50):
        began = time.perf_counter()
        for batch in torch.randperm(len(x)).split(64):
            loss = F.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        took.append(time.perf_counter() - began)
    return median(took)
