"""How long until something happens?

Seconds of all cores together for what answers without training, and on the wall for the default run: 60 epochs on the
handwritten digits, from the command to its table. Medians of five, and of three runs.
"""

from pathlib import Path
from statistics import median

from bench.measure import Figure, command


def measure(folder: Path) -> list[Figure]:
    log = folder / "log"
    whole = [command(["runner", f"store={folder / str(i)}"], log).wall for i in range(3)]
    return [
        Figure("--help", cpu(["--help"], log), "s", ("at most", 1)),
        Figure("--cfg job", cpu(["--cfg", "job"], log), "s", ("at most", 1)),
        Figure("a key that does not exist, refused", cpu(["nosie=0.6"], log, status=2), "s", ("at most", 1)),
        Figure("the default run", median(whole), "s", ("at most", 15)),
    ]


def cpu(said: list[str], log: Path, *, status: int = 0) -> float:
    """Seconds on the cores, the median of five."""
    return median(command(["runner", *said], log, status=status).cpu for _ in range(5))
