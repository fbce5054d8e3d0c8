"""Class sizes of one's own."""

from torch import Generator, Tensor

from datasets.imbalance_types._keep import keep


def custom(labels: Tensor, num_classes: int, ratio: float, generator: Generator, *, counts: list[int]) -> Tensor:
    """Class k keeps counts[k] random ones of its examples.

    Args:
        labels: (N,) int64 true classes.
        num_classes: K.
        ratio: 1, for the sizes alone say what is wanted.
        generator: the stream to draw from.
        counts: K sizes, from 1 to as many as the class has.
    Returns:
        (N',) int64 places of those that stay, ascending.
    Raises:
        ValueError: the counts are not such, or `ratio` is not 1.

    >>> import torch
    >>> labels = torch.arange(2).repeat_interleave(50)
    >>> labels[custom(labels, 2, 1.0, torch.Generator().manual_seed(0), counts=[7, 30])].bincount().tolist()
    [7, 30]
    """
    if ratio != 1:
        raise ValueError(
            f"imbalance={ratio:g}: imbalance_type=custom takes its sizes from counts; leave imbalance at 1"
        )
    if len(counts) != num_classes:
        raise ValueError(f"imbalance_type.counts={counts}: must be {num_classes} sizes, one for each class")
    sizes = labels.bincount(minlength=num_classes).tolist()
    for k, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        if count > size:
            raise ValueError(f"imbalance_type.counts={counts}: class {k} has only {size} examples")
    return keep(labels, counts, f"imbalance_type.counts={counts}", generator)
