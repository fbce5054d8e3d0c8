"""Labels that people gave: read from a file, by each example's number."""

import torch
from torch import Generator, Tensor

from datasets.human_labels import labels_of
from datasets.noise_types._files import found


def human(
    labels: Tensor,
    num_classes: int,
    rate: float,
    generator: Generator,
    source_index: Tensor,
    data_root: str,
    *,
    file: str,
    column: str,
    clean: str | None,
) -> Tensor:
    """Each example takes, with probability `rate`, the label that a file has for its number; rate=1 takes all.

    Made for CIFAR-10N and CIFAR-100N (Wei et al., "Learning with Noisy Labels Revisited", ICLR 2022, repository
    UCSC-REAL/cifar-10-100n, labels under CC BY-NC 4.0: for research only), also on images from a folder; any other
    file of the same form will do.

    Args:
        labels: (N,) int64 classes.
        num_classes: K.
        rate: in (0, 1].
        generator: the stream that says who takes the file's label where rate < 1.
        source_index: (N,) int64 each example's number in its source's own order.
        data_root: where a relative `file` is looked for, if it is not in the working directory.
        file: .csv, .csv.gz, .npy, .npz or .pt; see datasets/human_labels.py.
        column: which labels of the file.
        clean: the file's column of true classes, which then must agree with the data set's; null if it has none.
    Returns:
        (N,) int64 given labels.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks the column or an example, holds a label that is no class, or belongs to another order; or
            the rate is 0.
    """
    if rate == 0:
        raise ValueError("noise=0: noise_type=human takes noise as the share of labels from the file; all is noise=1")
    given = labels_of(found(file, data_root), column, clean, source_index, labels)
    outside = given[(given < 0) | (given >= num_classes)]
    if len(outside):
        raise ValueError(f"noise_type.file={file}: {column} holds {outside[0]}, and classes are 0 to {num_classes - 1}")
    return torch.where(torch.rand(len(labels), generator=generator) < rate, given, labels)
