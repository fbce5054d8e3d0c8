"""A multilayer perceptron whose last hidden layer is a scalable neural network kernel."""

from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head
from runner.parts.models.layers import Activation
from runner.parts.models.mlp import MLP


class SNNKNet(Model):
    """Sehanobish et al., "Scalable Neural Network Kernels", ICLR 2024: inputs and weights of the last hidden layer meet
    in a product of their features alone, so that a unit has m trained numbers, however many inputs there are.

        y = phi(x) W',    phi(u) = relu(G u) / sqrt(m)

    G (m, D) is normal and not trained, W' (width, m) is trained and starts as phi(W), W the weights of the layer that
    it replaces. There is no bias. The mean of y over G is |x| |w| (sin t + (pi - t) cos t) / (2 pi), t the angle
    between x and w: the layer replaces relu(W x), and does not approximate it.

    Source: the ReLU layer of the released code (arijitthegame/neural-network-kernels, src/nnk/nnk.py). The paper's
    layers for other activations, of complex features, are not here.

    Args:
        input_shape: of one example, given by the runner.
        num_outputs: H, given by the runner.
        width: units a hidden layer.
        depth: hidden layers, the replaced one included; those before it are those of mlp.
        features: m; the paper has 8 to 64 (unconfirmed).
        activation: of the other layers, see runner/parts/models/layers.py.
        head: the last layer, see runner/parts/models/heads.py.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, 1000000]"],
        depth: Annotated[int, "[1, 1000]"],
        features: Annotated[int, "[1, 1000000]"],
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        plain = MLP(input_shape, num_outputs, width=width, depth=depth, norm="none", activation=activation, head=head)
        *before, last = plain.body
        replaced = next(module for module in last.modules() if isinstance(module, nn.Linear))
        flat = [module for module in last.modules() if isinstance(module, nn.Flatten)]  # where it is the first one, too
        self.body = nn.Sequential(*before, nn.Sequential(*flat, SNNK(replaced.weight.detach(), features)))
        self.head = plain.head


class SNNK(nn.Module):
    """Inputs (B, D) -> (B, width), in place of a layer with weights (width, D)."""

    def __init__(self, weight: Tensor, features: int):
        super().__init__()
        self.projection: Tensor
        self.register_buffer("projection", torch.randn(features, weight.shape[1]))
        self.weight = nn.Parameter(self.phi(weight))

    def phi(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., m)."""
        return (x @ self.projection.mT).relu() * len(self.projection) ** -0.5

    def forward(self, x: Tensor) -> Tensor:
        return self.phi(x) @ self.weight.mT
