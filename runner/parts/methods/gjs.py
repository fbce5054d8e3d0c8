"""Several views of each example, for a loss that compares them (Englesson and Azizpour, "Generalized Jensen-Shannon
Divergence Loss for Learning with Noisy Labels", NeurIPS 2021, arXiv:2105.04522).

    loss(z_1, ..., z_V, y),    z_v the logits of the v-th augmentation of the input

The loader augments each input V times; all views go through the network in one pass, so that BatchNorm sees them
together, and their logits (B, V, K) to the loss, which must be one of several views: losses/gjs.py is. Penalties look
at the first view. It costs V passes a step. With augment=none the views are the same, and the loss that of one.

Args:
    views: V, at least 1; the paper's 2.

Limit: views = 1 is ERM, with any loss.
"""

from copy import deepcopy
from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM


class Views(Method):
    """Gives the loss the logits of all views. Args: as in ERM and in the module's docstring.

    Raises:
        ValueError: more than one view, and the loss takes only one.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_classes: int,
        *,
        views: Annotated[int, "[1, 100]"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.views = views
        if views > 1 and not _compares(loss, views, num_classes):
            raise ValueError(
                f"views={views}: needs a loss of several views such as gjs; with any other views must be 1"
            )

    def forward(self, batch: Batch) -> Tensor:
        if self.views == 1:
            return self.erm(batch)
        features = self.erm.network.features(batch.x.flatten(0, 1)).unflatten(0, (-1, self.views))
        logits = self.erm.network.head(features.flatten(0, 1)).unflatten(0, (-1, self.views))
        seen = batch._replace(x=batch.x[:, 0])
        return self.erm.regularizer(self.erm.loss(logits, seen), features[:, 0], logits[:, 0], seen)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def _compares(loss: Criterion, views: int, num_classes: int) -> bool:
    """Does the loss take logits (B, V, K)? We try it with B = V + 1, so that no axis can pass for another."""
    places = torch.arange(views + 1)
    asked = Batch(places, places % num_classes, places * 0, {})
    try:  # a copy: a loss may keep something of what it sees
        return deepcopy(loss)(torch.zeros(views + 1, views, num_classes), asked).shape == places.shape
    except (RuntimeError, ValueError, IndexError, KeyError):
        return False
