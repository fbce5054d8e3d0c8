"""Manifold mixup (Verma et al., "Manifold Mixup: Better Representations by Interpolating Hidden States", ICML 2019,
arXiv:1806.05236).

    h~ = lam h_i + (1 - lam) h_j    after one layer, the input among them, drawn anew for each batch
    L = lam loss(f(h~), y_i) + (1 - lam) loss(f(h~), y_j),    lam ~ Beta(alpha, alpha), one a batch

Mixup, of hidden states. Layers are the parts of the network's body, and equally likely.

Args:
    alpha: positive. The paper's 2 for CIFAR.
    layers: after which parts of the body one may mix, counted from 1; 0 is the input; null: the input and all parts,
        the features included. The paper's ResNets mix the input or after one of the first two residual stages (in the
        released code), which of resnet18 and resnet34 are the layers 0, 2 and 3. [0] is mixup.
"""

from typing import Annotated

import torch
from torch import Generator, Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import beta, permutation
from runner.parts.methods.erm import ERM
from runner.parts.methods.mixing import blend, of_mixed


class ManifoldMixup(Method):
    """The loss between two examples, at some depth.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the mixed states.
        alpha: how far from the examples one goes.
        layers: where.
    Raises:
        ValueError: there are no such layers.
    """

    fits = ("any",)

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        *,
        alpha: Annotated[float, "(0, inf)"],
        layers: list[Annotated[int, "[0, inf)"]] | None,
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        last = len(self.erm.network.body)
        self.layers = list(range(last + 1)) if layers is None else layers
        if not self.layers or len(set(self.layers)) < len(self.layers) or max(self.layers) > last:
            raise ValueError(f"layers={layers}: must be different numbers from 0, the input, to {last}, the features")
        self.draws = {
            "manifold_mixup_share": beta(alpha),
            "manifold_mixup_places": permutation,
            "manifold_mixup_layer": self._drawn,
        }

    def _drawn(self, g: Generator, b: int) -> Tensor:
        return torch.tensor(self.layers)[torch.randint(len(self.layers), (), generator=g)]

    def forward(self, batch: Batch) -> Tensor:
        share, places, chosen = (batch.draws[name] for name in self.draws)
        x = batch.x
        for layer, part in enumerate([nn.Identity(), *self.erm.network.body]):
            x = part(x)
            if layer in self.layers:  # seeds of a stack mix at different layers
                x = torch.where(chosen == layer, blend(x, places, share), x)
        return of_mixed(self.erm, x, share, batch, batch.at(places))

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)
