"""ResizeMix (Qin et al., "ResizeMix: Mixing Data with Preserved Object Information and True Labels", 2020,
arXiv:2012.11101).

    x~ = x_i with x_j, shrunk to tau of its sides, pasted on it,    tau ~ U(smallest, largest), one a batch
    L = lam loss(f(x~), y_i) + (1 - lam) loss(f(x~), y_j),          1 - lam the patch's share of the image

The whole of another image is seen, where CutMix may cut its object off; so the mixed label is true. Each image has the
patch elsewhere. Partners j are the batch in another order.

Args:
    smallest, largest: of tau, in [0, 1]. The released code's 0.1 and 0.8 (JayQine/ResizeMix@211b19c). Both 0 is plain
        training, and smallest = largest = 1 trains on x_j.

Of the released code: nearest pixels; sides that are rounded down; a centre uniform over the image, from which the patch
is moved so that it lies within, so that places at the border are likelier; lam by the pasted area. The code samples
pixels at multiples of 1 / tau, here, as of a patch of this size, at multiples of H / int(tau H); a pixel may come from
its neighbour.
"""

from typing import Annotated

import torch
from torch import Generator, Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import permutation
from runner.parts.methods.erm import ERM
from runner.parts.methods.pasting import image_size, of_pasted
from runner.parts.rectangle import rectangle


class ResizeMix(Method):
    """The loss at images with a small copy of others.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the mixed inputs.
        input_shape: (C, H, W) of one image; given by the runner.
        smallest, largest: sides of the copy, as shares of the image's.
    Raises:
        ValueError: the inputs are no images, or `smallest` is above `largest`.
    """

    fits = ("any",)

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        smallest: Annotated[float, "[0, 1]"],
        largest: Annotated[float, "[0, 1]"],
    ):
        super().__init__()
        if smallest > largest:
            raise ValueError(f"smallest={smallest}: must be at most largest={largest}")
        self.erm = ERM(network, loss, regularizer)
        self.size = image_size(input_shape)
        self.range = (smallest, largest)
        self.draws = {
            "resizemix_sides": self._sides,
            "resizemix_centre": self._centres,
            "resizemix_places": permutation,
        }

    def _sides(self, g: Generator, b: int) -> Tensor:
        """(2,) int64, height and width of the copies of a batch."""
        smallest, largest = self.range
        tau = smallest + (largest - smallest) * torch.rand((), generator=g, dtype=torch.float64)
        return (tau * torch.tensor(self.size)).long()

    def _centres(self, g: Generator, b: int) -> Tensor:
        """(B, 2) int64, a row and a column of each image."""
        return torch.stack([torch.randint(side, (b,), generator=g) for side in self.size], dim=1)

    def forward(self, batch: Batch) -> Tensor:
        sides, centre, places = (batch.draws[name] for name in self.draws)
        whole = torch.tensor(self.size, device=sides.device)
        first = torch.minimum((centre - sides // 2).clamp(min=0), whole - sides)
        inside = rectangle(self.size, first, first + sides)
        return of_pasted(self.erm, batch, places, shrunk(batch.x[places], first, sides), inside)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def shrunk(x: Tensor, first: Tensor, sides: Tensor) -> Tensor:
    """Images x (B, C, H, W), shrunk to `sides` (2,), each with its corner at `first` (B, 2); elsewhere anything.

    >>> shrunk(torch.arange(16.0).view(1, 1, 4, 4), torch.tensor([[1, 2]]), torch.tensor([2, 2]))[0, 0, 1:3, 2:]
    tensor([[ 0.,  2.],
            [ 8., 10.]])
    """
    height, width = x.shape[-2:]
    rows, columns = (
        ((torch.arange(side, device=x.device) - first[:, i, None]) * side // sides[i].clamp(min=1)).clamp(0, side - 1)
        for i, side in enumerate((height, width))
    )
    source = (rows[:, :, None] * width + columns[:, None, :]).flatten(1)  # (B, H * W)
    return x.flatten(2).gather(2, source[:, None].expand(-1, x.shape[1], -1)).view_as(x)
