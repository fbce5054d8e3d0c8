"""Supervised dictionary learning, SDL, filter-based (Lee, Lyu and Yao, "Supervised Dictionary Learning with Auxiliary
Covariates", 2022, arXiv:2206.06774).

    L = loss(V W^T x + b, y) + xi * min over h of ||x - W h||^2

A dictionary W of a few directions has two tasks: classes are told from what its filters W^T x find, and inputs are
sums of its columns. x are the network's features, which with `model=linear` are the inputs, as in the paper; a network
that learns its features may also make them small. The best codes h are those of least squares, so that they need not be
trained beside W: the second term is the square of what is left of x beyond the span of W.

Args:
    rank: r, columns of W, from 1 to the number of features. The paper's are about 2 to 25 (unconfirmed).
    xi: at least 0. The paper's are not confirmed. 0 is regression of rank r on the features, logistic with
        cross-entropy; with a rank of all features nothing is left either.

Source: the objective and gradients of the released code (ljw9510/SDL, src/SDL_SVP.py), which are sums over the examples
of two classes, where a step here has their mean. Its penalty nu / 2 of the squares of W V^T and of b is not here, for
which there is optimizer.weight_decay, of W, V and b; nor are its lifted low-rank solver, which takes a singular value
decomposition of all examples' codes in each step, codes that see the label, auxiliary covariates and signs of W and h.

The network's own head is not used and stays as it began. Regularizers see the network's features.

>>> from torch import tensor
>>> beyond(tensor([[3.0, 4.0]]), tensor([[2.0, 0.0]]))    # one direction, the first: 4^2 is left
tensor([16.])
"""

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.models import shapes


class SDL(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one example; num_outputs: H. All given by the runner.

    Raises:
        ValueError: rank is more than the number of features.
    """

    fits = ("any",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        rank: Annotated[int, "[1, 1000000]"],
        xi: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        (dim,) = shapes(network.body, input_shape)[-1]
        if rank > dim:
            raise ValueError(f"rank={rank}: must be at most {dim}, the number of features")
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.filters = nn.Linear(dim, rank, bias=False)
        self.classifier = nn.Linear(rank, num_outputs)
        self.xi = xi

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.classifier(self.filters(features))
        losses = self.loss(logits, batch) + self.xi * beyond(features, self.filters.weight)
        return self.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.filters(self.network.features(x)))
        return logits


def beyond(x: Tensor, directions: Tensor) -> Tensor:
    """The squared distance of x (B, D) from the span of directions (r, D), independent ones -> (B,)."""
    basis, _ = torch.linalg.qr(directions.mT)
    return (x - x @ basis @ basis.mT).square().sum(1)
