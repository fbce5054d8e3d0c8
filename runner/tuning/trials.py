"""Trials of objectives: drawn, trained as cells of the store, and kept in Optuna's journal once they have ended."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.comparison.results import result
from runner.comparison.tuning import ENDED, Search, Trial, Tuning, best
from runner.compose.cell_config import CellConfig, without
from runner.compose.identity import digest
from runner.console.errors import ConfigError, first_line
from runner.console.say import complain
from runner.store.files import opened, read
from runner.store.lease import lock, lockable
from runner.store.store import Store
from runner.tasks.metric import written
from runner.tuning.contender import Contender, judged
from runner.tuning.training import trained, unended
from runner.tuning.turns import Turns

if TYPE_CHECKING:
    from optuna.storages import JournalStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial

JOURNAL = "journal.log"


def trials(contenders: Sequence[Contender], count: int, search: Search, pool: Mapping[str, Any]) -> list[list[Trial]]:
    """`count` trials of each, once all have ended, as turns.py has them; fewer where a process died.

    Args:
        pool: settings of the workers, of which there may be any number.
    Raises:
        ConfigError: another process is at it, or a trial cannot be trained.
    """
    Store(contenders[0].cell.store).check_trainable(tuning=True)
    with _studies(contenders, search) as studies:
        Turns(contenders, studies, count, search, pool).train()
        its = [study.trials[:count] for study in studies]
        trained(_lost(contenders, its), pool)
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


def tuning(contenders: Sequence[Contender], made: Sequence[Sequence[Trial]], search: Search) -> dict[str, Tuning]:
    """{name of a contender: what its trials selected}, which is nothing where none came to anything.

    Args:
        made: the trials of each.
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
            search.settings,
            list(its),
            its[0].value,
            lost,
        )
        for each, its in zip(contenders, made, strict=True)
    }


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
    return [
        [Trial(_values(contender, each), each.value, each.user_attrs["state"]) for each in attempts]
        for contender, attempts in zip(contenders, its, strict=True)
    ]


def _values(contender: Contender, trial: "FrozenTrial") -> Mapping[str, Any]:
    """What a trial had. The first has the defaults, which the journal need not have."""
    return trial.params if trial.number else contender.defaults


def _lost(contenders: Sequence[Contender], its: "list[list[FrozenTrial]]") -> Iterator[tuple[CellConfig, str]]:
    """Cells of ended trials of which the store no longer has all seeds: they are damaged or were removed."""
    for contender, attempts in zip(contenders, its, strict=True):
        store, seeds = Store(contender.cell.store), contender.cell.seeds
        for trial in attempts:
            if unended(result(store.named(str(trial.user_attrs.get("cell"))), seeds)):
                cell = contender.at(trial.params) if trial.number else contender.cell
                yield cell, f"{contender.name}, trial {trial.number + 1}, again"


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
    judged_by = search._asdict() | written({"metric": search.metric}) | {"settings": search.settings}
    return Path(store, "tune", digest({"objectives": objectives, "search": judged_by}))
