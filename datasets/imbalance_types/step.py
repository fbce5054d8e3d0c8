"""Step imbalance: the first classes are whole, the others are rare."""

from typing import Annotated

from torch import Generator, Tensor

from datasets.imbalance_types._keep import keep, thinned


def step(
    labels: Tensor, num_classes: int, ratio: float, generator: Generator, *, share: Annotated[float, "(0, 1)"]
) -> Tensor:
    """The last int(share * K) classes, at least one, keep int(n / ratio) examples each, n being the largest class.

    Source: Buda et al., "A systematic study of the class imbalance problem in convolutional neural networks", 2018;
    with share 0.5, and the second half rare, as in Cao et al., "LDAM", NeurIPS 2019 (repository kaidic/LDAM-DRW).

    Args:
        labels: (N,) int64 true classes.
        num_classes: K.
        ratio: largest over smallest class, at least 1.
        generator: the stream to draw from.
        share: of the classes that are rare.
    Returns:
        (N',) int64 places of those that stay, ascending.
    Raises:
        ValueError: a class would be left without an example.

    >>> import torch
    >>> labels = torch.arange(4).repeat_interleave(50)
    >>> labels[step(labels, 4, 10.0, torch.Generator().manual_seed(0), share=0.5)].bincount().tolist()
    [50, 50, 5, 5]
    """
    largest = int(labels.bincount().max())
    rare = max(1, int(share * num_classes + 1e-9))
    wanted = [largest] * (num_classes - rare) + [thinned(largest, ratio)] * rare
    return keep(labels, wanted, f"imbalance={ratio:g}", generator)
