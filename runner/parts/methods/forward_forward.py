"""Layer collaboration in the Forward-Forward algorithm (Lorberbom et al., AAAI 2024, arXiv:2305.12393; Hinton, "The
Forward-Forward Algorithm", 2022, arXiv:2212.13345).

    loss = sum over layers i of  log(1 + exp(-(G_i + C_i - theta)))    of the input with its label written in
                               + log(1 + exp(G_i + C_i - theta))       of the input with a wrong label written in

where G_i is the goodness of a layer, the mean square of its output, and C_i that of other layers, a constant to the
gradient. No gradient passes between layers: each sees its input detached, and scaled to a mean square of 1, so that it
cannot read goodness off what is below it. The logit of a class is the total goodness of the input with this label.

Args:
    theta: the threshold that goodness is to pass, any number. Unconfirmed for this paper; a widely used implementation
        of Hinton's takes 2.
    collaboration: whose goodness C_i is. "none": 0, which is Hinton's. "all": that of all other layers, the paper's;
        "previous": that of the layers below.
    label_scale: positive, what is written for the label, in units of the normalised inputs. About the largest of them.

The label replaces the first K numbers of the flattened input, K classes: label_scale at the label, 0 elsewhere. A layer
is a part of the network's body; the network's head is not used, and neither are the run's loss and regularizer. The
paper's goodness is the sum of squares; here it is the mean, so that theta goes with any width. The paper
updates the layers in turns, here all of them are in each step. With one layer there is nobody to work with: "all" is
Hinton's then. Logits are no log-probabilities: calibration is not asked for.
"""

import math
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw


class ForwardForward(Method):
    """Each part of the network's body learns to tell right labels from wrong ones.

    Raises:
        ValueError: inputs have no room for the label.
    """

    network: Any

    def __init__(
        self,
        network: nn.Module,
        num_classes: int,
        input_shape: tuple[int, ...],
        *,
        theta: float,
        collaboration: Literal["none", "all", "previous"],
        label_scale: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        if math.prod(input_shape) < num_classes:
            raise ValueError(
                f"needs inputs of at least {num_classes} numbers, one a class, not of {math.prod(input_shape)}"
            )
        self.network = network
        self.num_classes = num_classes
        self.theta = theta
        self.collaboration = collaboration
        self.label_scale = label_scale
        self.draws = {"forward_forward_shift": shifts(num_classes)}

    def forward(self, batch: Batch) -> Tensor:
        wrong = (batch.labels + batch.draws["forward_forward_shift"]) % self.num_classes
        both = torch.cat([self.written(batch.x, batch.labels), self.written(batch.x, wrong)])
        goodness = self.goodness(both)
        above = goodness + self.others(goodness.detach()) - self.theta
        of_true, of_wrong = above.chunk(2, dim=1)
        return (F.softplus(-of_true) + F.softplus(of_wrong)).sum(0)

    def predict(self, x: Tensor) -> Tensor:
        labels = torch.arange(self.num_classes, device=x.device)
        return torch.stack([self.goodness(self.written(x, y.expand(len(x)))).sum(0) for y in labels], dim=1)

    def written(self, x: Tensor, labels: Tensor) -> Tensor:
        """Inputs (B, ...) with these labels (B,) in their first numbers."""
        label = self.label_scale * F.one_hot(labels, self.num_classes)
        return torch.cat([label.to(x.dtype), x.flatten(1)[:, self.num_classes :]], dim=1).view_as(x)

    def goodness(self, x: Tensor) -> Tensor:
        """Of each layer, (B, ...) -> (L, B)."""
        found = []
        for layer in self.network.body:
            x = layer(scaled(x.detach()))
            found.append(x.flatten(1).square().mean(1))
        return torch.stack(found)

    def others(self, goodness: Tensor) -> Tensor:
        """The contribution of other layers to each layer's goodness, (L, B) -> (L, B)."""
        if self.collaboration == "none":
            return torch.zeros_like(goodness)
        return (goodness.cumsum(0) if self.collaboration == "previous" else goodness.sum(0)) - goodness


def shifts(num_classes: int) -> Draw:
    """(B,) how many classes after the label a wrong one is."""
    return lambda g, b: torch.randint(1, num_classes, (b,), generator=g)


def scaled(x: Tensor) -> Tensor:
    """(B, ...) each to a mean square of 1; zeros stay zeros."""
    size = x.flatten(1).square().mean(1).sqrt().view(-1, *[1] * (x.dim() - 1))
    return x / torch.where(size > 0, size, 1)
