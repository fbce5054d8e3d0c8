"""Changes of the code by which a configuration gives other numbers than it did, and which configurations they touch.

Only what a change touches is named anew. Every change has a line in CHANGELOG.md that begins with [numbers].
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Node = Mapping[str, Any]  # of what a cell was asked: a choice with its `part`, or all of them


class Change(NamedTuple):
    """Attributes: what: gives other numbers, in a sentence; touches: does it those of this configuration?"""

    what: str
    touches: Callable[[Node], bool]


def numbers_of(config: Node) -> int:
    """How many of CHANGES touch a cell: a part of its name.

    Args:
        config: what it is asked, parts named as in runner/compose/identity.py; where it was stored before,
            keys that came since may be missing.
    """
    return sum(change.touches(config) for change in CHANGES)


def _cosine_head(config: Node) -> bool:
    return any(node.get("head") == "cosine" for key in ("model", "method") for node in _nodes(config.get(key)))


def _schedule_of_visits(config: Node) -> bool:
    """Under plain training on shuffled batches each example was visited once in each epoch: nothing differs."""
    scheduled = any(
        _is(node, "loss/GCETruncated") or (_is(node, "loss/LDAM") and node.get("drw_from") is not None)
        for node in _nodes(config.get("loss"))
    )
    plain = _is(config.get("sampler"), "sampler/shuffle") and _is(config.get("method"), "method/ERM")
    return scheduled and not plain


def _selmix_warmup(config: Node) -> bool:
    method = config.get("method", {})
    if not _is(method, "method/SelMix") or method.get("start") is not None:
        return False
    epochs = method["warmup"] * config["epochs"]
    return int(epochs) != int(epochs + 1e-6)


def _share_of_two(config: Node) -> bool:
    """mixup with alpha=0 and crosssplit with correction_only mix nothing."""
    return any(
        _is(node, name) and node.get("alpha") != 0 and not node.get("correction_only")
        for node in _nodes(config.get("method"))
        for name in ("method/Mixup", "method/RegMixup", "method/ManifoldMixup", "method/CrossSplit")
    )


def _changed_boxes(config: Node) -> bool:
    return bool(config.get("noise")) and config.get("dataset", {}).get("task") == "boxes"


def _few_labels(config: Node) -> bool:
    return "few_labels" in config.get("measure", [])


def _held_out_of_statistics(config: Node) -> bool:
    """Of a table without held_out validated_on says nothing; of images both may be given."""
    return any(
        (_is(node, "dataset/tabular") and node.get("held_out") is not None)
        or (_is(node, "dataset/environment_folders") and None in (node.get("mean"), node.get("std")))
        for node in _nodes(config.get("dataset"))
        if node.get("validated_on", "training") != "training"
    )


def _pasted_on_itself(config: Node) -> bool:
    """Of the usual digits none was."""
    node = config.get("dataset", {})
    if not _is(node, "dataset/pasted_digits"):
        return False
    source = node.get("source", {})
    return not (_is(source, "dataset/digits") and source.get("test_size") == 360)


CHANGES = (
    Change("the class vectors of a cosine head start at norm 1, not at the root of their dimension", _cosine_head),
    Change(
        "the schedule of a loss is of epochs of the phase that trains, not of visits of an example", _schedule_of_visits
    ),
    Change("the warm-up of selmix has the epochs of its share where rounding took one of them", _selmix_warmup),
    Change("the share of two examples that are mixed is drawn by its law, however small alpha is", _share_of_two),
    Change("the ends of a box that noise exchanged are put in order before its overlap is taken", _changed_boxes),
    Change("of few labels of a probe each class has its share, at least one", _few_labels),
    Change(
        "the examples that models are chosen by are not in the mean and deviation of inputs", _held_out_of_statistics
    ),
    Change("no digit is pasted beside itself", _pasted_on_itself),
)


def _nodes(node: Any) -> Iterator[Node]:
    """A choice and all that are within it."""
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from _nodes(value)


def _is(node: Any, part: str) -> bool:
    return isinstance(node, Mapping) and node.get("part") == part
