"""AugMix (Hendrycks et al., "AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty", ICLR 2020,
arXiv:1912.02781), the mixture of images.

    x~ = m x + (1 - m) sum over i of w_i chain_i(x),    m ~ Beta(alpha, alpha),  w ~ Dirichlet(alpha, ..., alpha)

The paper also has a loss: the Jensen-Shannon divergence between predictions of an image and of two mixtures. That is no
matter of augmentation, and not part of it here.
"""

from collections.abc import Callable
from typing import Annotated

import torch
from scipy.special import betaincinv, gammaincinv
from torch import Generator, Tensor

from runner.contracts.training import Augmentation
from runner.parts.augments.operations import coloured, fixed, of_choice, operations
from runner.parts.augments.rand_augment import ranges
from runner.parts.augments.transformation import Then, image_shape

LONGEST = 3  # operations of a chain; the paper's
STRONGEST = 9  # torchvision's magnitudes are 0 to 9 of the range
SHIFTED = ("brightness", "color", "contrast", "sharpness")


class AugMix(Then):
    """Another augmentation, and then a mixture of the image and of chains of operations on it.

    A chain has one to three operations, each any with equal probability, of a magnitude drawn below `severity`, as in
    torchvision; the released code draws it from the continuous range.

    Args:
        input_shape: (C, H, W) of one image.
        severity: how strong operations are, 1 to 10; the paper's 3.
        chains: how many are mixed; the paper's 3.
        alpha: of both distributions, at least 0.1; the paper's 1.
        all_ops: also brightness, color, contrast and sharpness. The paper leaves them out, for they are among the
            corruptions that it tests on; torchvision's default is true.
        base: what comes first.
    Raises:
        ValueError: the inputs are not images of 1 or 3 channels.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        severity: Annotated[int, "[1, 10]"],
        chains: Annotated[int, "[1, 100]"],
        alpha: Annotated[float, "[0.1, inf)"],
        all_ops: bool,
        base: Annotated[Augmentation, "augment"],
    ):
        channels, height, width = image_shape(input_shape)
        coloured(channels, "AugMix", "use augment=standard")
        known = operations("bilinear")
        changes = [
            fixed(known[name], value(sign * level / STRONGEST))
            for name, value in _values(height, width).items()
            if all_ops or name not in SHIFTED
            for level in range(severity)
            for sign in (1, -1)
        ]
        super().__init__(base, Mixture([*changes, fixed(known["identity"], 0)], chains, alpha))


class Mixture:
    """Chains of changes, mixed with the image.

    Args:
        changes: functions of images (M, C, H, W), all equally likely but for the last, which changes nothing.
        chains: how many are mixed.
        alpha: of the distributions of their shares.
    """

    def __init__(self, changes: list[Callable[[Tensor], Tensor]], chains: int, alpha: float):
        self.changes, self.chains, self.alpha = changes, chains, alpha

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, 1 + chains + 3 chains) float64: shares of the image and of the chains, then each chain's choices."""
        uniform = torch.rand(n, 1 + self.chains, generator=generator, dtype=torch.float64).numpy()
        image = torch.as_tensor(betaincinv(self.alpha, self.alpha, uniform[:, :1]))
        parts = torch.as_tensor(gammaincinv(self.alpha, uniform[:, 1:]))
        shares = torch.cat([image, (1 - image) * parts / parts.sum(1, keepdim=True)], 1)
        size = (n, self.chains, LONGEST)
        chosen = torch.randint(len(self.changes) - 1, size, generator=generator)
        length = torch.randint(1, LONGEST + 1, size[:2], generator=generator)
        chosen = chosen.where(torch.arange(LONGEST) < length[:, :, None], len(self.changes) - 1)
        return torch.cat([shares, chosen.flatten(1).double()], 1)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        shares, chosen = drawn.split([1 + self.chains, self.chains * LONGEST], 1)
        shares = shares.float().to(x.device)[:, :, None, None, None]
        mixed = shares[:, 0] * x
        for i, choices in enumerate(chosen.long().split(LONGEST, 1), 1):
            changed = x
            for choice in choices.unbind(1):
                changed = of_choice(changed, choice, self.changes)
            mixed = mixed + shares[:, i] * changed
        return mixed.round().clamp(0, 255).to(torch.uint8)


def _values(height: int, width: int) -> dict[str, Callable[[float], float]]:
    """As RandAugment's, but for smaller translations and fewer bits; without the identity."""
    own: dict[str, Callable[[float], float]] = {
        "translate_x": lambda a: a * width / 3,
        "translate_y": lambda a: a * height / 3,
        "posterize": lambda a: round(4 - 4 * abs(a)),
    }
    return {name: value for name, value in (ranges(height, width) | own).items() if name != "identity"}
