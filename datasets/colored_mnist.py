"""Coloured MNIST: a colour that predicts the label better than the digit does, until it turns around in the test."""

from typing import Annotated

import torch
from torch import Generator, Tensor

from datasets.split import Split

DIGITS = tuple(str(k) for k in range(10))
CLASSES = ("0-4", "5-9")


def colored_mnist(
    *,
    source: Split,
    label_noise: Annotated[float, "[0, 1]"],
    train_color_flips: list[Annotated[float, "[0, 1]"]],
    test_color_flips: list[Annotated[float, "[0, 1]"]],
) -> Split:
    """Digits 0 to 4 are class 0, 5 to 9 class 1. The label is this class, flipped with probability `label_noise`; the
    colour is the label, flipped with a probability of the example's environment. Images are every second pixel of the
    source's in both directions, uint8 (N, 2, H/2, W/2): colour c keeps channel c, the other one is black. Inputs are in
    [0, 1], as in the paper's code: nothing is subtracted, and the source's brightest pixel (255 of MNIST) divides.

    y is the class of the digit, and `given` the label, which is what training sees. test_y is the label too, as in the
    benchmark, where the digit alone predicts 75% of both parts, the colour 80% and 90% of the two training environments
    and 10% of the test's. Examples are dealt to the environments in turn, which `domain` and `test_domain` number, each
    from 0. All flips are drawn from one generator with seed 0, the same for every seed of the experiment.

    Source: M. Arjovsky, L. Bottou, I. Gulrajani, D. Lopez-Paz, "Invariant Risk Minimization", arXiv:1907.02893, and as
    in M. Pezeshki et al., "Gradient Starvation", NeurIPS 2021, arXiv:2011.09468.

    Args:
        source: the digits, another data set.
        label_noise: in [0, 1].
        train_color_flips: in [0, 1], one for each training environment.
        test_color_flips: in [0, 1], one for each test environment.
    Raises:
        ValueError: the source is not of digits or has colours already, or there is no environment.
    """
    check_digits(source)
    for key, flips in (("train_color_flips", train_color_flips), ("test_color_flips", test_color_flips)):
        if not flips:
            raise ValueError(f"{key}=[]: must have one number for each environment, at least one")
    draw = torch.Generator().manual_seed(0)
    y, label, x, domain = colored(source.x, source.y, label_noise, train_color_flips, draw)
    _, test_label, test_x, test_domain = colored(source.test_x, source.test_y, label_noise, test_color_flips, draw)
    return Split(
        x,
        y,
        test_x,
        test_label,
        CLASSES,
        *scales(source),
        given=label,
        source_index=source.source_index,
        source_size=source.source_size,
        source_names=source.source_names,
        domain=domain,
        test_domain=test_domain,
    )


def check_digits(source: Split) -> None:
    """Raise ValueError for a source that is not of grey digits."""
    shape = tuple(source.x.shape[1:])
    if source.classes != DIGITS or len(shape) != 3 or shape[0] != 1:
        raise ValueError(
            f"source: must have the ten classes 0 to 9 and images of one channel, such as mnist and mnist5k; "
            f"this one has inputs of shape {shape} and {len(source.classes)} classes, {source.classes[0]} the first"
        )


def scales(source: Split) -> tuple[Tensor, Tensor]:
    """What brings the source's pixels to [0, 1]: 0 is subtracted, its brightest pixel divides."""
    return torch.zeros(1, 1, 1), source.x.max().float().view(1, 1, 1)


def colored(
    images: Tensor, digits: Tensor, label_noise: float, color_flips: list[float], draw: Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Classes, labels, coloured images and environments of images (N, 1, H, W) of digits (N,)."""
    place = torch.arange(len(digits))
    domain = place % len(color_flips)
    y = (digits >= 5).long()
    label = y ^ (torch.rand(len(y), generator=draw) < label_noise)
    color = label ^ (torch.rand(len(y), generator=draw) < torch.tensor(color_flips)[domain])
    small = images[:, 0, ::2, ::2]
    colored = small.new_zeros(len(y), 2, *small.shape[1:])
    colored[place, color] = small
    return y, label, colored, domain
