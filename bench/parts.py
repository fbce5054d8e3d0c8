"""What is a cell made of, apart from its training?

Seconds of a process and of a further cell in it, and operations on the store, as strace counts them: calls that name a
file or folder of it, and reads, writes, listings and fsyncs, without lseek and close. Each is a difference of two grids
of one worker, such as of five cells and of two. Then what the file system of the folder that this runs in gives one
process: `TMPDIR=/shared python -m bench parts` measures another. docs/scaling.md makes a forecast of these numbers.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import which
from statistics import median
from types import MappingProxyType
from typing import NamedTuple

from bench.measure import Figure, command

CALLS = "%file,getdents64,fsync,fdatasync,read,write,flock"
CALL = re.compile(r"\d+ +(\w+)\(")
WRITE = re.compile(r"\d+ +write\(\d+<([^>]*)>.*?, (\d+)(?:\)| <unfinished)")
START = "a process that trains one cell of ten seeds"
CELL = "a further cell of ten seeds"
DONE = "a further cell of ten seeds that is done"
CELL_CALLS = "operations of a cell of one seed"
SEED_CALLS = "operations of a further seed"
ROW_CALLS = "operations of a row"
CHECKPOINT_CALLS = "operations of a checkpoint"
BEAT_CALLS = "operations of a beat"
WANDB_CALLS = "operations of W&B (offline), a seed"
CELL_DONE_CALLS = "operations of a cell that is done, of one seed"
SEED_DONE_CALLS = "operations of a further seed that is done"
SEED_SIZE = "a seed in the store, but for its rows"
ROW_SIZE = "a row in the store"
CHECKPOINT_SIZE = "a checkpoint, for each parameter of each seed"
SMALL = "operations on small files that one process gets"
LARGE = "bytes of a large file that one process writes"
WIDTH = 16384  # of the network whose checkpoint is measured: large beside what else is in it


class Trace(NamedTuple):
    """What one command did to its store.

    Attributes:
        calls: operations, but for those of beats.
        beat: operations of one beat.
        checkpoints: bytes of each checkpoint.
        rest: bytes that were written beside these and beats.
    """

    calls: int
    beat: float
    checkpoints: list[int]
    rest: int


def measure(folder: Path) -> list[Figure]:
    found = [*seconds(folder), *supply(folder)]
    return [*found, *operations(folder)] if which("strace") else found


def seconds(folder: Path) -> list[Figure]:
    """Of what is not training: a cell has two epochs of eight small steps."""
    ten = {"seeds": 10}
    start = median(command(said(1, folder / str(i), ten), folder / "log").wall for i in range(3))
    few, more, few_done, more_done = (
        command(said(n, folder / f"cells{n}", ten), folder / "log").wall for n in (2, 22, 2, 22)
    )
    return [
        Figure(START, start, "s"),
        Figure(CELL, (more - few) / 20, "s"),
        Figure(DONE, (more_done - few_done) / 20, "s"),
    ]


def operations(folder: Path) -> list[Figure]:
    few, five = traced(2, folder / "few"), traced(5, folder / "five")
    few_done, five_done = traced(2, folder / "few").calls, traced(5, folder / "five").calls
    seeds, seeds_done = (traced(2, folder / "seeds", {"seeds": 4}) for _ in range(2))
    epochs = traced(2, folder / "epochs", {"epochs": 12})
    saved = {"epochs": 12, "exec.checkpoint_every": 1, "model.width": WIDTH}
    kept = traced(2, folder / "kept", saved)
    tracked = traced(2, folder / "tracked", {"exec.wandb.mode": "offline"})
    return [
        Figure(CELL_CALLS, (five.calls - few.calls) / 3),
        Figure(SEED_CALLS, (seeds.calls - few.calls) / 6),
        Figure(ROW_CALLS, (epochs.calls - few.calls) / 20),
        Figure(CHECKPOINT_CALLS, (kept.calls - epochs.calls) / len(kept.checkpoints)),
        Figure(BEAT_CALLS, few.beat),
        Figure(WANDB_CALLS, (tracked.calls - few.calls) / 2),
        Figure(CELL_DONE_CALLS, (five_done - few_done) / 3),
        Figure(SEED_DONE_CALLS, (seeds_done.calls - few_done) / 6),
        Figure(SEED_SIZE, (seeds.rest - few.rest) / 6 / 2**10, "KiB"),
        Figure(ROW_SIZE, (epochs.rest - few.rest) / 20 / 2**10, "KiB"),
        Figure(CHECKPOINT_SIZE, kept.checkpoints[-1] / parameters(), "bytes"),
    ]


def said(cells: int, store: Path, more: Mapping[str, object] = MappingProxyType({})) -> list[str]:
    """What asks for so many cells, which one worker trains one after another; of one cell, in this process."""
    values = ",".join(f"{(q + 1) / 100:.2f}" for q in range(cells))
    usual = {"dataset": "blobs", "loss": "gce", "loss.q": values, "epochs": 2, "exec.wandb.mode": "disabled"}
    settings = {**usual, **more}
    grid = ["-m", "hydra.launcher.jobs=1", "hydra.launcher.threads=1"] if cells > 1 else []
    return ["runner", *grid, *(f"{key}={value}" for key, value in settings.items()), f"store={store}"]


def traced(cells: int, store: Path, more: Mapping[str, object] = MappingProxyType({})) -> Trace:
    """Run it, and count."""
    log = store.with_suffix(".strace")
    trace = ["strace", "-f", "-y", "-qq", "-s", "0", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", str(log)]
    arguments = [sys.executable, "-m", *said(cells, store, more)]
    subprocess.run([*trace, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    with log.open(encoding="utf-8", errors="replace") as lines:
        return counted((line for line in lines if f"{store}/" in line), store)


def counted(lines: Iterable[str], store: Path) -> Trace:
    """Of what strace wrote down, the lines that name something of the store."""
    calls = beating = beats = rest = 0
    checkpoints = []
    for line in lines:
        if not (call := CALL.match(line)):  # the second half of a call that was cut in two
            continue
        worker = f"{store}/workers/" in line
        calls += not worker
        beating += worker and call[1] not in ("mkdir", "unlink")
        beats += worker and call[1] == "rename"
        if written := WRITE.match(line):
            size = int(written[2])
            if "/checkpoints/" in written[1]:
                checkpoints.append(size)
            elif not worker:
                rest += size
    return Trace(calls, beating / max(beats, 1), checkpoints, rest)


def parameters() -> int:
    """Of the network whose checkpoint is measured."""
    from bench.bare import split
    from bench.gpu import network

    asked = ["dataset=blobs", f"model.width={WIDTH}"]
    return sum(number.numel() for number in network(asked, split(asked)).parameters())


def supply(folder: Path) -> list[Figure]:
    """What one process gets from the file system: operations on small files, and bytes of a large one."""
    rounds, size = 200, 2**28
    began = time.perf_counter()
    for i in range(rounds):
        file = folder / f"{i}.new"
        with file.open("wb") as stream:
            stream.write(b"0" * 1024)
            stream.flush()
            os.fsync(stream.fileno())
        file = file.rename(folder / f"{i}.kept")
        file.stat()
        file.read_bytes()
        file.unlink()
    files = time.perf_counter() - began
    began = time.perf_counter()
    with (folder / "large").open("wb") as stream:
        stream.write(bytes(size))
        stream.flush()
        os.fsync(stream.fileno())
    large = time.perf_counter() - began
    return [
        Figure(SMALL, 8 * rounds / files, "a second"),
        Figure(LARGE, size / large / 2**20, "MiB a second"),
    ]
