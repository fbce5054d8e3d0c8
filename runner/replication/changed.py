"""Changes since evidence of a claim or a published table was kept: of its file, and of its numbers."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from runner.comparison.results import leaves
from runner.compose.command_line import compose_cells
from runner.compose.numbers import CHANGES
from runner.console.errors import ConfigError
from runner.replication.claim import in_yaml
from runner.replication.evidence import A, Evidence
from runner.replication.kept import Kind
from runner.replication.tuned_arms import search_for


def since(kind: Kind[A], each: Evidence[A]) -> str:
    """What its file says otherwise by now, and what would give other numbers; "" where nothing."""
    return "; ".join(filter(None, (_file(kind, each), _rule(each), _numbers(each))))


def _numbers(each: Evidence[A]) -> str:
    """The changes of runner/compose/numbers.py since that touch one of its cells."""
    later = CHANGES[each.changes :]
    said = []
    for (arm, _), overrides in each.asked.cells(each.scale, each.universe).items() if later else ():
        with suppress(ConfigError):  # of what can no longer be asked the file says more
            for cell in compose_cells([*overrides, *(each.tuned[arm].chosen if each.tuned else ())], multirun=False):
                said += [change.what for change in later if change.touches(cell.identity)]
    return f"its numbers have changed since: {'; '.join(dict.fromkeys(said))}" if said else ""


def _rule(each: Evidence[A]) -> str:
    """How trials are drawn and judged otherwise by now than those that this rests on; "" where that was not kept."""
    before = [its.rule for its in each.tuned.values() if its.search]
    search = search_for(each.asked.metrics[0], each.asked.at)
    after = {"search": search._asdict(), "settings": search.settings}
    changes = [_changes(dict(leaves("", rule)), dict(leaves("", after))) for rule in before]
    return "".join(f"its trials would be chosen otherwise now: {said}" for said in dict.fromkeys(changes) if said)


def _file(kind: Kind[A], each: Evidence[A]) -> str:
    """What the file in conf/ says otherwise by now, as far as this evidence rests on it; "" where it says the same."""
    name, before = each.asked.name, _flat(kind.said(kind.part(each.asked, each)))
    if name not in kind.names():
        heir = _heir(kind, each, before)
        return f"its file is called {heir} now" if heir else f"there is no conf/{kind.word}/{name}.yaml now"
    try:
        after = _today(kind, name, each)
    except ConfigError as error:
        return f"its file cannot be read now ({error})"
    changes = _changes(before, after)
    return f"its file has changed since: {changes}" if changes else ""


def _today(kind: Kind[A], name: str, each: Evidence[A]) -> dict[str, Any]:
    return _flat(kind.said(kind.part(kind.load(name), each)))


def _heir(kind: Kind[A], each: Evidence[A], before: Mapping[str, Any]) -> str | None:
    """The file that says the same under another name."""
    for name in kind.names():
        with suppress(ConfigError):
            if _today(kind, name, each) == before:
                return name
    return None


def _flat(said: Mapping[str, Any]) -> dict[str, Any]:
    """By dotted keys, with the order of arms: the first is less the second. Families only group claims."""
    order = {"arms": list(said["arms"])} if "arms" in said else {}
    return dict(leaves("", said)) | order | {"family": None}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    differs = [key for key in dict.fromkeys([*before, *after]) if before.get(key, ...) != after.get(key, ...)]
    return ", ".join(f"{key}: {_shown(before, key)} -> {_shown(after, key)}" for key in differs)


def _shown(said: Mapping[str, Any], key: str) -> str:
    if key not in said:
        return "nothing"
    if not isinstance(said[key], list):
        return in_yaml(said[key])
    return f"[{', '.join(part if isinstance(part, str) else in_yaml(part) for part in said[key])}]"
