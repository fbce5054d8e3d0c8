"""The same budget of tuning for every objective, then each at its best and at its defaults: `python -m runner.tune`.

    python -m runner.tune loss=ce,gce noise=0.4 val_fraction=0.1 trials=20 \\
        'space.optimizer.lr=log(1e-3,1)' 'space.loss.q=uniform(0.1,1)' final.seeds=10 final.noise=0.2,0.4

Overrides are the runner's, and what they list is swept: each cell is an objective. Each gets as many trials, drawn from
the same space as far as it has the keys, by the same sampler, and judged on validation examples only.

    trials=20                  of each objective
    space.<key>=...            log(a,b), uniform(a,b), int(a,b) or choice(x,y,...)
    final.<key>=x,y,...        what is otherwise in the comparison in the end; what is listed is compared at each
    keep=FILE                  what was selected, as in that comparison, for python -m runner.report store=FILE
    tune.select=val/accuracy   what trials are judged by, as the mean of their seeds ...
    tune.at=last               ... at the last epoch, or at that of the best validation accuracy (best_val)
    tune.sampler=tpe           tpe, random, or grid: every combination of choices once
    tune.seed=0                of the sampler
    tune.list=false            true: list every trial, with the command that trains it

A trial is a cell of the store. <store>/tune/<hash>/journal.log is Optuna's journal of the trials that have ended, a
study for each objective; the same command goes on from there, and trials=40 after trials=20 makes twenty more. A
diverged seed counts as the worst value, as in a report. A trial of which a seed failed, or all diverged, or one did and
the metric has no worst value (val/nll), is worse than all others. Each has used up its part of the budget.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import starmap
from math import prod
from pathlib import Path
from typing import Any

from runner.comparison.results import Result, pack
from runner.comparison.tuning import ENDED, SEARCH, Search, Trial, Tuning
from runner.compose.cell_config import CellConfig, command
from runner.compose.command_line import compose_cells
from runner.compose.dimension import Dimension, dimension
from runner.compose.identity import digest
from runner.compose.schema import Positive
from runner.console.errors import ConfigError, nearest, program, writing
from runner.console.plain import wide_console
from runner.console.say import complain, say
from runner.nodes.signature import check, shown, value_of
from runner.store.folders import writable_file
from runner.store.store import Store
from runner.tuning.space import Space, found
from runner.tuning.summary import Final, compare, table
from runner.tuning.trials import Contender, check_optuna, judged, trained, trials, tuning

OPTIONS: dict[str, tuple[Any, Any]] = {  # what each may be, and what it is unless said
    "trials": (Positive, None),
    "keep": (str | None, None),
    "tune.select": (SEARCH["select"], "val/accuracy"),
    "tune.at": (SEARCH["at"], "last"),
    "tune.sampler": (SEARCH["sampler"], "tpe"),
    "tune.seed": (SEARCH["seed"], 0),
    "tune.list": (bool, False),
}


def main(arguments: Sequence[str]) -> None:
    """Tune, and print how the objectives compare.

    Exit status: 0 everything asked for is done, 1 something failed, 2 wrongly asked, 130 interrupted.
    """
    options, space, final, overrides = _understood(arguments)
    contenders = _contenders(overrides, space)
    _check(contenders, options, final)
    for key in space:
        if without := [each.name for each in contenders if key not in each.space]:
            say(f"{key} is not searched for {', '.join(without)}: there is no such key")
    search = Search(*(options[f"tune.{name}"] for name in Search._fields))
    try:
        # before any trial: what cannot be trained at all is refused here
        defaults = [_defaults(each, search) for each in contenders]
        tried = trials(contenders, options["trials"], search)
        sys.exit(int(_report(contenders, defaults, tried, search, final, options)))
    except KeyboardInterrupt:
        complain("interrupted; trials that have ended are kept, and the same command goes on from there")
        sys.exit(130)


def _understood(arguments: Sequence[str]) -> tuple[dict[str, Any], Space, dict[str, str], list[str]]:
    """Options, search space, what the comparison in the end has otherwise, and the overrides that are left."""
    options = {key: default for key, (_, default) in OPTIONS.items()}
    space: dict[str, Dimension] = {}
    final: dict[str, str] = {}
    overrides = []
    for argument in arguments:
        key, _, value = argument.partition("=")
        if argument.startswith("-"):
            raise ConfigError(f"{argument}: there is no such option; all is key=value, and values in a list are swept")
        if key.startswith("space."):
            key = key.removeprefix("space.")
            space[key] = dimension(key, value)
        elif key.startswith("final."):
            final[key.removeprefix("final.")] = value
        elif key == "keep":
            writable_file(key, value)
            options[key] = value
        elif key in OPTIONS:
            options[key] = check(key, value_of(value), OPTIONS[key][0])
        elif key.startswith("tune."):
            raise ConfigError(f"{argument}: there is no such option; {nearest(key, OPTIONS)}")
        else:
            overrides.append(argument)
    if options["trials"] is None:
        said = (override.partition("=")[0] for override in overrides)
        hint = "".join(f"; is it meant by {key}?" for key in get_close_matches("trials", said, n=1, cutoff=0.75))
        raise ConfigError(f"trials has no default and must be said: trials=20, of each objective{hint}")
    if not space:
        raise ConfigError("space.<key>=... is missing: what to search, as in 'space.optimizer.lr=log(1e-3,1)'")
    for key in final:
        if key in space:
            raise ConfigError(f"final.{key}={final[key]}: {key} is searched, and what is selected stays")
    return options, space, final, overrides


def _contenders(overrides: Sequence[str], space: Space) -> list[Contender]:
    cells = compose_cells(overrides, multirun=True)
    for key, searched in space.items():
        looked = [found(cell.config, key) for cell in cells]
        if not any(there for there, _ in looked):
            hint = nearest(key.rpartition(".")[2], {name for _, others in looked for name in others})
            raise ConfigError(f"{searched.said}: no objective has {key}; {hint}")
    shared = set.intersection(*(set(cell.overrides) for cell in cells))
    names = [" ".join(o for o in cell.overrides if o not in shared) or "the objective" for cell in cells]
    own = [{key: searched for key, searched in space.items() if found(cell.config, key)[0]} for cell in cells]
    return list(map(Contender, names, cells, own))


def _check(contenders: Sequence[Contender], options: Mapping[str, Any], final: Mapping[str, str]) -> None:
    """Refuse what cannot be tuned, or not fairly; all choices and both ends of a range are composed and checked."""
    check_optuna()
    for store in {each.cell.store for each in contenders}:
        Store(store).check_trainable(tuning=True)
    searches: dict[str, str] = {}
    for each in contenders:
        if not each.cell.data.val_fraction:
            raise ConfigError("val_fraction=0: trials are judged on validation examples only; try val_fraction=0.1")
        firsts = {key: searched.values[0] for key, searched in each.space.items()}
        for key, searched in each.space.items():
            for value in searched.values:
                try:
                    _check_optimizer(each.at(firsts | {key: value}))
                except ConfigError as error:
                    raise ConfigError(f"{searched.said}: of {each.name}, {error}") from error
        try:
            for cell in each.each({**firsts, **final}):
                _check_optimizer(cell)
        except ConfigError as error:
            said = " ".join(f"final.{key}={value}" for key, value in final.items())
            raise ConfigError(f"{said}: of {each.name}, {error}") from error
        search = digest(each.at(firsts).identity)
        if search in searches:
            raise ConfigError(f"{searches[search]} and {each.name} are one objective, when the space is searched")
        searches[search] = each.name
        if options["tune.sampler"] == "grid":
            _check_grid(each, options["trials"])


def _check_optimizer(cell: CellConfig) -> None:
    """Raise ConfigError for what torch refuses, which it would once the defaults are trained."""
    from runner.training.run import check_optimizer

    check_optimizer(cell.training.optimizer)


def _check_grid(contender: Contender, count: int) -> None:
    for searched in contender.space.values():
        if searched.form != "choice":
            raise ConfigError(f"{searched.said}: tune.sampler=grid needs choice(x,y,...)")
    size = prod(len(searched.values) for searched in contender.space.values())
    if size != count:
        raise ConfigError(
            f"trials={count}: {contender.name} has {size} combinations; tune.sampler=grid tries each once, and every "
            "objective gets as many trials"
        )


def _defaults(contender: Contender, search: Search) -> float:
    """Train it at its defaults, and refuse to tune it by what it has not got; what that is, as of a trial."""
    its = trained(contender.cell, f"{contender.name} at its defaults")
    for outcome in its.outcomes.values():
        if outcome.state == "done" and search.select not in outcome.rows.get(search.at, {}):
            part = contender.cell.data.val_fraction
            raise ConfigError(f"val_fraction={part}: {contender.name} then has no {search.select}; hold out more")
    return judged(its, search)


def _finals(
    contenders: Sequence[Contender],
    defaults: Sequence[float],
    tried: Sequence[Sequence[Trial]],
    search: Search,
    final: Mapping[str, str],
) -> Iterator[tuple[CellConfig, Final]]:
    """Train each at its defaults and as selected, as the comparison in the end has it."""
    listed = [key for key, value in final.items() if "," in value]
    names = [each.name for each in contenders]
    tuned = tuning(contenders, tried, search, dict(zip(names, defaults, strict=True)))
    for contender, usual, attempts in zip(contenders, defaults, tried, strict=True):
        compared: list[tuple[str, Mapping[str, Any], float, Tuning | None]] = [("at its defaults", {}, usual, None)]
        if (its := tuned[contender.name]).value is not None:
            worse = its.worse * ", none of them as good as its defaults"
            compared.append((f"best of {_counted(attempts)}{worse}", its.values, its.value, its))
        else:
            say(f"{contender.name}: nothing to select of {_counted(attempts)}")
        for what, values, value, selected in compared:
            for cell in contender.each({**values, **final}):
                where = {key: shown(found(cell.config, key)[1]) for key in listed}
                result = trained(cell, " ".join([contender.name, *starmap("{}={}".format, where.items()), what]))
                numbers = _numbers(cell, contender.space)
                yield cell, Final(contender.name, what, numbers, value, where, replace(result, tuning=selected))


def _report(
    contenders: Sequence[Contender],
    defaults: Sequence[float],
    tried: Sequence[Sequence[Trial]],
    search: Search,
    final: Mapping[str, str],
    options: Mapping[str, Any],
) -> bool:
    """Train what is compared in the end, keep it and print it; did something fail?"""
    ended = list(_finals(contenders, defaults, tried, search, final))
    finals = [each for _, each in ended]
    if options["keep"] is not None:
        _keep([each.result for each in finals if each.result.tuning], options["keep"])
    console = wide_console()
    table(finals, search).show(console)
    compare(finals, search.at, console)
    for contender, attempts in zip(contenders, tried, strict=True):
        for trial in attempts if options["tune.list"] else ():
            value = trial.state if trial.value is None else search.metric.text(trial.value)
            say(f"{contender.name}  {value}  {contender.command(trial.values)}")
    failed = [
        contender.command(trial.values)
        for contender, attempts in zip(contenders, tried, strict=True)
        for trial in attempts
        if trial.state == "failed"
    ]
    failed += [
        command(cell.overrides)
        for cell, each in ended
        if any(outcome.state == "failed" for outcome in each.result.outcomes.values())
    ]
    for said in failed:
        complain(f"failed: {said}")
    return bool(failed)


def _keep(selected: Sequence[Result], file: str) -> None:
    if not selected:
        complain(f"keep={file}: nothing was selected, and nothing is kept")
        return
    with writing(f"keep={file}"):
        pack(selected, Path(file))


def _counted(its: Sequence[Trial]) -> str:
    """How many trials there were, and of how many a seed diverged or failed: "20 trials, 2 diverged"."""
    states = Counter(trial.state for trial in its)
    lost = [f"{states[state]} {state}" for state in ENDED[1:] if states[state]]
    return ", ".join([f"{len(its)} trial{'s' * (len(its) != 1)}", *lost])


def _numbers(cell: CellConfig, space: Space) -> str:
    """What a cell has for the keys that are searched."""
    choices = {key: cell.choices.get(key.rpartition("@")[2]) for key in space}
    return " ".join(f"{key}={choices[key] or shown(found(cell.config, key)[1])}" for key in space)


if __name__ == "__main__":
    program(main)
