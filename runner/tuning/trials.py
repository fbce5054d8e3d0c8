"""Trials of objectives: drawn, trained as cells of the store, and kept in Optuna's journal once they have ended."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from math import isfinite, nan
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.comparison.entry import entry
from runner.comparison.evaluations import evaluations
from runner.comparison.results import Result, declared, result
from runner.comparison.tuning import ENDED, GRADIENTS, SAMPLERS, Search, Trial, Tuning, best
from runner.compose.cell_config import CellConfig, command, without
from runner.compose.command_line import compose_cells
from runner.compose.identity import digest
from runner.console.errors import ConfigError, first_line
from runner.console.say import complain
from runner.store.files import opened, read
from runner.store.lease import lock, lockable
from runner.store.store import Store
from runner.tasks.metric import written
from runner.tuning.space import Space, drawn

if TYPE_CHECKING:
    from optuna.storages import JournalStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial

JOURNAL = "journal.log"


class Contender(NamedTuple):
    """An objective.

    Attributes:
        name: what sets it apart from the others.
        cell: what the command line says of it: it at its defaults.
        space: what is searched of it.
    """

    name: str
    cell: CellConfig
    space: Space

    @property
    def study(self) -> str:
        """The name of its study: its overrides, but for what does not change a result."""
        return self.cell.title

    def at(self, values: Mapping[str, Any]) -> CellConfig:
        """Its cell with other values of some keys. Raises ConfigError if it cannot be."""
        (cell,) = compose_cells(self._with(values), multirun=False)
        return cell

    def each(self, values: Mapping[str, Any]) -> list[CellConfig]:
        """Its cells with other values of some keys, one for each of a list, `0.2,0.4`. Raises ConfigError likewise."""
        return compose_cells(self._with(values), multirun=True)

    def command(self, values: Mapping[str, Any]) -> str:
        """What trains it with other values of some keys."""
        return command(self._with(values))

    def _with(self, values: Mapping[str, Any]) -> list[str]:
        kept = [o for o in self.cell.overrides if o.partition("=")[0] not in values]
        return [*kept, *(f"{key}={value}" for key, value in values.items())]


def trained(cell: CellConfig, title: str) -> Result:
    """What the seeds of a cell came to, now that they are trained.

    Raises:
        ConfigError: it cannot be trained, or is by another process.
    """
    from runner.launch.session import run_cell

    found = run_cell(cell, title)
    if open_ := {outcome.state for outcome in found.outcomes.values()} - set(ENDED):
        raise ConfigError(f"{title}: a seed is {', '.join(open_)}, by another process; ask again when it is done")
    return found


def trials(contenders: Sequence[Contender], count: int, search: Search) -> list[list[Trial]]:
    """`count` trials of each, once all have ended; they take turns, and so stay equal if they are interrupted.

    Raises:
        ConfigError: another process is at it, or a trial cannot be trained.
    """
    Store(contenders[0].cell.store).check_trainable(tuning=True)
    with _studies(contenders, search) as studies:
        for number in range(count):
            for contender, study in zip(contenders, studies, strict=True):
                if number == len(study.trials):
                    _try(contender, study, f"[{number + 1}/{count}] ", search)
        its = [study.trials[:count] for study in studies]
        for contender, attempts in zip(contenders, its, strict=True):
            _train_again(contender, attempts)
        return _checked(contenders, its, search)


def check_optuna() -> None:
    """Raise ConfigError where it is not installed."""
    if find_spec("optuna") is None:
        raise ConfigError("tuning needs Optuna: .venv/bin/pip install -e '.[tune]'")


def ended(contenders: Sequence[Contender], count: int, search: Search) -> list[list[Trial]]:
    """Those of the same trials that have ended; nothing is trained or written."""
    import optuna

    journal = _folder(contenders, search) / JOURNAL
    if not journal.exists():
        return [[] for _ in contenders]
    with _reading(journal):
        opened(journal).close()  # Optuna would wait for a pipe
        storage = _storage(journal)
        known = optuna.get_all_study_names(storage)
        its = [
            optuna.load_study(study_name=each.study, storage=storage).trials[:count] if each.study in known else []
            for each in contenders
        ]
    return _checked(contenders, its, search)


def listed(contenders: Sequence[Contender], made: Sequence[Sequence[Trial]], search: Search) -> Iterator[str]:
    """A line for each trial: what it came to, and the command that trains it."""
    for contender, attempts in zip(contenders, made, strict=True):
        for trial in attempts:
            value = trial.state if trial.value is None else search.metric.text(trial.value)
            yield f"{contender.name}  {value}  {contender.command(trial.values)}"


def failed_trials(contenders: Sequence[Contender], made: Sequence[Sequence[Trial]]) -> Iterator[str]:
    """The commands of trials that failed."""
    for contender, attempts in zip(contenders, made, strict=True):
        yield from (contender.command(trial.values) for trial in attempts if trial.state == "failed")


def tuning(
    contenders: Sequence[Contender],
    made: Sequence[Sequence[Trial]],
    search: Search,
    defaults: Mapping[str, float] | None = None,
) -> dict[str, Tuning]:
    """{name of a contender: what its trials selected}, which is nothing where none came to anything.

    Args:
        made: the trials of each.
        defaults: {name: what it came to at its defaults, in place of a trial}, where that was tried.
    """
    chosen = {each.name: best(its, search) for each, its in zip(contenders, made, strict=True)}
    lost = [name for name, trial in chosen.items() if trial is None]
    return {
        each.name: Tuning(
            each.name,
            selected.overrides if (selected := chosen[each.name]) else [],
            {key: searched.text for key, searched in each.space.items()},
            without(each.cell.overrides, "store", "exec"),
            search,
            dict(SAMPLERS[search.sampler]),
            list(its),
            number if isfinite(number := (defaults or {}).get(each.name, nan)) else None,
            lost,
        )
        for each, its in zip(contenders, made, strict=True)
    }


def judged(its: Result, search: Search) -> float:
    """What trials are judged by, the mean over seeds, of which a diverged one counts as in runner/comparison/entry.py.

    nan where that has no mean: a seed failed, all diverged, or one did and the metric has no worst value.

    Raises:
        ConfigError: the metric is declared differently.
    """
    if (theirs := declared([its], search.select)) != search.metric:
        raise ConfigError(
            f"tune.select={search.select}: is declared in two ways, which cannot be compared: {theirs.described} in "
            f"{its.folder}; {search.metric.described} in runner/tasks/metric.py"
        )
    found = entry(its, search.select, search.metric, search.at)
    return nan if found.others or len(found.diverged) == found.n else found.mean


def taken(its: Result) -> float | None:
    """How many gradients a seed took, as the mean of those that are done; None where none is."""
    rows = [outcome.rows["last"] for outcome in its.outcomes.values() if "step" in outcome.rows.get("last", ())]
    return fmean(map(evaluations, rows)) if rows else None


def _checked(contenders: Sequence[Contender], its: "list[list[FrozenTrial]]", search: Search) -> list[list[Trial]]:
    """The same without Optuna, of which each came to what the store has of its cell; said where unlike code did it.

    Raises:
        ConfigError: the store has something else of one, or, where nothing may be trained, nothing.
    """
    folder, engines = _folder(contenders, search), set()
    for contender, attempts in zip(contenders, its, strict=True):
        store, seeds = Store(contender.cell.store), contender.cell.seeds
        for trial in attempts:
            found = result(store.named(str(trial.user_attrs.get("cell"))), seeds)
            value = judged(found, search)
            whole = trial.user_attrs.get("state") in ENDED and "command" in trial.user_attrs
            if not whole or (value if isfinite(value) else None) != trial.value:
                raise ConfigError(
                    f"{folder}: trial {trial.number} of {contender.name} came to {trial.value}, and its cell "
                    f"{found.cell} has {value} now; without this folder, trials are made again of what the store has"
                )
            engines |= {
                o.made["parts"]["engine"] for o in found.outcomes.values() if "engine" in o.made.get("parts", ())
            }
    if len(engines) > 1:
        complain(f"{folder}: trials were trained by {len(engines)} versions of the engine")
    return [[Trial(each.params, each.value, each.user_attrs["state"]) for each in attempts] for attempts in its]


def _train_again(contender: Contender, attempts: "Sequence[FrozenTrial]") -> None:
    """Train seeds of ended trials that the store no longer has, because they are damaged or were removed."""
    store, seeds = Store(contender.cell.store), contender.cell.seeds
    for trial in attempts:
        its = result(store.named(str(trial.user_attrs.get("cell"))), seeds)
        if {outcome.state for outcome in its.outcomes.values()} - set(ENDED):
            trained(contender.at(trial.params), f"trial {trial.number} of {contender.name}, again")


def _try(contender: Contender, study: "Study", turn: str, search: Search) -> None:
    """The next trial. It is in the journal once it has ended; until then it is drawn again as it was."""
    from optuna.trial import TrialState, create_trial

    values = drawn(contender.space, search.sampler, search.seed, study)
    cell = contender.at(values)
    said = " ".join(f"{key}={value}" for key, value in values.items())
    its = trained(cell, f"{turn}{contender.name} {said}")
    value = judged(its, search)
    study.add_trial(
        create_trial(
            state=TrialState.COMPLETE if isfinite(value) else TrialState.PRUNED,  # which samplers take for the worst
            value=value if isfinite(value) else None,
            params=values,
            distributions={key: searched.distribution for key, searched in contender.space.items()},
            user_attrs={
                "state": max((outcome.state for outcome in its.outcomes.values()), key=ENDED.index),
                "command": command(cell.overrides),
                "cell": its.cell,
                GRADIENTS: taken(its),
            },
        )
    )


@contextmanager
def _studies(contenders: Sequence[Contender], search: Search) -> "Iterator[list[Study]]":
    """A study of each, in a journal that is ours as long as this lasts."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal = _folder(contenders, search) / JOURNAL
    with _locked(journal.parent, Store(contenders[0].cell.store)):
        told: dict[str, Any] = {"direction": "maximize" if search.metric.higher else "minimize", "load_if_exists": True}
        with _reading(journal):
            journal.touch()
            os.truncate(journal, read(journal).rfind(b"\n") + 1)  # a killed process may leave part of a line ...
            journal.with_name(f"{JOURNAL}.lock").unlink(missing_ok=True)  # ... and a lock that Optuna would wait for
            told["storage"] = _storage(journal)
            studies = [optuna.create_study(study_name=contender.study, **told) for contender in contenders]
        yield studies


