"""Examples of classes that training has not seen: which others are of the same class?"""

from typing import Annotated

from datasets.split import Split, subset


def retrieval(split: Split, *, unseen: Annotated[float, "(0, 1)"]) -> Split:
    """Some classes for training, the others for testing: the protocol of metric learning.

    Training has the training examples of the first classes, testing the test examples of the others, so that no example
    and no class is in both. Song, Xiang, Jegelka and Savarese, "Deep Metric Learning via Lifted Structured Feature
    Embedding", CVPR 2016, take the first half of the classes for training and all examples; ours are the test part's.

    Args:
        split: of K classes.
        unseen: share of the classes that are for testing, the last ones; at least two are for each.
    Returns:
        A Split of the T classes for training, whose labels for testing are from T on.
    Raises:
        ValueError: fewer than two classes are left for training or for testing, or labels of the data set's own for
            training are of classes for testing.
    """
    count = len(split.classes)
    seen = count - round(count * unseen)
    if not 2 <= seen <= count - 2:
        raise ValueError(
            f"task.unseen={unseen}: leaves {seen} of {count} classes for training and {count - seen} for testing; must "
            "leave at least two for each"
        )
    found = subset(split, split.y < seen, split.test_y >= seen)
    if found.given is not None and (found.given >= seen).any():
        raise ValueError("the data set's own labels confuse classes for training with those for testing")
    return found._replace(classes=split.classes[:seen], task="retrieval")
