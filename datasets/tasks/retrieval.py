"""Examples of classes that training has not seen: which others are of the same class?"""

from typing import Annotated, Literal

from datasets.split import Split, subset


def retrieval(split: Split, *, unseen: Annotated[float, "(0, 1)"], held_out: Literal["examples", "classes"]) -> Split:
    """Some classes for training, the others for testing: the protocol of metric learning.

    Training has the training examples of the first classes, testing the test examples of the others, so that no example
    and no class is in both. Song, Xiang, Jegelka and Savarese, "Deep Metric Learning via Lifted Structured Feature
    Embedding", CVPR 2016, take the first half of the classes for training and all examples; ours are the test part's.

    Args:
        split: of K classes.
        unseen: share of the classes that are for testing, the last ones; at least two are for each.
        held_out: what `val_fraction` is a share of: the examples of each class for training, or the classes for
            training, of which each seed then draws its own. Musgrave, Belongie and Lim, "A Metric Learning Reality
            Check", ECCV 2020 (arXiv:2003.08505), hold classes out, in four folds.
    Returns:
        A Split of the T classes for training, whose labels for testing are from T on.
    Raises:
        ValueError: fewer than two classes are left for training or for testing, or labels of the data set's own for
            training are of classes for testing; classes are to be held out of a data set whose groups or order say
            what is.
    """
    count = len(split.classes)
    seen = count - round(count * unseen)
    if not 2 <= seen <= count - 2:
        raise ValueError(
            f"task.unseen={unseen}: leaves {seen} of {count} classes for training and {count - seen} for testing; must "
            "leave at least two for each"
        )
    if held_out == "classes" and not (split.group is None and split.order is None):
        key = "group" if split.order is None else "order"
        raise ValueError(f"task.held_out=classes: goes without dataset.{key}, which says what is held out")
    found = subset(split, split.y < seen, split.test_y >= seen)
    if found.given is not None and (found.given >= seen).any():
        raise ValueError("the data set's own labels confuse classes for training with those for testing")
    return found._replace(classes=split.classes[:seen], task="retrieval", whole_classes=held_out == "classes")
