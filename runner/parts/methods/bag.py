"""Bag and instance losses for aggregate labels (Javanmard et al., "Learning from Aggregate Responses: Instance Level
versus Bag Level Loss Functions", ICLR 2024).

    L_bag      = mean over bags of L(mean over the bag of p_i, mean over the bag of y_j)
    L_instance = mean over examples of L(p_i, mean over the bag of y_j)
    loss       = (1 - rho) * L_bag + rho * L_instance

The method uses only each bag's shares of the classes, not its labels. A loss for shares is its mean under them: see
expected() in runner/parts/methods/soft.py. For the squared error of probabilities L_instance is L_bag plus the variance
of p within bags, so that rho weighs a penalty on that variance.

The paper has linear regression on bags that stay as they are. Here (decided) a bag is `size` neighbours of a batch,
the last one of what is left, and the loader's order deals them anew in each epoch: over many epochs an example is seen
with its own label more often than with others, which fixed bags do not show. The bag's prediction is given to the loss
as the logarithm of its mean probability. An example has its bag's loss: the mean over examples weighs bags by their
size.

Args:
    size: examples of a bag, at least 1.
    rho: in [0, 1]: 0 is the bag loss, 1 the instance loss. The paper's best depends on noise and number of features.

Limit: size = 1 with rho = 1 is ERM; with any rho where the loss is one of the probabilities.

>>> import torch
>>> def means(bags): return bags.mean(1, keepdim=True)
>>> of_bags(2, means, torch.tensor([[1.0], [3.0], [5.0]])).flatten()    # bags (1, 3) and (5)
tensor([2., 2., 5.])
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.soft import expected


class Bag(Method):
    """Trains on the classes' shares in bags of examples. Args: as in ERM and in the module's docstring."""

    network: Any

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        *,
        size: Annotated[int, "[1, inf)"],
        rho: Annotated[float, "[0, 1]"],
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.size = size
        self.rho = rho

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        labels = F.one_hot(batch.labels, logits.shape[-1]).to(logits.dtype)
        shares = of_bags(self.size, _mean, labels)
        whole = of_bags(self.size, _log_mean, logits.log_softmax(-1))
        bag, instance = (expected(self.loss, z, shares, batch) for z in (whole, logits))
        self.loss.note(logits, batch)
        return self.regularizer((1 - self.rho) * bag + self.rho * instance, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)


def of_bags(size: int, summary: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """values (B, K) -> (B, K): each example gets the summary, (A, n, K) -> (A, 1, K), of its bag of n."""
    rest = len(values) % size
    parts = values.split([len(values) - rest, rest])
    dealt = [part.unflatten(0, (-1, n)) for part, n in zip(parts, (size, rest), strict=True) if len(part)]
    return torch.cat([summary(bags).expand_as(bags).flatten(0, 1) for bags in dealt])


def _mean(bags: Tensor) -> Tensor:
    return bags.mean(1, keepdim=True)


def _log_mean(bags: Tensor) -> Tensor:
    """The logarithm of the mean of what these are logarithms of."""
    return bags.logsumexp(1, keepdim=True) - math.log(bags.shape[1])
