"""How do seconds and memory grow with seeds, examples, epochs, rows, cells and workers?

The multilayer perceptron on made-up data of 64 numbers an example, each point a command of its own; the picture is
growth.svg. Seeds, examples, epochs and rows: seconds of training, and the peak memory of its process. Cells, of one
epoch and one seed, and workers, which share 32 such cells: seconds of the whole command, and the memory of all its
processes at once. Exponents are slopes of straight lines through the logarithms of the last two points: 1 is
proportional. Where the line bends, what is proportional overtakes what is fixed: the fixed part and the share of each
are those of the straight line through the last point and the one before it. A further seed of a stack should take its
parameters, their gradients and momenta, the labels that it was given, and what one step and one chunk of an evaluation
need; not logits of all examples.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.measure import Figure, command
from bench.processes import Watch
from runner.store.files import save

PICTURE = Path(__file__).parents[1] / "docs" / "results" / "growth.svg"
SHAPE = ["dataset=blobs", "dataset.dim=64", "dataset.num_classes=10", "dataset.num_test=2000"]
BASE = {"seeds": 1, "dataset.num_train": 16000, "epochs": 4, "eval_every": 1}
POINTS = {
    "seeds": [1, 4, 16, 64, 256],
    "dataset.num_train": [4000, 16000, 64000, 256000, 1024000],
    "epochs": [4, 16, 64, 256],
}
ROWS = [1, 2, 4, 8, 16, 32]  # evaluations of 32 epochs
CELLS = [1, 8, 64, 512]
WORKERS = [1, 2, 4, 8]


class Point(NamedTuple):
    """One run: how much of what was varied, seconds, and bytes of memory at the peak."""

    amount: int
    seconds: float
    memory: int


def measure(folder: Path) -> list[Figure]:
    found = {key: [point(folder, {key: n}, n) for n in amounts] for key, amounts in POINTS.items()}
    found["rows"] = [point(folder, {"epochs": 32, "eval_every": 32 // n}, n) for n in ROWS]
    found["cells"] = [grid(folder, n, cells=n) for n in CELLS]
    found["workers"] = [grid(folder, n, cells=32, workers=n) for n in WORKERS]
    draw(found)
    seeds = found["seeds"]
    parameters = 64 * 256 + 256 + 256 * 10 + 10
    own = (seeds[-1].memory - seeds[-2].memory) / (seeds[-1].amount - seeds[-2].amount)
    most = seeds[-1].amount
    return [
        *(figure for key, points in found.items() for figure in figures(key, points)),
        Figure(f"{most} seeds as a stack over {most} times one", seeds[-1].seconds / seeds[0].seconds / most),
        Figure("memory of a further seed", own / 2**20, "MiB"),
        Figure("its parameters, gradients and momenta", 3 * 4 * parameters / 2**20, "MiB"),
    ]


def point(folder: Path, said: dict[str, int], amount: int) -> Point:
    """Run it as a user would, and read what it took from its last seed's status."""
    store = folder / "-".join(f"{key}{value}" for key, value in said.items())
    given = ["exec.wandb.mode=disabled", *(f"{key}={value}" for key, value in (BASE | said).items())]
    command(["runner", *SHAPE, *given, f"exec.stack={POINTS['seeds'][-1]}", f"store={store}"], folder / "log")
    last = max(store.glob("cells/*/seed=*"), key=lambda seed: int(seed.name.partition("=")[2]))
    rows = [json.loads(line) for line in (last / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    took = json.loads((last / "status.json").read_text(encoding="utf-8"))["took"]
    return Point(amount, rows[-1]["seconds"], took["peak_memory_bytes"])


def grid(folder: Path, amount: int, *, cells: int, workers: int = 2) -> Point:
    """A whole command of small cells."""
    values = ",".join(f"{(q + 1) / cells:.4f}" for q in range(cells))
    given = [
        "-m",
        *SHAPE,
        "exec.wandb.mode=disabled",
        "epochs=1",
        "loss=gce",
        f"loss.q={values}",
        f"hydra.launcher.jobs={workers}",
    ]
    with Watch() as memory:
        took = command(["runner", *given, f"store={folder / f'{cells}-{workers}'}"], folder / "log")
    return Point(amount, took.wall, memory.most.together)


def figures(key: str, points: Sequence[Point]) -> list[Figure]:
    """How one of them grows."""
    found = [
        Figure(f"{key}: exponent of seconds", slope([(p.amount, p.seconds) for p in points])),
        Figure(f"{key}: exponent of memory", slope([(p.amount, p.memory) for p in points])),
    ]
    if key != "workers":
        found.append(Figure(f"{key}: the line of seconds bends at", bend([(p.amount, p.seconds) for p in points])))
    return found


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line through the logarithms of the last two points."""
    (few, first), (many, last) = points[-2:]
    return math.log(last / first) / math.log(many / few)


def bend(points: Sequence[tuple[float, float]]) -> float:
    """The amount whose share is as large as what is fixed, on the line through the last two points; inf if flat.

    >>> bend([(1, 11.0), (10, 20.0), (100, 110.0)])
    10.0
    """
    (few, first), (many, last) = points[-2:]
    each = (last - first) / (many - few)
    return max(last - each * many, 0.0) / each if each > 0 else math.inf


def draw(found: dict[str, list[Point]]) -> None:
    """Seconds above, memory below, both axes logarithmic; a column for what is varied."""
    from matplotlib.figure import Figure as Canvas

    from runner.console.drawing import BLUE, ORANGE, plain, style, svg

    with style():
        canvas = Canvas(figsize=(12, 4.6), layout="constrained")
        for column, (key, points) in enumerate(found.items(), start=1):
            amounts = [p.amount for p in points]
            above = canvas.add_subplot(2, len(found), column)
            below = canvas.add_subplot(2, len(found), column + len(found))
            plain(above, key, ylabel="seconds" if column == 1 else "")
            plain(below, "", xlabel=key, ylabel="peak memory, MiB" if column == 1 else "")
            above.loglog(amounts, [p.seconds for p in points], "o-", color=BLUE)
            below.loglog(amounts, [p.memory / 2**20 for p in points], "s-", color=ORANGE)
    save(PICTURE, svg(canvas))
