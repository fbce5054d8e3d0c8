"""AutoAugment (Cubuk et al., "AutoAugment: Learning Augmentation Strategies from Data", CVPR 2019, arXiv:1805.09501),
as torchvision's transforms.v2 has it."""

from typing import Annotated, Literal

import torch
from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.operations import coloured, fixed, of_choice, operations
from runner.parts.augments.policies import policy as known_policy
from runner.parts.augments.rand_augment import ranges
from runner.parts.augments.transformation import Then, image_shape

STRONGEST = 9  # magnitudes are 0 to 9


class AutoAugment(Then):
    """Another augmentation, and then one of the 25 sub-policies that were found for a data set.

    A sub-policy is two operations, each made with its own probability and to a random side. The paper's CIFAR runs have
    crops and flips before it, and cutout after it, which is not part of it here. Ranges and signs are torchvision's;
    the released code draws no sign for colours, and its factors go from 0.1 to 1.9.

    Args:
        input_shape: (C, H, W) of one image.
        policy: the data set that the policy was found for: "cifar10", "imagenet" or "svhn".
        base: what comes first.
    Raises:
        ValueError: the inputs are not images of 1 or 3 channels.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        policy: Literal["cifar10", "imagenet", "svhn"],
        base: Annotated[Augmentation, "augment"],
    ):
        channels, height, width = image_shape(input_shape)
        coloured(channels, "AutoAugment", "use augment=standard")
        super().__init__(base, SubPolicy(height, width, policy))


class SubPolicy:
    """Two operations an image, together any of the policy's 25 pairs.

    Args:
        height: H.
        width: W.
        policy: see policies.py.
    """

    def __init__(self, height: int, width: int, policy: str):
        known, value = operations(), ranges(height, width) | {"invert": lambda a: 0}
        pairs = known_policy(policy)
        self.probability = torch.tensor([[p for _, p, _ in pair] for pair in pairs])  # (25, 2)
        self.choices = [
            fixed(known[name], value[name](sign * magnitude / STRONGEST))
            for pair in pairs
            for name, _, magnitude in pair
            for sign in (1, -1)
        ]
        self.choices.append(fixed(known["identity"], 0))

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, 2) int64: the two choices, of which the last one changes nothing."""
        pair = torch.randint(len(self.probability), (n,), generator=generator)
        made = torch.rand(n, 2, generator=generator) < self.probability[pair]
        sign = torch.randint(2, (n, 2), generator=generator)
        chosen = 4 * pair[:, None] + 2 * torch.arange(2) + sign
        return torch.where(made, chosen, len(self.choices) - 1)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        for choice in drawn.unbind(1):
            x = of_choice(x, choice, self.choices)
        return x
