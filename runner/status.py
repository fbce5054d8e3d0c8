"""Show the progress of sweeps: `python -m runner.status [store=results]`, on any machine that sees the store.

A planned seed has not begun. A stale seed has begun, but its process ended without reporting. The command of the sweep
trains both.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from runner.compose.options import NAMES, flag, option, parse
from runner.compose.program import program
from runner.console.errors import ConfigError
from runner.console.plain import Plain
from runner.console.say import say
from runner.store.left_out import tell
from runner.store.store import Store
from runner.store.sweeps import states

STATES = ("planned", "running", "done", "diverged", "failed", "stale", "damaged")
EVERY = 2.0  # seconds between looks


@dataclass(frozen=True)
class Options:
    """What the state of a store can be asked for."""

    store: str = option("results", "the folder of a store, which may also stand there by itself")
    watch: bool = flag("look again every few seconds, until interrupted", "--watch")
    json: bool = flag("for programs", "--json")


def main(arguments: Sequence[str]) -> None:
    """Print the state of the store, once or again and again."""
    options, folders = parse(Options, arguments, NAMES)
    if len([*folders, *(word for word in arguments if word.startswith("store="))]) > 1:
        raise ConfigError(f"{' '.join(arguments)}: must be the folder of one store")
    store = Store(next(iter(folders), options.store))
    if not store.root.is_dir():
        raise ConfigError(f"store={store.root}: there is no such folder; python -m runner puts results there")
    found, left = states(store)
    tell(left)
    if options.json:
        say(json.dumps(found, indent=1), lines=True)
        return
    if not options.watch:
        Plain().print(_shown(found))
        return
    with Live(_shown(found), console=Plain(), auto_refresh=False) as live:
        while True:
            time.sleep(EVERY)
            known, (found, left) = left, states(store)
            tell(each for each in left if each not in known)
            live.update(_shown(found), refresh=True)


def _shown(found: Sequence[Mapping[str, Any]]) -> Group:
    parts: list[Any] = []
    for sweep in found:
        counted = [Counter(seed["state"] for seed in cell["seeds"].values()) for cell in sweep["cells"]]
        total = sum(counted, Counter[str]())
        states = [state for state in STATES if total[state]]
        parts.append(Text(sweep["sweep"], style="italic"))
        table = Table("cell", *states)
        for cell, counts in zip(sweep["cells"], counted, strict=True):
            beats = [seed["beat"] for seed in cell["seeds"].values() if seed.get("beat") is not None]
            shown = {state: str(counts[state]) if counts[state] else "" for state in states}
            if counts["running"] and beats:
                shown["running"] += f" (beat {max(beats):.0f} s ago)"
            table.add_row(cell["name"], *shown.values())
        if len(counted) > 1:
            table.add_section()
            table.add_row("all", *(str(total[state]) for state in states))
        parts.append(table)
    return Group(*(parts or ["nothing is in this store yet"]))


if __name__ == "__main__":
    try:
        program(main, Options)
    except KeyboardInterrupt:
        sys.exit(0)
