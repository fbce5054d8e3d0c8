"""Selection by a mixture of two on the losses (Arazo et al., "Unsupervised Label Noise Modeling and Loss Correction",
ICML 2019, arXiv:1904.11238; Li et al., "DivideMix", ICLR 2020, arXiv:2002.07394).

    w_i = P(component of the lower mean | loss_i),    a mixture of two normal distributions, fitted before each epoch
    L   = mean of the losses of those examples of a batch with w_i >= threshold

Early in training wrong labels have the larger losses, and the losses two modes. Arazo et al. fit beta distributions,
DivideMix normal ones, as here, to losses brought between 0 and 1; it goes on to treat what is left out as unlabelled,
with two networks. Here that is left out and no more: a baseline, and neither paper's method.

Both papers evaluate all examples anew before an epoch; here an example's loss is that of its last step in training, at
no cost. DivideMix starts the fit from k-means and does at most ten steps; here it starts from the ends, 0 and 1, with
equal weights and the variance of all, and does a fixed number, enough to settle.
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.methods.pairs import share

STEPS = 50
FLOOR = 5e-4  # added to each variance; DivideMix's


class SmallLoss(Method):
    """After a warm-up, only examples that probably belong to the component of small losses are learned from.

    threshold = 0 is ERM; so are the epochs of the warm-up. An example that no step has seen counts as having loss 0. A
    batch of which nothing is kept moves nothing but what regularizers pull at.

    Args:
        network, loss, regularizer: as in ERM; given by the runner.
        num_train: N, given by the runner.
        warm_up: epochs without selection, at least 1. DivideMix's 10 on CIFAR-10 and 30 on CIFAR-100, of 300.
        threshold: in [0, 1]; DivideMix's 0.5, and 0.6 at 90% of symmetric noise. null: nothing is left out, and w_i is
            the weight of an example, as in Arazo et al. it is that of its label.
    """

    fits = ("any",)

    latest: Tensor
    clean: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        *,
        warm_up: Annotated[int, "[1, inf)"],
        threshold: Annotated[float, "[0, 1]"] | None,
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.warm_up = warm_up
        self.threshold = threshold
        self.register_buffer("latest", torch.zeros(num_train))
        self.register_buffer("clean", torch.ones(num_train))

    def begin(self, epoch: int, epochs: int) -> None:
        if epoch > self.warm_up:
            self.clean.copy_(small(self.latest))

    def forward(self, batch: Batch) -> Tensor:
        features = self.erm.network.features(batch.x)
        logits = self.erm.network.head(features)
        losses = self.erm.loss(logits, batch)
        self.latest[batch.index] = losses.detach().to(self.latest.dtype)
        clean = self.clean[batch.index]
        kept = share(clean if self.threshold is None else clean >= self.threshold, losses)
        return self.erm.regularizer(kept, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def small(losses: Tensor) -> Tensor:
    """(N,) the probability that each of losses (N,) belongs to the component of the lower mean.

    >>> small(torch.tensor([0.1, 0.2, 0.1, 5.0, 5.1])).round()
    tensor([1., 1., 1., 0., 0.])
    """
    low, high = losses.aminmax()
    x = ((losses - low) / (high - low).clamp(min=1e-12))[:, None]  # (N, 1)
    means = torch.tensor([0.0, 1.0], dtype=x.dtype, device=x.device)
    variances = x.var(correction=0) + FLOOR
    weights = torch.full_like(means, 0.5)
    for _ in range(STEPS):
        posterior = _posterior(x, means, variances, weights)
        mass = posterior.sum(0) + 1e-10  # a component may be empty
        weights = mass / len(x)
        means = (posterior * x).sum(0) / mass
        variances = (posterior * (x - means).square()).sum(0) / mass + FLOOR
    posterior = _posterior(x, means, variances, weights)
    return torch.where(means[0] <= means[1], posterior[:, 0], posterior[:, 1])


def _posterior(x: Tensor, means: Tensor, variances: Tensor, weights: Tensor) -> Tensor:
    return (weights.log() - variances.log() / 2 - (x - means).square() / (2 * variances)).softmax(1)
