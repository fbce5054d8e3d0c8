"""Mosaics: pictures of two by two cells with one to three digits, and a label for each digit that is in it."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from datasets.split import Split, check_images, moments

CELLS = 4


def mosaic(
    *,
    source: Split,
    num_train: Annotated[int, "[1, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    most: Annotated[int, "[1, 4]"],
    task: Literal["multilabel"],
) -> Split:
    """In each picture 1 to `most` of the four cells, each number as likely, hold an image of the source, each image as
    likely; the others are black. Label k is present if a cell holds an image of class k: with ten classes of about one
    size and most = 3, an example has 1.87 labels on average. Pictures are uint8 (N, C, 2H, 2W), and are normalised by
    the mean and deviation of the training pictures.

    Training pictures are made of the source's training images, test pictures of its test images, from generators with
    seeds 0 and 1: the same for every seed of the experiment.

    Args:
        source: the images, another data set.
        num_train: N.
        num_test: M.
        most: cells that are filled at most.
        task: what is asked.
    Raises:
        ValueError: the source is not of images, or comes with labels of its own that are wrong.
    """
    check_images(source)
    if source.given is not None:
        raise ValueError("source: comes with labels that are wrong, which a picture of several cannot keep")
    k = len(source.classes)
    x, y = _pictures(source.x, source.y, k, num_train, most, torch.Generator().manual_seed(0))
    test_x, test_y = _pictures(source.test_x, source.test_y, k, num_test, most, torch.Generator().manual_seed(1))
    return Split(x, y, test_x, test_y, source.classes, *moments(x), task=task)


def _pictures(
    images: Tensor, classes: Tensor, num_classes: int, count: int, most: int, draw: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Pictures (count, C, 2H, 2W) and bits (count, num_classes) of images (N, C, H, W) of classes (N,)."""
    filled = torch.randint(1, most + 1, (count, 1), generator=draw)
    turn = torch.rand(count, CELLS, generator=draw).argsort(1).argsort(1)
    chosen = torch.randint(len(images), (count, CELLS), generator=draw)
    shown = turn < filled
    _, c, h, w = images.shape
    pictures = images.new_zeros(count, c, 2, h, 2, w)
    for cell in range(CELLS):
        rows = shown[:, cell].nonzero()[:, 0]
        pictures[rows, :, cell // 2, :, cell % 2] = images[chosen[rows, cell]]
    bits = torch.zeros(count, num_classes).scatter_reduce(1, classes[chosen], shown.float(), "amax")
    return pictures.view(count, c, 2 * h, 2 * w), bits
