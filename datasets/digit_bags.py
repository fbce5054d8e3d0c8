"""Bags of digits: several images under one label, which says whether a given digit is among them."""

from typing import Annotated

import torch
from torch import Tensor

from datasets.split import Split, moments


def digit_bags(
    *,
    source: Split,
    num_train: Annotated[int, "[1, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    size: Annotated[int, "[1, inf)"],
    digit: Annotated[int, "[0, inf)"],
) -> Split:
    """Each bag holds `size` images of the source, each image as likely; class 1 are bags in which at least one image is
    of class `digit`. With ten classes of about one size these are 1 - 0.9^size, 65% of bags of ten. Bags are uint8
    (N, size, C, H, W), and are normalised by the mean and deviation of each channel of the training bags.

    After MNIST-bags (Ilse, Tomczak and Welling, "Attention-based Deep Multiple Instance Learning", ICML 2018; released
    code AMLab-Amsterdam/AttentionDeepMIL, dataloader.py), whose bags have a normal number of images, of mean 10 and
    deviation 2. Here all bags are of one size, so that seeds can be stacked.

    Training bags are made of the source's training images, test bags of its test images, from generators with seeds 0
    and 1: the same for every seed of the experiment.

    Args:
        source: the images, another data set of classes.
        num_train: N.
        num_test: M.
        size: images of a bag; the code's mean is 10.
        digit: the class that is looked for; the code's is 9.
    Raises:
        ValueError: the source is not of images with classes, has no such class, or comes with labels that are wrong.
    """
    shape = tuple(source.x.shape[1:])
    if len(shape) != 3 or source.x.dtype != torch.uint8 or source.task != "classification":
        raise ValueError(
            "source: must be of images with classes, such as digits and mnist5k; this one has inputs of shape "
            f"{shape}, and is {source.task}"
        )
    if source.given is not None:
        raise ValueError("source: comes with labels that are wrong, which a bag of several cannot keep")
    if digit >= len(source.classes):
        raise ValueError(f"digit={digit}: must be at most {len(source.classes) - 1}, the source's last class")
    x, y = _bags(source.x, source.y == digit, num_train, size, torch.Generator().manual_seed(0))
    test_x, test_y = _bags(source.test_x, source.test_y == digit, num_test, size, torch.Generator().manual_seed(1))
    name = source.classes[digit]
    return Split(x, y, test_x, test_y, (f"without {name}", f"with {name}"), *moments(x.flatten(0, 1)))


def _bags(images: Tensor, wanted: Tensor, count: int, size: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Bags (count, size, C, H, W) and labels (count,) of images (N, C, H, W), of which some (N,) are looked for."""
    chosen = torch.randint(len(images), (count, size), generator=draw)
    return images[chosen], wanted[chosen].any(1).long()
