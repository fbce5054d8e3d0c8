"""Domain-specific risk minimisation, DRM (Zhang et al., "Domain-Specific Risk Minimization for Domain Generalization",
KDD 2023; released code yfzhang114/AdaNPC).

    loss of an example of environment e = (loss(z_e, y) + loss(z, y)) / 2
    z_e = h_e(f), z = h(f): logits of e's own head and of the network's, which has the examples of all environments

An input of unknown environment is told by the heads that are sure of it: with H_k the entropy of head k's probabilities
p_k for this input,

    p = sum over k of w_k p_k,    w_k = H_k^-gamma / (sum over j of H_j^-gamma)

or those of the head with the least entropy, which is the limit of large gamma. k runs over all heads, as in the
released code, which takes one head for all inputs of a batch, by the mean of their entropies. Here the prediction of an
input depends on no other. Predictions are log p. Regularizers see the features and the logits z.

Args:
    gamma: at least 0, or null: the head with the least entropy. The paper's value is unconfirmed.

With gamma = 0 all heads count alike. A loss that keeps something of examples has a copy for the environments' heads.

>>> from torch import tensor
>>> sure, unsure = tensor([[9.0, 0.0]]), tensor([[0.0, 1.0]])
>>> told_by(torch.stack([unsure, sure]), None).softmax(-1).round(decimals=3)
tensor([[1., 0.]])
>>> told_by(torch.stack([unsure, sure]), 0.0).softmax(-1).round(decimals=3)    # (0.269 + 1) / 2
tensor([[0.6340, 0.3660]])
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.domains import known, members
from runner.parts.methods.erm import ERM
from runner.parts.methods.soft import entropy


class DRM(Method):
    """Args: network, loss, regularizer: as in ERM; domain, another: given by the runner; gamma: see above.

    Raises:
        ValueError: the data set has no environments.
    """

    compares_environments = True

    domain: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        another: Callable[[int], Any],
        *,
        gamma: Annotated[float, "[0, inf)"] | None,
    ):
        super().__init__()
        self.register_buffer("domain", known(domain))
        count = int(self.domain.max()) + 1
        self.erm = ERM(network, loss, regularizer)
        self.heads = nn.ModuleList(another(1 + e).head for e in range(count))
        self.loss = deepcopy(loss)
        self.gamma = gamma

    def forward(self, batch: Batch) -> Tensor:
        features = self.erm.network.features(batch.x)
        of = members(self.domain, batch.index, len(self.heads))
        every = torch.stack([head(features) for head in self.heads], 1)
        own = (of[..., None] * every).sum(1).to(every.dtype)
        logits = self.erm.network.head(features)
        losses = (self.loss(own, batch) + self.erm.loss(logits, batch)) / 2
        return self.erm.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        features = self.erm.network.features(x)
        return told_by(torch.stack([head(features) for head in (*self.heads, self.erm.network.head)]), self.gamma)


def told_by(logits: Tensor, gamma: float | None) -> Tensor:
    """(M, K) log probabilities that heads (H, M, K) have together: see above."""
    log_p = logits.log_softmax(-1)
    unsure = entropy(log_p)
    if gamma is None:
        weight = one_hot(unsure.argmin(0), len(logits)).mT.to(log_p.dtype)
    else:
        weight = (-gamma * unsure.clamp(min=torch.finfo(log_p.dtype).tiny).log()).softmax(0)
    return (weight.log()[..., None] + log_p).logsumexp(0)
