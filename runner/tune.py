"""The same budget of tuning for every objective, then each at its best and at its defaults: `python -m runner.tune`.

    python -m runner.tune loss=ce,gce noise=0.4 val_fraction=0.1 trials=20 \\
        'space.optimizer.lr=log(1e-3,1)' 'space.loss.q=uniform(0.1,1)' final.seeds=10 final.noise=0.2,0.4

Overrides are the runner's, and what they list is swept: each cell is an objective. Each gets as many trials, drawn from
the same space as far as it has the keys, by the same sampler, and judged on validation examples only. The first
trial of each is the configuration as it stands, its defaults. Those from which the sampler is to learn are
quasi-random: few of them fill the space evenly.

A trial is a cell of the store, trained by one of the workers (jobs=). Which are drawn, and what they come to, does not
depend on their number. <store>/tune/<hash>/journal.log is Optuna's journal of the trials that have ended, a
study for each objective; the same command goes on from there, and trials=40 after trials=20 makes twenty more. A
diverged seed counts as the worst value, as in a report. A trial of which a seed failed, or all diverged, or one did and
the metric has no worst value (val/nll), is worse than all others. Each has used up its part of the budget.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from runner.comparison.results import Result, pack
from runner.comparison.tuning import SEARCH, Search, Trial
from runner.compose.options import OVERRIDES, keyed, option, parse
from runner.compose.program import program
from runner.compose.schema import Positive, Threads
from runner.console.errors import writing
from runner.console.plain import wide_console
from runner.console.say import complain, say
from runner.store.folders import writable_file
from runner.tuning.contender import Contender
from runner.tuning.contenders import check_contenders, check_defaults, check_judge, contenders
from runner.tuning.finals import failed_finals, finals
from runner.tuning.space import space_of
from runner.tuning.summary import compare, table
from runner.tuning.training import settings
from runner.tuning.trials import failed_trials, listed, trials


@dataclass(frozen=True)
class Options:
    """How objectives are tuned."""

    trials: Positive = option(MISSING, "of each objective; the first is its defaults")
    space: Mapping[str, str] = keyed("what to search: log(a,b), uniform(a,b), int(a,b) or choice(x,y,...)")
    final: Mapping[str, str] = keyed(
        "what is otherwise in the comparison in the end; what is listed, x,y,..., is compared at each"
    )
    keep: Path | None = option(
        None, "a file: what was selected, as in that comparison, for python -m runner.report store=FILE"
    )
    select: Annotated[str, SEARCH["select"]] | None = option(
        None,
        "what trials are judged by, as the mean of their seeds; by default their task's primary metric",
        "tune.select",
    )
    at: Annotated[str, SEARCH["at"]] = option("last", "at the last epoch, or at the best by validation", "tune.at")
    sampler: Annotated[str, SEARCH["sampler"]] = option(
        "tpe",
        "what draws trials; tpe and ei_per_gradient begin with ten that fill the space evenly, and the latter looks "
        "for good trials that take few gradients; grid has every combination of choices once",
        "tune.sampler",
    )
    seed: int = option(0, "of the sampler", "tune.seed")
    jobs: Literal["auto"] | Threads = option("auto", "cells trained at once; auto is one a GPU, else one a core")
    threads: Literal["auto"] | Threads = option("auto", "of each; auto is 1, or its share of the cores beside a GPU")
    list: bool = option(False, "list every trial, with the command that trains it", "tune.list")


def main(arguments: Sequence[str]) -> None:
    """Tune, and print how the objectives compare.

    Exit status: 0 everything asked for is done, 1 something failed, 2 wrongly asked, 130 interrupted.
    """
    options, overrides = parse(Options, arguments, OVERRIDES)
    space = space_of(options.space, options.final)
    if options.keep is not None:
        writable_file("keep", options.keep)
    compared = contenders(overrides, space)
    check_contenders(compared, options.final, options.sampler, options.trials)
    for key in space:
        if without := [each.name for each in compared if key not in each.space]:
            say(f"{key} is not searched for {', '.join(without)}: there is no such key")
    select = options.select or compared[0].cell.task.judge
    check_judge(compared, select)
    search = Search(select, options.at, options.sampler, options.seed)
    pool = settings(options.jobs, options.threads)
    try:
        check_defaults(compared, search, pool)  # before any other trial: what cannot be trained at all is refused here
        tried = trials(compared, options.trials, search, pool)
        if lacking := sum(options.trials - len(its) for its in tried):
            complain(f"{lacking} of {options.trials * len(compared)} trials are missing, and nothing is selected")
            sys.exit(1)
        sys.exit(int(_report(compared, tried, search, options, pool)))
    except KeyboardInterrupt:
        complain("interrupted; trials that have ended are kept, and the same command goes on from there")
        sys.exit(130)


def _report(
    compared: Sequence[Contender],
    tried: Sequence[Sequence[Trial]],
    search: Search,
    options: Options,
    pool: Mapping[str, Any],
) -> bool:
    """Train what is compared in the end, keep it and print it; did something fail?"""
    ended = finals(compared, tried, search, options.final, pool)
    made = [each for _, each in ended]
    if options.keep is not None:
        _keep([each.result for each in made if each.result.tuning], options.keep)
    console = wide_console()
    table(made, search).show(console)
    compare(made, search.at, console)
    for line in listed(compared, tried, search) if options.list else ():
        say(line)
    failed = [*failed_trials(compared, tried), *failed_finals(ended)]
    for command in failed:
        complain(f"failed: {command}")
    return bool(failed)


def _keep(selected: Sequence[Result], file: Path) -> None:
    if not selected:
        complain(f"keep={file}: nothing was selected, and nothing is kept")
        return
    with writing(f"keep={file}"):
        pack(selected, file)


if __name__ == "__main__":
    program(main, Options)
