"""One cell: what of it the store lacks is trained, and ends up there."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from runner.config import data_question, machine, question
from runner.errors import ConfigError
from runner.experiment import Ended, Row, Started, automatic_stack, run
from runner.provenance import provenance
from runner.store import Record, Store, audit_folder
from runner.terminal import Screen
from runner.tracking import Tracker


def run_cell(config: Mapping[str, Any], choices: Mapping[str, str], title: str, command: str) -> None:
    """Train, stack by stack, the seeds of one resolved configuration that the store lacks.

    What goes wrong while a stack trains is in the status of its seeds, and other stacks go on.

    Args:
        config: resolved, as plain dicts.
        choices: {group: name}, for people.
        title: what to call the cell on the screen.
        command: what would ask for this cell again; a seed is added to it.
    Raises:
        ConfigError: it cannot be done as asked; nothing was written.
    """
    asked, settings = range(config["seed"], config["seed"] + config["seeds"]), config["exec"]
    store = Store(config["store"])
    cell = store.cell(question(config), choices)
    lacking = [seed for seed in asked if not cell.seed(seed).finished]
    with Screen(settings["progress"], title, len(lacking), config["epochs"]) as screen:
        if len(lacking) < len(asked):
            screen.say(f"{len(asked) - len(lacking)} of {len(asked)} seeds are in {cell.path} already")
        if not lacking:
            return
        place = {key: settings[key] for key in ("device", "data_root", "download")}
        nodes = {key: config[key] for key in ("dataset", "classes", "model")}
        size = automatic_stack(settings["stack"], len(lacking), **nodes, **place)
        for start in range(0, len(lacking), size):
            stack = lacking[start : start + size]
            records = [claimed for seed in stack if (claimed := cell.seed(seed).claim())]
            if len(records) < len(stack):
                screen.say("some seeds are being trained by another process, and are left to it")
            if records:
                tracker = Tracker(settings["wandb"], store.root, screen.say)
                arguments = {**question(config), **machine(config)}
                with _ending(records, tracker, command, screen):
                    _train(arguments, records, tracker, command, screen)


def _train(
    arguments: Mapping[str, Any], records: Sequence[Record], tracker: Tracker, command: str, screen: Screen
) -> None:
    by_seed = {record.seed: record for record in records}
    for event in run(**arguments, seeds=list(by_seed)):
        record = by_seed[event.seed]
        match event:
            case Started():
                audit = {"audit": str(audit_folder(data_question(arguments), event.seed))}
                record.start(provenance() | audit | event.facts, f"{command} seed={event.seed} seeds=1")
                tracker.start(record, screen.title)
                screen.begin(event.seed)
            case Row():
                record.append(event.values)
                tracker.log(event.seed, event.values)
                screen.row(event.seed, event.values)
            case Ended():
                record.end(event.state, event.facts, cause=event.cause)
                tracker.finish(event.seed, failed=False)
                screen.leave(event.seed)
                if event.cause:
                    screen.say(f"seed {event.seed} {event.state}: {event.cause}")


@contextmanager
def _ending(records: Sequence[Record], tracker: Tracker, command: str, screen: Screen) -> Iterator[None]:
    """However a stack ends, each of its seeds has an end: as it was, or failed, or (interrupted) as if only planned."""
    try:
        yield
    except ConfigError:
        for record in records:
            record.abandon()
        raise
    except BaseException as error:
        failed = isinstance(error, Exception)
        cause = f"{type(error).__name__}: {error}" if failed else "interrupted"
        going = [record for record in records if record.open]
        for record in going:
            if not record.started:
                record.start(provenance(), f"{command} seed={record.seed} seeds=1")
            trace = {"traceback": traceback.format_exc()} if failed else {}
            record.end("failed" if failed else "planned", {}, cause=cause, **trace)
            tracker.finish(record.seed, failed=True)
        screen.say(f"seeds {', '.join(str(record.seed) for record in going)}: {cause}")
        if not failed:
            raise
