"""What the file of a claim or a published table says otherwise than when evidence of it was kept."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from runner.claim import in_yaml
from runner.comparison.results import leaves
from runner.errors import ConfigError
from runner.evidence import A, Evidence
from runner.kept import Kind


def since(kind: Kind[A], each: Evidence[A]) -> str:
    """What the file in conf/ says otherwise by now, as far as this evidence rests on it; "" where it says the same."""
    name, before = each.asked.name, _flat(kind.said(kind.part(each.asked, each)))
    if name not in kind.names():
        heir = _heir(kind, each, before)
        return f"its file is called {heir} now" if heir else f"there is no conf/{kind.word}/{name}.yaml now"
    try:
        after = _today(kind, name, each)
    except ConfigError as error:
        return f"its file cannot be read now ({error})"
    differs = [key for key in dict.fromkeys([*before, *after]) if before.get(key, ...) != after.get(key, ...)]
    changes = (f"{key}: {_shown(before, key)} -> {_shown(after, key)}" for key in differs)
    return f"its file has changed since: {', '.join(changes)}" if differs else ""


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


def _shown(said: Mapping[str, Any], key: str) -> str:
    if key not in said:
        return "nothing"
    if not isinstance(said[key], list):
        return in_yaml(said[key])
    return f"[{', '.join(part if isinstance(part, str) else in_yaml(part) for part in said[key])}]"
