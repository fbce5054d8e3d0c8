"""TrivialAugment (Müller and Hutter, "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation", ICCV 2021,
arXiv:2103.10158), its wide space, as torchvision's TrivialAugmentWide has it."""

from collections.abc import Callable
from typing import Annotated

import torch
from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.operations import coloured, fixed, of_choice, operations
from runner.parts.augments.transformation import Then, image_shape

BINS = 31  # the paper's
RANGES: dict[str, Callable[[float], float]] = {  # of a share in [-1, 1]; those without a direction ignore the sign
    "identity": lambda a: 0,
    "shear_x": lambda a: 0.99 * a,
    "shear_y": lambda a: 0.99 * a,
    "translate_x": lambda a: 32 * a,
    "translate_y": lambda a: 32 * a,
    "rotate": lambda a: 135 * a,
    "brightness": lambda a: 0.99 * a,
    "color": lambda a: 0.99 * a,
    "contrast": lambda a: 0.99 * a,
    "sharpness": lambda a: 0.99 * a,
    "posterize": lambda a: round(8 - 6 * abs(a)),
    "solarize": lambda a: 1 - abs(a),
    "autocontrast": lambda a: 0,
    "equalize": lambda a: 0,
}


class TrivialAugment(Then):
    """Another augmentation, and then one operation an image, any of fourteen, of any strength, all equally likely.

    There is nothing to tune. The paper's CIFAR runs have crops and flips before it, and cutout after it, which is not
    part of it here. Translations are up to 32 pixels, whatever the size of images; half of that is 16, of which
    torchvision's float32 makes 15.

    Args:
        input_shape: (C, H, W) of one image.
        base: what comes first.
    Raises:
        ValueError: the inputs are not images of 1 or 3 channels.
    """

    def __init__(self, input_shape: tuple[int, ...], *, base: Annotated[Augmentation, "augment"]):
        channels, _, _ = image_shape(input_shape)
        coloured(channels, "TrivialAugment", "use augment=standard")
        super().__init__(base, AnyOperation())


class AnyOperation:
    """One operation an image, of one of 31 strengths."""

    def __init__(self) -> None:
        known = operations()
        self.choices = [
            fixed(known[name], value(sign * level / (BINS - 1)))
            for name, value in RANGES.items()
            for level in range(BINS)
            for sign in (1, -1)
        ]

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n,) int64: which operation, how strong and with which sign."""
        return torch.randint(len(self.choices), (n,), generator=generator)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        return of_choice(x, drawn, self.choices)
