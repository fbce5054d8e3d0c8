"""How do seconds and memory grow with seeds, examples, epochs and rows?

The multilayer perceptron on made-up data of 64 numbers an example, each point a process of its own; the picture is
growth.svg. Exponents are slopes of straight lines through the logarithms of the last four points: 1 is proportional.
A further seed of a stack should take its parameters, their gradients and momenta, the labels that it was given, and
what one step and one chunk of an evaluation need; not logits of all examples.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.measure import Figure, command
from runner.store.files import save

PICTURE = Path(__file__).parents[1] / "docs" / "results" / "growth.svg"
BASE = {"seeds": 1, "dataset.num_train": 16000, "epochs": 4, "eval_every": 1}
POINTS = {
    "seeds": [1, 2, 4, 8, 16, 32, 64, 128],
    "dataset.num_train": [4000, 8000, 16000, 32000, 64000, 128000],
    "epochs": [4, 8, 16, 32, 64],
}
ROWS = [1, 2, 4, 8, 16, 32]  # evaluations of 32 epochs


class Point(NamedTuple):
    """One run: how much of what was varied, seconds of training, and bytes of memory at its peak."""

    amount: int
    seconds: float
    memory: int


def measure(folder: Path) -> list[Figure]:
    found = {key: [point(folder, {key: n}, n) for n in amounts] for key, amounts in POINTS.items()}
    found["rows"] = [point(folder, {"epochs": 32, "eval_every": 32 // n}, n) for n in ROWS]
    draw(found)
    seeds = found["seeds"]
    parameters = 64 * 256 + 256 + 256 * 10 + 10
    own = (seeds[-1].memory - seeds[-3].memory) / (seeds[-1].amount - seeds[-3].amount)
    exponents = [Figure(f"exponent of seconds in {key}", slope(points)) for key, points in found.items()]
    return [
        *exponents,
        Figure("128 seeds as a stack over 128 times one", seeds[-1].seconds / seeds[0].seconds / 128),
        Figure("memory of a further seed", own / 2**20, "MiB"),
        Figure("its parameters, gradients and momenta", 3 * 4 * parameters / 2**20, "MiB"),
    ]


def point(folder: Path, said: dict[str, int], amount: int) -> Point:
    """Run it as a user would, and read what it took from its last seed's status."""
    store = folder / "-".join(f"{key}{value}" for key, value in said.items())
    given = [f"{key}={value}" for key, value in (BASE | said).items()]
    shape = ["dataset=blobs", "dataset.dim=64", "dataset.num_classes=10", "dataset.num_test=2000"]
    command(["runner", *shape, *given, "exec.stack=128", "exec.wandb.mode=disabled", f"store={store}"], folder / "log")
    last = max(store.glob("cells/*/seed=*"), key=lambda seed: int(seed.name.partition("=")[2]))
    rows = [json.loads(line) for line in (last / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    took = json.loads((last / "status.json").read_text(encoding="utf-8"))["took"]
    return Point(amount, rows[-1]["seconds"], took["peak_memory_bytes"])


def slope(points: Sequence[Point]) -> float:
    first, last = points[-4], points[-1]
    return math.log(last.seconds / first.seconds) / math.log(last.amount / first.amount)


def draw(found: dict[str, list[Point]]) -> None:
    """Seconds above, memory below; a column for what is varied."""
    from matplotlib.figure import Figure as Canvas

    from runner.console.drawing import BLUE, ORANGE, plain, style, svg

    with style():
        canvas = Canvas(figsize=(10, 4.6), layout="constrained")
        for column, (key, points) in enumerate(found.items(), start=1):
            amounts = [p.amount for p in points]
            above, below = canvas.add_subplot(2, 4, column), canvas.add_subplot(2, 4, column + 4)
            plain(above, key, ylabel="seconds" if column == 1 else "")
            plain(below, "", xlabel=key, ylabel="peak memory, MiB" if column == 1 else "")
            above.plot(amounts, [p.seconds for p in points], "o-", color=BLUE)
            below.plot(amounts, [p.memory / 2**20 for p in points], "s-", color=ORANGE)
            above.set_ylim(0, 1.1 * max(p.seconds for p in points))
            below.set_ylim(0, 1.1 * max(p.memory for p in points) / 2**20)
    save(PICTURE, svg(canvas))
