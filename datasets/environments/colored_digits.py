"""Coloured digits of several environments, any one of which can be left out: DomainBed's coloured MNIST."""

from typing import Annotated

import torch

from datasets.colored_mnist import CLASSES, check_digits, colored, scales
from datasets.environments.dealt import dealt
from datasets.environments.left_out import leaving, left_out, names_of
from datasets.split import Split


def colored_digits(
    *,
    source: Split,
    label_noise: Annotated[float, "[0, 1]"],
    color_flips: list[Annotated[float, "[0, 1]"]],
    held_out: str | int | float,
    validated_on: str | int | float,
    oracle_share: Annotated[float, "(0, 1)"],
) -> Split:
    """As colored_mnist.py, but all digits of the source are dealt to one environment for each of `color_flips`, which
    is its name. The colour predicts the label in 1 - color_flip of an environment's examples.

    Source: the environments 0.1, 0.2 and 0.9 of Gulrajani and Lopez-Paz, "In Search of Lost Domain Generalization",
    ICLR 2021, which calls them +90%, +80% and -90%, after Arjovsky et al., arXiv:1907.02893.

    Args:
        source: grey digits.
        label_noise: share of labels that are not the digit's class, the same in all environments, testing included.
        color_flips: of each environment, share of colours that are not the label.
        held_out, validated_on, oracle_share: see left_out.py.
    Raises:
        ValueError: fewer than two environments, two of one name, or what left_out.py, dealt.py and colored_mnist.py
            refuse.
    """
    check_digits(source)
    names = names_of("color_flips", color_flips)
    whole, _ = dealt(source, len(names))  # colored deals in the same way
    y, label, x, domain = colored(whole.x, whole.y, label_noise, color_flips, torch.Generator().manual_seed(0))
    mean, std = scales(whole)
    painted = whole._replace(x=x, y=y, given=label, domain=domain, classes=CLASSES, mean=mean, std=std)
    return left_out(painted, names, leaving(held_out, validated_on, oracle_share))
