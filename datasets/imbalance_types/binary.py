"""One rare class, the positive one of a detection task; the others are whole."""

from typing import Annotated

from torch import Generator, Tensor

from datasets.imbalance_types._keep import keep, thinned


def binary(
    labels: Tensor, num_classes: int, ratio: float, generator: Generator, *, rare: Annotated[int, "[0, inf)"]
) -> Tensor:
    """Class `rare` keeps int(n / ratio) examples, n being the largest class. Made for two classes; any number will do.

    Args:
        labels: (N,) int64 true classes.
        num_classes: K.
        ratio: largest over smallest class, at least 1.
        generator: the stream to draw from.
        rare: which class, in [0, K).
    Returns:
        (N',) int64 places of those that stay, ascending.
    Raises:
        ValueError: there is no such class, or it would be left without an example.

    >>> import torch
    >>> labels = torch.arange(2).repeat_interleave(50)
    >>> labels[binary(labels, 2, 10.0, torch.Generator().manual_seed(0), rare=1)].bincount().tolist()
    [50, 5]
    """
    if rare >= num_classes:
        raise ValueError(f"imbalance_type.rare={rare}: must be a class, 0 to {num_classes - 1}")
    largest = int(labels.bincount().max())
    wanted = [thinned(largest, ratio) if k == rare else largest for k in range(num_classes)]
    return keep(labels, wanted, f"imbalance={ratio:g}", generator)
