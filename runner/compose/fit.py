"""What a loss is made for, and the model does not give: said before training, for it may never leave chance."""

from collections.abc import Iterator, Mapping
from typing import Any

from runner.nodes.build import target

Node = Mapping[str, Any]


def unfit(model: Node, loss: Node) -> Iterator[str]:
    """A line for each loss that is for another head than the model's: see `heads` of a loss.

    A model without a key `head`, such as one of the user's own, may have any.
    """
    head = model.get("head")
    for path, node in _losses("loss", loss):
        heads = getattr(target(node), "heads", ())
        if heads and head is not None and head not in heads:
            yield (
                f"{path} ({node['_target_']}) is made for logits that are cosines, which model.head={head} does not "
                f"give, and may never leave chance; model.head={' or '.join(heads)} does"
            )


def _losses(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """A loss and those that it is around, by their keys."""
    yield path, node
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _losses(f"{path}.{key}", value)
