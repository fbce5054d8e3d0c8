"""Labels that people gave: read from a file, by each example's number."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import torch
from torch import Generator, Tensor

from datasets.human_labels import Examples, NoColumnError, labels_of
from datasets.noise_types._files import found


def human(
    labels: Tensor,
    classes: Sequence[str],
    rate: float,
    generator: Generator,
    source_index: Tensor,
    source_size: int | None,
    source_names: Mapping[int, str] | None,
    data_root: str,
    tell: Callable[[str], object],
    *,
    file: str,
    column: str,
    clean: str | None,
    first: Literal[0, 1] | None,
) -> Tensor:
    """Each example takes, with probability `rate`, the label that a file has for its number; rate=1 takes all.

    For labels of one's own, and for CIFAR-10N and CIFAR-100N (Wei et al., "Learning with Noisy Labels Revisited", ICLR
    2022, repository UCSC-REAL/cifar-10-100n, labels under CC BY-NC 4.0: for research only), also on images from a
    folder.

    Args:
        labels: (N,) int64 classes.
        classes: K names.
        rate: in (0, 1].
        generator: the stream that says who takes the file's label where rate < 1.
        source_index: (N,) int64 each example's number in its source's own order.
        source_size: how many examples the source has; None if that is not known.
        source_names: {number: name}; None if the examples have no names.
        data_root: where a relative `file` is looked for, if it is not in the working directory.
        tell: is told what was read, in a line.
        file: .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .pt; see datasets/human_labels.py.
        column: which labels of the file.
        clean: the file's column of true classes, which then must agree with the data set's; null if it has none.
        first: the number of the source's first example in the file; null is 0, and refuses numbers that probably begin
            with 1.
    Returns:
        (N,) int64 given labels.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks the column or an example, has more or fewer rows than it can be for, holds a label that is
            no class, or belongs to another order; or the rate is 0.
    """
    if rate == 0:
        raise ValueError("noise=0: noise_type=human takes noise as the share of labels from the file; all is noise=1")
    path = found(file, data_root)
    examples = Examples(labels, classes, source_index, source_size, source_names)
    try:
        given = labels_of(path, column, clean, examples, first=first, tell=tell)
    except NoColumnError as error:
        key, hint = ("column", "") if error.name == column else ("clean", "; null where it has no true classes")
        raise ValueError(f"noise_type.{key}={error.name}: {error}{hint}") from error
    except ValueError as error:
        raise ValueError(f"noise_type.file={error}") from error
    return torch.where(torch.rand(len(labels), generator=generator) < rate, given, labels)
