"""The command line: a configuration in, rows in the store and a table out."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runner.compose.cell_config import CellConfig
from runner.compose.command_line import CONF, HYDRA, compose_cells
from runner.compose.flags import Words, flags_of, read
from runner.compose.help import text
from runner.compose.program import patient_threads
from runner.console.errors import HELP, ConfigError, tell
from runner.console.output import printing
from runner.console.say import complain, note, say
from runner.store.record import FINISHED

if TYPE_CHECKING:
    from runner.launch.job import Job

COMPLETION = {"--shell-completion", "-sc"}


def main() -> None:
    """`python -m runner` and `seedwise`.

    Exit status: 0 everything asked for is done, 1 something failed, 2 wrongly asked, 130 interrupted. It is about what
    is in the store, whether or not what is said of it can be printed.
    """
    patient_threads()
    with printing():
        _main(sys.argv[1:])


def _main(arguments: list[str]) -> None:
    flags = flags_of(arguments)
    if flags & COMPLETION:
        _hydra(Words(arguments, []))
        return
    if flags & HELP:
        say(text().rstrip("\n"), lines=True)
        return
    try:
        words = read(arguments)
        cells = compose_cells(words.overrides, multirun=words.multirun)
        if words.question:
            _hydra(words)
            return
        sys.exit(_run(cells, words))
    except ConfigError as error:
        complain(error)
        sys.exit(2)
    except KeyboardInterrupt:
        complain("interrupted; finished seeds are kept, and the same command goes on from there")
        sys.exit(130)


def _run(cells: Sequence[CellConfig], words: Words) -> int:
    """Plan, train, and show what came of it; the exit status."""
    from runner.console.plain import Plain
    from runner.launch import plan, summary
    from runner.launch.job import Job
    from runner.store import left_out

    planned = plan.plan(cells)
    refused = plan.check_code(planned)
    if any(cell.config["dry"] for cell in cells):
        plan.show(planned, Plain())
        left_out.tell(plan.strays(planned))
        tell([*plan.flaws(planned), *(each.error for each in refused)])
        return 0
    tell(each.error for each in refused)
    planned = [each for each in planned if each.cell.path not in {cell for cell, _ in refused}]
    if not planned:
        return 2
    if words.multirun:
        plan.show(planned, Plain(stderr=True))
    plan.check_stores(planned)
    plan.mend(planned)
    job = Job(planned)
    told = False
    if words.multirun:
        plan.keep(planned, ["python", "-m", "runner", *sys.argv[1:]])
        one = [*planned[0].config.overrides]  # what is said of all cells may be none that Hydra composes
        _hydra(words._replace(overrides=one), job)
    elif all(state in FINISHED for state in planned[0].states.values()):
        seeds = len(planned[0].states)
        note(f"{seeds} of {seeds} seeds are in {planned[0].cell.path} already")
    else:
        told = True
        job.train_alone()
    refused += job.refused
    without = {cell for cell, _ in refused}
    there = [each for each in planned if any(each.cell.seed(seed).path.exists() for seed in each.states)]
    begun = [each for each in there if each.cell.path not in without]
    status = summary.show(begun, told=told) if begun else 0
    return 2 if refused else status


def _hydra(words: Words, job: "Job | None" = None) -> None:
    """Let Hydra answer a question, or give the cells of a job to the launcher that was chosen."""
    import hydra

    from runner.launch.job import Job

    sys.argv[1:] = [*words.overrides, *words.options]  # Hydra wants its overrides in one piece
    hydra.main(config_path=str(CONF), config_name="config", **HYDRA)(job or Job([]))()


if __name__ == "__main__":
    main()
