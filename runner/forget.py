"""Remove cells from the store, so that they are trained anew: `python -m runner.forget loss=gce noise=0.6`.

The command line is the runner's. Every cell that it asks for is removed with all of its seeds, whatever `seeds` says.
While a process is at work on one of them, none is. With dry=true it is said what would be removed, and nothing is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.compose.command_line import compose_cells
from runner.compose.options import OVERRIDES, flag, parse
from runner.compose.program import program
from runner.console.errors import ConfigError
from runner.console.say import say
from runner.launch.plan import plan
from runner.store import store
from runner.store.cell import Cell


@dataclass(frozen=True)
class Options:
    """What can stand beside the runner's overrides."""

    multirun: bool = flag("a grid, as for the runner", "-m", "--multirun")


def main(arguments: Sequence[str]) -> None:
    """Remove every cell that the arguments ask for."""
    options, overrides = parse(Options, arguments, OVERRIDES)
    planned = plan(compose_cells(overrides, multirun=options.multirun))
    there = [each.cell for each in planned if each.cell.path.exists()]
    if not there:
        raise ConfigError(f"store={planned[0].cell.store.root}: none of these cells is in it")
    dry = planned[0].config.config["dry"]
    said = {cell.path: _said(cell) for cell in there}
    if not dry:
        try:
            store.forget(there)
        except OSError as error:
            raise there[0].store.refusal(error) from error
    for path, what in said.items():
        say(f"{path}: {what} {'would be ' * dry}removed")


def _said(cell: Cell) -> str:
    """What goes with a cell: its seeds, and what lies among them without being one."""
    seeds = len(cell.seeds())
    return " and ".join([f"{seeds} seed{'s' * (seeds != 1)}", *(stray.path.name for stray in cell.strays())])


if __name__ == "__main__":
    program(main, Options)
