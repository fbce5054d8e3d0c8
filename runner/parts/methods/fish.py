"""Fish: gradients of environments that point alike (Shi et al., "Gradient Matching for Domain Generalization", ICLR
2022, arXiv:2104.09937).

    theta' = theta;  for each environment e of the batch in random order: theta' <- theta' - inner_lr * grad l_e(theta')
    the direction is (theta - theta') / (inner_lr * E)
    l_e: mean loss of the batch's examples of environment e; E: how many environments it has

A step that makes one environment's loss smaller is to do so in the others: to first order in inner_lr, and in the mean
over orders, it is the direction of inter-domain gradient matching,

    mean of l_e - inner_lr (E - 1) / 4 * mean over pairs e != f of grad l_e . grad l_f

That objective itself has no least value, for gradients may agree and grow without a bound, and is not here.

Args:
    inner_lr: rate of the inner steps, which are plain gradient descent; positive. The default is that of optimizer=sgd;
        the paper's depend on the data (unconfirmed). Its outer step of eps towards theta' is the optimizer's: eps for
        sgd with lr = eps * inner_lr * E and momentum 0. The released code divides eps by E, DomainBed does not.

With one environment, and with inner_lr near 0, it is the mean of the environments' means. Each batch goes through the
network once for each environment, with the same random numbers, which the runner does not count. DomainBed's inner
optimizer, Adam with a state of its own, is left out. The risk sees the losses at theta; it is to be the mean, for the
direction knows nothing of it.
"""

from typing import Annotated

import torch
from torch import Generator, Tensor, nn
from torch.func import grad

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.domains import known, members, shares
from runner.parts.methods.elsewhere import elsewhere
from runner.parts.methods.erm import ERM

Weights = dict[str, Tensor]


class Fish(Method):
    """Args: as in ERM; domain: (N,) environment of each training example, given by the runner; inner_lr: see above.

    Raises:
        ValueError: the data set has no environments.
    """

    fits = ("any",)
    compares_environments = True

    domain: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        *,
        inner_lr: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.register_buffer("domain", known(domain))
        self.environments = int(self.domain.max()) + 1
        self.inner_lr = inner_lr
        self.draws = {"fish_order": self.order}

    def order(self, g: Generator, b: int) -> Tensor:
        """(E,) all environments."""
        return torch.randperm(self.environments, generator=g)

    def forward(self, batch: Batch) -> Tensor:
        of = members(self.domain, batch.index, self.environments)
        with torch.no_grad():  # grad goes its own way in there
            losses = self.erm(batch)
            weights = self._moved(batch, shares(of, losses.dtype))
        length = self.inner_lr * (of.sum(0) > 0).sum()
        start = self.erm.named_parameters()
        along = torch.stack([(p * (p.detach() - weights[name])).sum() for name, p in start]).sum() / length
        return losses + along - along.detach()

    def _moved(self, batch: Batch, parts: Tensor) -> Weights:
        """Where steps of gradient descent lead to, on the losses under parts (B, E), one after the other."""

        def loss(weights: Weights, kept: Weights, part: Tensor) -> Tensor:
            return elsewhere(self.erm, weights, kept, lambda erm: (erm(batch) * part).sum())

        weights: Weights = {name: p.detach() for name, p in self.erm.named_parameters()}
        for e in batch.draws["fish_order"].unbind():
            part = parts.gather(1, e.expand(len(parts), 1))[:, 0]
            slopes = grad(loss)(weights, dict(self.erm.named_buffers()), part)
            weights = {name: number - self.inner_lr * slopes[name] for name, number in weights.items()}
        return weights

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)
