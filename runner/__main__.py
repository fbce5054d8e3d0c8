"""The command line: a configuration in, rows in the store and a table out."""

import shlex
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from runner.command_line import CONF, HYDRA, Asked, asked, choices_of, plain
from runner.errors import ConfigError

if TYPE_CHECKING:
    from omegaconf import DictConfig

QUESTIONS = {"--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--info", "-i"}  # Hydra answers, nothing runs
VALUED = {"--cfg", "-c", "--package", "-p"}  # "--cfg job": the word that follows is no override
COMPLETION = {"--shell-completion", "-sc"}


def main() -> None:
    """`python -m runner` and `seedwise`.

    Exit status: 0 everything asked for is done, 1 something failed, 2 wrongly asked, 130 interrupted.
    """
    arguments = sys.argv[1:]
    flags = {a.partition("=")[0] for a in arguments if a.startswith("-")}
    if flags & COMPLETION:
        _run([])
        return
    try:
        cells = asked(_overrides(arguments), multirun=bool(flags & {"-m", "--multirun"}))
    except ConfigError as error:
        print(f"seedwise: {error}", file=sys.stderr)
        sys.exit(2)
    try:
        refused = _run(cells)
        if flags & QUESTIONS:
            return
        failed = len(refused) < len(cells) and _summary(cells)
        sys.exit(2 if refused else int(failed))
    except KeyboardInterrupt:
        print(
            "seedwise: interrupted; finished seeds are kept, and the same command goes on from there", file=sys.stderr
        )
        sys.exit(130)


def _overrides(arguments: Sequence[str]) -> list[str]:
    """The arguments that are neither options nor an option's value."""
    overrides = []
    for previous, argument in pairwise(["", *arguments]):
        if argument.startswith(("--config-", "-cp", "-cn", "-cd")):
            raise ConfigError(f"{argument}: there is one configuration; more folders by hydra.searchpath=[folder]")
        if not argument.startswith("-") and previous not in VALUED:
            overrides.append(argument)
    return overrides


def _run(cells: Sequence[Asked]) -> list[ConfigError]:
    """Hand over to Hydra, which runs a job for each cell or answers a question; the cells that could not be begun."""
    import hydra

    refused: list[ConfigError] = []
    turn = iter(range(1, len(cells) + 1))

    def job(config: "DictConfig") -> None:
        from hydra.core.hydra_config import HydraConfig

        from runner.session import run_cell

        jobs = HydraConfig.get()
        said = [o for o in jobs.overrides.task if o.partition("=")[0] not in ("seed", "seeds")]
        count = f"[{next(turn)}/{len(cells)}] " if len(cells) > 1 else ""
        name = " ".join(o for o in said if not o.startswith(("exec.", "store=", "hydra"))) or "default run"
        try:
            run_cell(plain(config), choices_of(jobs), count + name, shlex.join(["python", "-m", "runner", *said]))
        except ConfigError as error:
            print(f"seedwise: {error}", file=sys.stderr)
            refused.append(error)

    hydra.main(config_path=str(CONF), config_name="config", **HYDRA)(job)()
    return refused


def _summary(cells: Sequence[Asked]) -> bool:
    """Show what the store now holds of all that was asked; did some of it fail?"""
    from rich.console import Console

    from runner.report import pivot, single
    from runner.store import Store

    seeds: dict[str, set[int]] = {}
    found = {}
    for each in cells:
        cell = Store(each.config["store"]).cell(each.question, each.choices)
        found[str(cell.path)] = cell
        first = each.config["seed"]
        seeds.setdefault(str(cell.path), set()).update(range(first, first + each.config["seeds"]))
    table = [(cell, sorted(seeds[path])) for path, cell in found.items()]
    console = Console()
    if len(table) > 1:
        pivot(table, "test/accuracy").show(console)
    else:
        single(*table[0], console)
    statuses = [cell.seed(n).status() for cell, numbers in table for n in numbers]
    failed = [status for status in statuses if status["state"] == "failed"]
    for status in failed:
        print(f"seedwise: failed: {status['cause']}\n  to try again: {status['command']}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    main()
