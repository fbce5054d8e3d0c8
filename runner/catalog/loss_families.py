"""Families of losses: of one task and kind. Each has an index of its own, and its losses are looked at alike."""

from typing import NamedTuple

from runner.contracts.loss import said


class Family(NamedTuple):
    """What is alike.

    Attributes:
        folder: of docs/losses/; of classes it is docs/losses/ itself.
        title: of the index, after the number of losses.
        about: how traits are found.
        traits: which of them the index shows.
        pictured: is there a picture of each?
    """

    folder: str
    title: str
    about: str
    traits: tuple[str, ...]
    pictured: bool


CLASSES = (
    "The properties are found by evaluating a loss of ten classes at its first use: *symmetric*, the sum over all "
    "labels is constant; *bounded*, over logits up to ten thousand times their usual size; *convex*, no midpoint above "
    "a chord among 4,096 pairs; *finds the likeliest class*, minimising the expected loss for given class "
    "probabilities ends at their argmax (losses that weigh classes by size were given falling sizes, and move it on "
    "purpose)."
)
OTHERS = (
    "The properties are found by evaluating a loss at its first use for random batches: *bounded*, it does not grow on "
    "with the size of predictions, and of targets that are numbers, up to ten thousand times their usual one; "
    "*convex*, no midpoint above a chord among 128 pairs of batches; *alone*, an example's loss depends on no other "
    "example of its batch. [What the tasks are](../../tasks.md)."
)
FOUND = ("bounded", "convex in the predictions", "each example alone", "state", "needs")
FAMILIES = {
    "classification": Family(
        "",
        "losses of classes",
        CLASSES,
        ("symmetric", "bounded", "convex in the logits", "finds the likeliest class", "state", "needs"),
        True,
    ),
    "candidates": Family("candidates", "losses of candidates", OTHERS, FOUND, True),
    "multilabel": Family("multilabel", "losses of several labels", OTHERS, FOUND, True),
    "regression": Family("regression", "losses of numbers", OTHERS, ("predicts", "numbers of the head", *FOUND), True),
    "boxes": Family("boxes", "losses of boxes", OTHERS, FOUND, True),
    "preference": Family("preference", "losses of preferences", OTHERS, FOUND, True),
    "set": Family(
        "sets", "losses of a whole batch", OTHERS, ("bounded", "convex in the predictions", "state", "needs"), False
    ),
    "scores": Family("scores", "objectives of a critic's scores", OTHERS, ("state", "needs"), False),
    "recovered": Family("recovered", "losses of what a method asks to be recovered", OTHERS, FOUND, False),
    "pair": Family("pairs", "losses of two views", OTHERS, ("bounded", "state", "needs"), False),
    "views": Family("views", "losses of two views of a batch", OTHERS, ("bounded", "state", "needs"), False),
    "embeddings": Family("embeddings", "losses of embeddings", OTHERS, ("bounded", "state", "needs"), False),
}


def family_of(loss: type) -> Family:
    """Of a loss's class: by its kind, or else by the first task that it fits."""
    kind = said(loss, "kind")
    return FAMILIES[kind if kind in FAMILIES else said(loss, "fits")[0]]


def task_of(loss: type) -> str:
    """The first task that a loss fits; of one that fits any, that of classes."""
    first: str = said(loss, "fits")[0]
    return "classification" if first == "any" else first
