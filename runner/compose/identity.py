"""What names a result: all that was asked of it, each part by its group and its class.

Two YAMLs of one class with the same arguments ask for one cell. A part of the user's own is named by its dotted name.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.nodes.parts import OURS, TORCH, part_of, parts, target_of

PART = "part"  # the key that stands where a configuration has `_target_`
DIGITS = 20  # of a cell's name
AS_BEFORE: Sequence[tuple[str, Any]] = [  # keys that came after results: so they were meant, and so they name none
    ("task", "classification"), ("task", {PART: "task/own"}), ("decay", "all"), ("average", {PART: "average/none"}),
    ("calibrator", {PART: "calibrator/Uncalibrated"}), ("adaptation", {PART: "adaptation/Unadapted"}),
    ("calculation", {PART: "calculation/none"}), ("probe", {PART: "probe/none"}),
    ("curation", {PART: "curation/whole"}),
    ("measure", []), ("eval_flips", False), ("resample", "none"),
    ("init_seed", None), ("order_seed", None), ("augment_seed", None), ("split_seed", None),
]  # fmt: skip
NORMALISED = {"norm": "batch", "activation": "relu"}
AS_BEFORE_OF: Mapping[str, Mapping[str, Any]] = {  # likewise, of these parts alone
    "model/MLP": {"activation": "relu"}, "model/CNN": NORMALISED, "model/CNN8": NORMALISED, "model/ResNet": NORMALISED,
    "method/KD": {"told": "all"}, "task/retrieval": {"held_out": "examples"},
    "method/ConflictFree": {"per_domain": False},
    "dataset/tabular": {"environment": None, "held_out": None, "validated_on": "training", "oracle_share": 0.2},
}  # fmt: skip
OLDER = re.compile(r"[0-9a-f]{16}")  # a name that an earlier version gave, by where the code of the parts lay


def named(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node of a configuration, and all within it, with parts named as results name them.

    >>> named({"loss": {"_target_": "losses.gce.GCE", "q": 0.7}})
    {'loss': {'part': 'loss/GCE', 'q': 0.7}}
    """
    return _said(node, "_target_", PART, part_of)


def located(node: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `named`: the node as a configuration has it. Raises ConfigError where a part is gone.

    >>> located({"part": "loss/GCE", "q": 0.7})
    {'_target_': 'losses.gce.GCE', 'q': 0.7}
    >>> sorted(located({"part": "model/CNN", "width": 32, "head": "linear"}))    # results from before they had these
    ['_target_', 'activation', 'head', 'norm', 'width']
    """
    return _said(_whole(node), PART, "_target_", target_of)


def _whole(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node, and all within it, with the keys of parts that came after results were stored."""
    found = {name: _whole(value) if isinstance(value, Mapping) else value for name, value in node.items()}
    return {**AS_BEFORE_OF.get(node.get(PART, ""), {}), **found}


def _said(node: Mapping[str, Any], key: str, instead: str, translate: Callable[[str], str]) -> dict[str, Any]:
    """A node, and all within it, that names parts by another key and in other words."""
    found: dict[str, Any] = {instead: translate(node[key])} if key in node else {}
    left_out = [*AS_BEFORE, *AS_BEFORE_OF.get(found.get(PART, ""), {}).items()]
    for name, value in node.items():
        said = _said(value, key, instead, translate) if isinstance(value, Mapping) else value
        if name != key and (name, said) not in left_out:
            found[name] = said
    return found


def part_like(target: str, group: str) -> str:
    """The part that an earlier version called by a target, which need not be there any more.

    >>> part_like("runner.parts.models.mlp.MLP", "method"), part_like("mylosses.brier.Brier", "loss")
    ('model/MLP', 'mylosses.brier.Brier')

    Args:
        group: of the choice that it was in.
    """
    top, _, rest = target.partition(".")
    if top not in OURS and not target.startswith(f"{TORCH}."):
        return target
    name = rest.rpartition(".")[2]
    groups = {part.partition("/")[0] for part in parts() if part.endswith(f"/{name}")}
    return f"{group if group in groups or len(groups) != 1 else groups.pop()}/{name}"


def digest(question: Mapping[str, Any]) -> str:
    """The name of a cell: the same for the same question, whatever the order of its keys.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}), len(digest({}))
    (True, 20)
    """
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:DIGITS]
