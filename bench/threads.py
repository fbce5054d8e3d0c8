"""What do runs that share the cores cost each other?

The default network on the digits for twenty epochs. Two commands at once, each of which takes a thread for every core,
against the same two one after the other; and two workers with two threads each against two with one thread each. Then
ten seeds, in one command and in two at once: where threads that wait spin for a moment and then sleep, as the runner
has it; where they spin for milliseconds, as OpenMP has it (OMP_WAIT_POLICY=active); where they sleep at once (passive).
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.measure import Figure, command

SAID = ("epochs=20", "exec.wandb.mode=disabled")


def measure(folder: Path) -> list[Figure]:
    os.environ.pop("OMP_NUM_THREADS", None)  # as a user would
    alone = [command(["runner", *SAID, f"store={folder / str(i)}"], folder / "log").wall for i in range(2)]
    both = at_once(folder)
    few, many = (swept(folder, threads) for threads in (1, 2))
    return [
        Figure("two commands, one after the other", sum(alone), "s"),
        Figure("the same at once, over that", both / sum(alone), "times", ("at most", 0.8)),
        Figure("sixteen cells, two workers with one thread each", few, "s"),
        Figure("with two threads each, over that", many / few, "times", ("at most", 1.5)),
        *waiting(folder),
    ]


def waiting(folder: Path) -> list[Figure]:
    """Of ten seeds, by how threads wait."""
    figures = []
    for name in ("", "active", "passive"):
        if name:
            os.environ["OMP_WAIT_POLICY"] = name
        ten = ["seeds=10", f"store={folder / f'ten {name}'}"]
        alone = command(["runner", *SAID, *ten], folder / "log").wall
        both = at_once(folder / f"waiting {name}", "seeds=10")
        how = f"OMP_WAIT_POLICY={name}" if name else "as the runner has it"
        figures += [
            Figure(f"ten seeds, {how}", alone, "s"),
            Figure(f"two such commands at once, {how}", both, "s"),
        ]
    os.environ.pop("OMP_WAIT_POLICY")
    return figures


def at_once(folder: Path, *said: str) -> float:
    """Seconds on the wall of two commands that begin together."""
    folder.mkdir(exist_ok=True)
    commands = [["runner", *SAID, *said, f"store={folder / f'beside {i}'}"] for i in range(2)]
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(command, commands, [folder / f"log {i}" for i in range(2)]))
    return time.perf_counter() - began


def swept(folder: Path, threads: int) -> float:
    """Seconds on the wall of a grid with two workers of so many threads."""
    grid = ["-m", "loss=gce", "loss.q=" + ",".join(f"{q / 20:g}" for q in range(1, 17))]
    launcher = ["hydra.launcher.jobs=2", f"hydra.launcher.threads={threads}", f"store={folder / f'{threads} threads'}"]
    return command(["runner", *grid, *SAID, *launcher], folder / "log").wall
