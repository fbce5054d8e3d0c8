"""The objectives that are tuned beside each other, refused where they cannot be, or not fairly."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.comparison.tuning import SAMPLERS, Search
from runner.compose.cell_config import CellConfig
from runner.compose.command_line import compose_cells
from runner.compose.fit import validates
from runner.compose.identity import digest
from runner.console.errors import ConfigError, nearest
from runner.store.store import Store
from runner.tuning.contender import Contender
from runner.tuning.space import Space, found, grid
from runner.tuning.training import trained
from runner.tuning.trials import check_optuna


def contenders(overrides: Sequence[str], space: Space) -> list[Contender]:
    """The objectives that overrides ask for. Raises ConfigError for a key that none of them has."""
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


def check_contenders(contenders: Sequence[Contender], final: Mapping[str, str], sampler: str, count: int) -> None:
    """Refuse what cannot be tuned, or not fairly; all choices and both ends of a range are composed and checked."""
    check_optuna()
    for store in {each.cell.store for each in contenders}:
        Store(store).check_trainable(tuning=True)
    searches: dict[str, str] = {}
    for each in contenders:
        each.cell.check_trained("there is nothing to tune")
        if not validates(each.cell.data.dataset, each.cell.data.val_fraction):
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
        if sampler == "grid":
            _check_grid(each, count)
    if count <= (first := SAMPLERS[sampler].get("population", 0)):
        raise ConfigError(f"trials={count}: tune.sampler={sampler} draws {first} at random at first; ask for more")


def _check_optimizer(cell: CellConfig) -> None:
    """Raise ConfigError for what torch refuses, which it would once the defaults are trained."""
    from runner.training.optimizer import check_optimizer

    check_optimizer(cell.training)


def check_judge(contenders: Sequence[Contender], select: str) -> None:
    """Raise ConfigError where trials of one would lack the metric that they are judged by."""
    for each in contenders:
        task = each.cell.task
        if select not in task.declared:
            known = [key for key in task.declared if key.startswith("val/")]
            raise ConfigError(f"tune.select={select}: {each.name} predicts {task.name}; {nearest(select, known)}")
        extra = task.extra_of(select)
        if extra not in (None, *each.cell.training.measure):
            raise ConfigError(f"tune.select={select}: is measured where measure=[{extra}] says so")


def _check_grid(contender: Contender, count: int) -> None:
    for searched in contender.space.values():
        if searched.form != "choice":
            raise ConfigError(f"{searched.said}: tune.sampler=grid needs choice(x,y,...)")
    size = 1 + len(grid(contender.space, contender.defaults))
    if size != count:
        raise ConfigError(
            f"trials={count}: {contender.name} has {size} combinations, its defaults among them; tune.sampler=grid "
            "tries each once, and every objective gets as many trials"
        )


def check_defaults(contenders: Sequence[Contender], search: Search, pool: Mapping[str, Any]) -> None:
    """Train the first trial of each, its defaults, and refuse to tune it by what it has not got."""
    its = trained([(each.cell, f"{each.name} at its defaults") for each in contenders], pool)
    for contender, made in zip(contenders, its, strict=True):
        for outcome in made.outcomes.values():
            if outcome.state == "done" and search.select not in outcome.rows.get(search.at, {}):
                part = contender.cell.data.val_fraction
                raise ConfigError(f"val_fraction={part}: {contender.name} then has no {search.select}; hold out more")
