"""Damaged stores, made from a real one: what every kind of file may come to, and what every program owes then.

The contract, whatever is damaged: no traceback; no number under a wrong label, and none that was not measured; what is
left out is named; the exit status is a documented one; and who asks for what is damaged gets it anew, as it was.
"""

import importlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from runner import plan, session
from runner.command_line import asked
from runner.events import Row
from runner.experiment import run
from runner.lease import here
from runner.store import Store

SAID = ["dataset=blobs", "epochs=2", "noise=0.4", "exec.progress=none", "exec.wandb.mode=disabled"]
GRID = [*SAID, "loss=ce,gce", "seeds=2", "exec.keep_network=true", "hydra.launcher.jobs=1"]
CUT = [*SAID, "epochs=6", "loss=mae", "seeds=2", "exec.checkpoint_every=1"]  # which was cut short after three
TUNE = [*SAID, "loss=ce,gce", "val_fraction=0.2", "trials=2", "space.optimizer.lr=log(1e-2,1)"]
STUDENT = [*SAID, "method=kd", "method.training=stored", "seeds=1"]
PAGE = """<!-- python -m runner.report store=packed.jsonl rows=loss -->
<!-- end -->
<!-- python -m runner.report store=packed.jsonl.gz rows=loss -->
<!-- end -->
<!-- python -m runner.claims from=kept.jsonl -->
<!-- end -->
<!-- python -m runner.repro from=table.jsonl -->
<!-- end -->
"""


class Done(NamedTuple):
    """What a program came to; `error` is what it raised, which none may."""

    code: int
    out: str
    err: str
    error: BaseException | None


def call(module: str, arguments: Sequence[str]) -> Done:
    """A program, in this process, as from a command line."""
    out, err = io.StringIO(), io.StringIO()
    plan.REFUSED.clear()
    plan.CURRENT.clear()
    before, sys.argv = sys.argv, [module, *arguments]
    code: Any = 0
    error = None
    try:
        with redirect_stdout(out), redirect_stderr(err):
            program = importlib.import_module(module)
            if module == "runner.__main__":
                program.main()
            else:
                importlib.import_module("runner.errors").program(program.main)
    except SystemExit as ended:
        code = ended.code or 0
    except Exception as raised:  # a traceback
        error = raised
    finally:
        sys.argv = before
    return Done(code, out.getvalue(), err.getvalue(), error)


def build(folder: Path) -> None:
    """A store with all that one may hold, and what was kept of it, in an empty folder, which is the current one."""
    store = "store=store"
    cells = asked([*GRID, store], multirun=True)
    plan.keep(plan.plan(cells), ["python", "-m", "runner", "-m", *GRID, store])
    for cell in cells:
        session.run_cell(cell.config, cell.choices, "a cell", plan.command(cell.overrides))
    for module, arguments in (
        ("runner.claims", ["gce_symmetric", "scale=smoke", "seeds=2", store, "keep=kept.jsonl", "jobs=1"]),
        ("runner.repro", ["squentropy", "scale=smoke", store, "keep=table.jsonl", "jobs=1"]),
        ("runner.tune", [*TUNE, store]),
        ("runner.audit", [*SAID, store]),
        ("runner.report", [store, "where=epochs=2", "pack=packed.jsonl"]),
        ("runner.report", [store, "where=epochs=2", "pack=packed.jsonl.gz"]),
    ):
        done = call(module, arguments)
        assert (done.code, done.error) == (0, None), (module, done)
    _cut_short(store)
    (folder / "page.md").write_text(PAGE)
    assert call("runner.renew", ["page.md"]).code == 0


def _cut_short(store: str) -> None:
    """A cell whose process died after three epochs: seeds without an end, a checkpoint, leases and a beat."""
    (cell,) = asked([*CUT, store], multirun=False)

    def dying(**arguments: Any) -> Iterator[Any]:
        for event in run(**arguments):
            if isinstance(event, Row) and event.values["epoch"] > 3:
                raise KeyboardInterrupt
            yield event

    try:
        session.run = dying
        session.run_cell(cell.config, cell.choices, "a cell", "python -m runner")
    except KeyboardInterrupt:
        pass
    finally:
        session.run = run
    path = Store("store").cell(cell.identity, cell.choices).path
    for seed in (0, 1):
        (path / f"seed={seed}" / "lease-1").write_text(json.dumps({"worker": "dead"}))
    beat = {"here": here(), "host": "h", "pid": os.getpid(), "started": "0", "beat": 3, "time": 1.0}
    Path("store/workers").mkdir(exist_ok=True)
    Path("store/workers/dead.json").write_text(json.dumps(beat))


def _flip(file: Path, place: float = 0.5) -> None:
    data = bytearray(file.read_bytes())
    data[int(len(data) * place)] ^= 1
    file.write_bytes(data)


