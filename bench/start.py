"""How long until something happens?

Seconds of all cores together for what answers without training, and on the wall for whole commands on the handwritten
digits, from the command to its table, W&B's offline files included: the default run of 60 epochs, the same with ten
seeds, and either once more on its stored seeds. Medians of five, and of three.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.measure import Figure, command


def measure(folder: Path) -> list[Figure]:
    log = folder / "log"
    first, again = whole(folder / "one", [], log)
    ten, ten_again = whole(folder / "ten", ["seeds=10"], log)
    return [
        Figure("--help", cpu(["--help"], log), "s", ("at most", 1)),
        Figure("--cfg job", cpu(["--cfg", "job"], log), "s", ("at most", 1)),
        Figure("a key that does not exist, refused", cpu(["nosie=0.6"], log, status=2), "s", ("at most", 1)),
        Figure("the default run", first, "s", ("at most", 5)),
        Figure("the default run again, on its stored seed", again, "s", ("at most", 1)),
        Figure("the default run with ten seeds", ten, "s", ("at most", 7)),
        Figure("the same again, on ten stored seeds", ten_again, "s", ("at most", 1)),
    ]


def whole(folder: Path, said: Sequence[str], log: Path) -> tuple[float, float]:
    """Seconds on the wall of a command, and of the same once more, medians of three."""
    commands = [["runner", *said, f"store={folder / str(i)}"] for i in range(3)]
    first, again = ([command(each, log).wall for each in commands] for _ in range(2))
    return median(first), median(again)


def cpu(said: Sequence[str], log: Path, *, status: int = 0) -> float:
    """Seconds on the cores, the median of five."""
    return median(command(["runner", *said], log, status=status).cpu for _ in range(5))
