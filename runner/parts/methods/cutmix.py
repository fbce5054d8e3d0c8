"""CutMix (Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV
2019, arXiv:1905.04899).

    x~ = x_i outside a box, x_j within it
    L = lam loss(f(x~), y_i) + (1 - lam) loss(f(x~), y_j),    1 - lam the box's share of the image

A box of the image is that of another one, and the label is mixed by area. One box a batch: with lam ~ Beta(alpha,
alpha) its sides are sqrt(1 - lam) of the image's, its centre is uniform, and what lies outside is cut off. lam is then
set to what the box does leave, as in the released code (clovaai/CutMix-PyTorch@9dc8245; its first version did not) and
in torchvision's CutMix. Partners j are the batch in another order.

Args:
    alpha: positive. The paper's 1: areas are uniform before they are cut off.
    probability: that a batch is mixed. The released code's 0.5 for CIFAR, 1 for ImageNet. 0 is ERM.

Limit: a box without area is plain training. A loss that remembers its predictions remembers those for mixed inputs,
under the place of the first example.
"""

from typing import Annotated

import torch
from torch import Generator, Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import beta, permutation
from runner.parts.methods.erm import ERM
from runner.parts.methods.pasting import image_size, of_pasted
from runner.parts.rectangle import rectangle


class CutMix(Method):
    """The loss at images with a box of others.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the mixed inputs.
        input_shape: (C, H, W) of one image; given by the runner.
        alpha: how large boxes are.
        probability: that a batch is mixed.
    Raises:
        ValueError: the inputs are no images.
    """

    fits = ("any",)
    draws: dict[str, Draw]

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        alpha: Annotated[float, "(0, inf)"],
        probability: Annotated[float, "[0, 1]"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.size = image_size(input_shape)
        self.draws = {"cutmix_box": boxes(self.size, alpha, probability), "cutmix_places": permutation}
        if not probability:
            self.draws = {}

    def forward(self, batch: Batch) -> Tensor:
        if not self.draws:
            return self.erm(batch)
        places = batch.draws["cutmix_places"]
        inside = rectangle(self.size, *batch.draws["cutmix_box"])
        return of_pasted(self.erm, batch, places, batch.x[places], inside)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def boxes(size: tuple[int, int], alpha: float, probability: float) -> Draw:
    """Boxes of images of this size (H, W), one a batch: (2, 2) int64, first row and column, and those after the last.

    With the chance 1 - probability it is empty.
    """
    share = beta(alpha)

    def draw(g: Generator, b: int) -> Tensor:
        cut = (1 - share(g, b).double()).sqrt() * (torch.rand((), generator=g) < probability)
        sides = torch.tensor(size)
        half = (cut * sides).long() // 2
        centre = torch.stack([torch.randint(side, (), generator=g) for side in size])
        return torch.stack([(centre - half).clamp(min=0), torch.minimum(centre + half, sides)])

    return draw
