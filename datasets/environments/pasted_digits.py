"""Digits beside which only some have another one: what is common to all, and what some have besides."""

from typing import Annotated, Literal

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad

from datasets.colored_mnist import DIGITS, check_digits
from datasets.environments.dealt import check_plain
from datasets.split import Split, moments

NONE = "none"


def pasted_digits(*, source: Split, apart: Annotated[int, "[1, 64]"], asked: Literal["base", "pasted"]) -> Split:
    """Images (N, 1, H, W + apart) with a digit at their left, the base. Half of the training examples, drawn at random,
    and all test examples also have a second one, pasted `apart` columns further right; a pixel is the brighter of both.
    `domain` is 1 of those with a second digit, which are targets, and 0 of the rest, which are background.

    The digit pasted into an example is that of another one, drawn without replacement from the same part; whoever was
    to get its own exchanges it with the next target. All is drawn from one generator with seed 0, the same for every
    seed of the experiment and whatever is asked.

    It is made as CIFAR-MNIST of SepCLR's released code is (Louiset et al., ICLR 2024), of what is at hand: half of the
    training images have an MNIST digit added there, and probes are of images that have one, in training as well.

    Args:
        source: grey digits.
        apart: columns from one digit's left end to the other's; fewer than W let them overlap.
        asked: what is the class: of the base digit, or of the pasted one, which is `none` of background.
    Raises:
        ValueError: the source is not of grey digits, or has environments or wrong labels of its own.
    """
    check_digits(source)
    check_plain(source)
    draw = torch.Generator().manual_seed(0)
    count = len(source.y)
    domain = (torch.randperm(count, generator=draw) < count // 2).long()
    all_targets = torch.ones_like(source.test_y)
    x, pasted = _beside(source.x, source.y, domain, apart, draw)
    test_x, test_pasted = _beside(source.test_x, source.test_y, all_targets, apart, draw)
    classes, y, test_y = source.classes, source.y, source.test_y
    if asked == "pasted":
        classes, y, test_y = (*classes, NONE), pasted, test_pasted
    return Split(
        x, y, test_x, test_y, classes, *moments(x),
        source_index=source.source_index, source_size=source.source_size, source_names=source.source_names,
        domain=domain, test_domain=all_targets,
    )  # fmt: skip


def _beside(images: Tensor, digits: Tensor, domain: Tensor, apart: int, draw: Generator) -> tuple[Tensor, Tensor]:
    """Images (N, 1, H, W + apart) of images (N, 1, H, W) and domains (N,), and the class (N,) of what is pasted."""
    other = _exchanged(torch.randperm(len(images), generator=draw), (domain == 1).nonzero()[:, 0])
    base, second = pad(images, (0, apart)), pad(images[other], (apart, 0))
    second = second * domain.view(-1, 1, 1, 1).to(second.dtype)
    return base.maximum(second), digits[other].where(domain == 1, len(DIGITS))


def _exchanged(other: Tensor, targets: Tensor) -> Tensor:
    """A permutation (N,) that sends none of these places to itself, if there are two or more of them.

    >>> _exchanged(torch.tensor([0, 1, 3, 2]), torch.tensor([0, 1, 2]))
    tensor([1, 0, 3, 2])
    """
    other = other.clone()
    for at, place in enumerate(targets):
        if other[place] == place:
            pair = torch.stack([place, targets[(at + 1) % len(targets)]])
            other[pair] = other[pair.flip(0)]
    return other
