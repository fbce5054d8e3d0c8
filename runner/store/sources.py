"""The code that a seed was trained with, as hashes: a cell's name says what was asked, not what the code was."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.compose.calculated import calculation_of, probe_of
from runner.compose.fit import task_of
from runner.compose.identity import located
from runner.console.errors import ConfigError
from runner.nodes.code_hash import code_hash
from runner.store.cell import Cell
from runner.store.record import FINISHED

ENGINE = (
    "runner.training.run.run",
    "runner.tasks.selection.selected",
    "runner.store.networks.stored_network",
)  # where training begins
CALCULATOR = ("runner.training.calculate.calculate", *ENGINE[1:2])  # where a calculation does
PROBER = ("runner.training.calculate.probe", *ENGINE)  # where what is measured of what was trained does


def sources(question: Mapping[str, Any]) -> dict[str, str]:
    """{"engine": the hash of all code that every run shares, "loss.base": that of the part at this key, ...}.

    Those of torch are left out, for its version is kept.

    Args:
        question: what a cell is asked, parts named as in runner/identity.py.
    """
    config = located(question)
    targets, engine = [*_targets("", config)], list(CALCULATOR)
    if not calculation_of(config):
        task, engine = task_of(config), list(PROBER if probe_of(config) else ENGINE)
        targets += [(f"measures.{task.name}", task.measures)]
    parts = {key: code_hash(target) for key, target in targets if not target.startswith("torch.")}
    return {"engine": code_hash(*engine)} | parts


def name_of(code: Mapping[str, str]) -> str:
    """12 hex digits for the hashes of `sources`.

    >>> name_of({"engine": "a", "loss": "b"}) == name_of({"loss": "b", "engine": "a"}), len(name_of({}))
    (True, 12)
    """
    return hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()[:12]


def outdated(cell: Cell, command: str) -> str:
    """What to say where any finished seeds of a cell were trained with other code than is there now, else "".

    Args:
        command: what asks for the cell.
    """
    finished = [status for seed in cell.seeds() if (status := cell.seed(seed).status())["state"] in FINISHED]
    now, parts, old = sources(cell.question) if finished else {}, set[str](), 0
    for status in finished:
        then = status.get("code", {})
        differing = {part for part in then.keys() | now.keys() if then.get(part) != now.get(part)}
        parts |= differing
        old += bool(differing)
    if not old:
        return ""
    forget = f"python -m runner.forget{command.removeprefix('python -m runner')}"
    return (
        f"{old} of {len(finished)} seeds in {cell.path} were trained with other code of "
        f"{', '.join(sorted(parts))} than there is now; to train the cell anew: {forget}, then the same command"
    )


def same_code(cell: Cell, command: str, *, mixed: bool) -> str:
    """What to say beside more seeds of a cell; "" where all is of one code, which `mixed` does not ask for.

    Raises:
        ConfigError: its finished seeds were trained with other code than is there now.
    """
    warning = outdated(cell, command)
    if warning and not mixed:
        raise ConfigError(f"{warning}; exec.mixed_code=true would train the others all the same")
    return warning


def _targets(prefix: str, node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, target) of every part within a node."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _targets(f"{prefix}{key}.", value)
        elif key == "_target_":
            yield prefix.rstrip("."), value