def _digit(file: Path) -> None:
    """The last digit that can be another."""
    data = bytearray(file.read_bytes())
    place = max((i for i, byte in enumerate(data) if byte in b"12345678"), default=0)
    data[place] ^= 1
    file.write_bytes(data)


def _write(contents: bytes) -> Callable[[Path], None]:
    return lambda file: _put(file, contents)


def _put(file: Path, contents: bytes) -> None:
    file.write_bytes(contents)


def _loop(path: Path) -> None:
    """Not readable, whoever asks."""
    _lose(path)
    path.symlink_to(path.name)


def _lose(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "something").write_text("")


def _file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("")


def _copy(suffix: str) -> Callable[[Path], None]:
    return lambda folder: shutil.copytree(folder, folder.with_name(folder.name + suffix)) and None


def _swapped(folder: Path) -> None:
    """The contents of one beside it stand in its place."""
    other = next(
        p for p in sorted(folder.parent.iterdir()) if p.is_dir() and p != folder and p.name[:4] == folder.name[:4]
    )
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


FILE_DAMAGES: dict[str, Callable[[Path], None]] = {
    "lost": _lose,
    "empty": _write(b""),
    "cut": lambda file: _put(file, file.read_bytes()[: file.stat().st_size // 2]),
    "one byte short": lambda file: _put(file, file.read_bytes()[:-1]),
    "longer": lambda file: _put(file, file.read_bytes() + b"\n{}\n"),
    "twice": lambda file: _put(file, 2 * file.read_bytes()),
    "a bit": _flip,
    "a bit near the start": lambda file: _flip(file, 0.01),
    "a digit": _digit,
    "{}": _write(b"{}"),
    "[]": _write(b"[]"),
    "null": _write(b"null"),
    "7": _write(b"7"),
    "text": _write(b'"text"'),
    "deep list": _write(b"[" * 200_000),
    "deep object": _write(b'{"a":' * 200_000),
    "deep yaml": _write(b"- " * 200_000 + b"x\n"),
    "zeros": lambda file: _put(file, bytes(file.stat().st_size)),
    "binary": _write(bytes(range(256)) * 16),
    "utf-16": lambda file: _put(file, b"\xff\xfe" + file.read_bytes()),
    "a folder": _folder,
    "unreadable": _loop,
}
FOLDER_DAMAGES: dict[str, Callable[[Path], None]] = {
    "lost": _lose,
    "a file": _file,
    "unreadable": _loop,
    "copied .bak": _copy(".bak"),
    "copied -1": _copy("-1"),
    "copied 0": lambda folder: (
        shutil.copytree(folder, folder.with_name(folder.name.replace("=", "=0"))) and None
        if "=" in folder.name
        else _copy("0")(folder)
    ),
    "renamed": lambda folder: folder.rename(folder.with_name(f"{folder.name}.old")) and None,
    "emptied": lambda folder: (shutil.rmtree(folder), folder.mkdir()) and None,
}


def kinds() -> dict[str, Path]:
    """One file of each kind that there is, and one folder."""
    (ce, _), (cut,) = (
        [Store("store").cell(each.identity, each.choices).path for each in asked([*said, "store=store"], multirun=True)]
        for said in (GRID, CUT)
    )
    (journal,) = Path("store").glob("tune/*/journal.log")
    (checkpoint,) = cut.glob("checkpoints/*")
    (audit,) = Path("store").glob("audits/*/seed=0")
    (sweep,) = Path("store").glob("sweeps/*")
    seed = {name: ce / "seed=0" / name for name in sorted(p.name for p in (ce / "seed=0").iterdir())}
    unfinished = {f"unfinished {p.name}": p for p in sorted((cut / "seed=0").iterdir())}
    trial = sorted(p for p in Path("store/cells").iterdir() if p not in (ce, cut))[0]
    return {
        "config.yaml": ce / "config.yaml",
        **seed,
        "another config.yaml": trial / "config.yaml",
        "another status.json": trial / "seed=0" / "status.json",
        **unfinished,
        "unfinished config.yaml": cut / "config.yaml",
        "checkpoint": checkpoint,
        "sweep": sweep,
        "worker": Path("store/workers/dead.json"),
        "journal": journal,
        "journal's seal": journal.with_name("journal.json"),
        "audit": audit / "audit.json",
        "packed": Path("packed.jsonl"),
        "packed, compressed": Path("packed.jsonl.gz"),
        "kept claims": Path("kept.jsonl"),
        "kept table": Path("table.jsonl"),
        "the store": Path("store"),
        "cells": Path("store/cells"),
        "cell": ce,
        "seed": ce / "seed=0",
        "another seed": ce / "seed=1",
        "checkpoints": cut / "checkpoints",
        "sweeps": Path("store/sweeps"),
        "workers": Path("store/workers"),
        "tune": Path("store/tune"),
        "a study": journal.parent,
        "audits": Path("store/audits"),
    }