@contextmanager
def _reading(journal: Path) -> Iterator[None]:
    """Whatever a damaged journal leads to in Optuna is refused as one line."""
    try:
        yield
    except Exception as error:
        said = f"is damaged ({first_line(error)}); without its folder, trials are made again of what the store has"
        raise ConfigError(f"{journal}: {said}") from error


@contextmanager
def _locked(folder: Path, store: Store) -> Iterator[None]:
    """No other process tunes the same as long as this lasts. Raises ConfigError where one does, or none can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = lockable(folder / "lock")
    except OSError as error:
        raise store.refusal(error) from error
    with file:
        try:
            lock(file)
        except BlockingIOError as error:
            raise ConfigError(f"{folder}: another process is tuning the same; ask again when it is done") from error
        except OSError as error:
            raise store.refusal(error) from error
        yield


def _storage(journal: Path) -> "JournalStorage":
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    ours = JournalFileOpenLock(str(journal))  # the other one of Optuna's takes symbolic links
    return JournalStorage(JournalFileBackend(str(journal), ours))


def _folder(contenders: Sequence[Contender], search: Search) -> Path:
    """Where the journal is: whatever the number of trials, so that more of them go on from there."""
    objectives = {
        each.study: {
            "cell": each.cell.identity,
            "seeds": list(each.cell.seeds),
            "space": {key: [searched.form, *searched.values] for key, searched in each.space.items()},
        }
        for each in contenders
    }
    store = contenders[0].cell.store
    judged_by = search._asdict() | written({"metric": search.metric})
    return Path(store, "tune", digest({"objectives": objectives, "search": judged_by}))
