"""A penalty on moving weights that mattered for earlier tasks.

Weights are a flat vector (P,), and `layer` (P,) tells the layer of each.
"""

from typing import Literal

import torch
from torch import Tensor

from runner.parts.calculations._network import Network


def path_importance(contribution: Tensor, moved: Tensor, xi: float) -> Tensor:
    """How much of the fall of the loss each weight has brought about, by the square of how far it moved (Zenke et al.,
    Continual Learning Through Synaptic Intelligence, ICML 2017). It is not below 0: a penalty would have no minimum.

    Args:
        contribution: (P,), the sum of minus gradient times step over a task.
        moved: (P,), the sum of the steps.
        xi: above 0; it bounds the importance of weights that hardly move.
    """
    return (contribution / (moved**2 + xi)).clamp(min=0)


def layer_weights(importance: Tensor, layer: Tensor) -> Tensor:
    """The softmax (L,), over layers, of the summed importance of each (Song et al., How to Alleviate Catastrophic
    Forgetting in LLMs Finetuning? Hierarchical Layer-Wise and Element-Wise Regularization, 2025, arXiv 2501.13669;
    from a summary, and no code is released)."""
    sums = torch.zeros(int(layer.max()) + 1, dtype=importance.dtype)
    return sums.index_add(0, layer, importance).softmax(0)


def penalty(moved: Tensor, importance: Tensor, weights: Tensor, layer: Tensor) -> Tensor:
    """The sum of weights[layer] importance moved^2, where `moved` (P,) is how far each weight is from that before.

    >>> penalty(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 1.0]), torch.tensor([0.5, 0.5]), torch.tensor([0, 1]))
    tensor(3.5000)
    """
    return (weights[layer] * importance * moved**2).sum()


class Importance:
    """What each weight mattered in tasks that are over, and in the present one.

    Args:
        layer: the layer of each weight (P,).
        weight: of the penalty.
        layers: "equal" weighs all layers alike, with a sum of 1; "importance" by `layer_weights`.
        xi: see `path_importance`.
    """

    def __init__(self, layer: Tensor, weight: float, layers: Literal["equal", "importance"], xi: float) -> None:
        self.layer, self.weight, self.layers, self.xi = layer, weight, layers, xi
        self.total, self.contribution, self.moved = torch.zeros(3, len(layer), dtype=torch.float64)

    def gradient(self) -> Tensor:
        """That of `weight` times `penalty`, where the weights are (P,)."""
        if not self.weight:
            return torch.zeros_like(self.moved)
        of_layers = layer_weights(self.total, self.layer)
        if self.layers == "equal":
            of_layers = torch.full_like(of_layers, 1 / len(of_layers))
        moved = self.moved.clone().requires_grad_()
        return torch.autograd.grad(self.weight * penalty(moved, self.total, of_layers, self.layer), moved)[0]

    def record(self, gradient: Tensor, step: Tensor) -> None:
        """A step (P,), and the gradient of the loss without the penalty before it (P,)."""
        self.contribution = self.contribution - gradient * step
        self.moved = self.moved + step

    def switch(self) -> None:
        """The present task is over."""
        self.total = self.total + path_importance(self.contribution, self.moved, self.xi)
        self.contribution, self.moved = torch.zeros(2, len(self.layer), dtype=torch.float64)


def layers_of(network: Network) -> Tensor:
    """The layer of each number of `network.parameters()` (P,), where every layer has a bias."""
    each = [*range(len(network.weights)), *range(len(network.biases))]
    return torch.cat([torch.full((one.numel(),), layer) for one, layer in zip(network.parameters(), each, strict=True)])
