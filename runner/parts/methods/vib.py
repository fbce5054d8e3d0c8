"""Variational information bottleneck, VIB (Alemi et al., "Deep Variational Information Bottleneck", ICLR 2017,
arXiv:1612.00410).

    L = mean over samples of loss(decoder(mu + s * eps), y) + beta * KL(N(mu, s^2) || N(0, 1)),
    KL = 1/2 sum over dim of (mu^2 + s^2 - 2 log s - 1),    s = softplus(raw - 5)

mu and raw are linear in the network's features. Information about the input has a price, so the code keeps
little beyond what predicts the label.

Args:
    dim: of the code, at least 1; the paper's 256, and 2 to look at.
    beta: at least 0; the paper's 1e-3 on MNIST, searched between 1e-9 and 1.
    samples: of a code, at least 1; the paper's 1 in training. It averages predictions over 1 or 12 samples, we predict
        from mu. A loss with a memory of each example is told the mean logits.

The paper's numbers are from memory, unconfirmed; so is that it counts in nats as we do. With beta = 0 and eps = 0 it is
the loss of decoder(mu). The network's own head is not used and stays as it began. Regularizers see the network's
features and the mean logits of the samples.

>>> from torch import ones, zeros
>>> divergence(zeros(1, 2), ones(1, 2))    # of the prior from itself
tensor([0.])
>>> divergence(ones(1, 2), ones(1, 2))    # 2 * 1/2 * 1^2
tensor([1.])
"""

from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import normals
from runner.parts.models import shapes


class VIB(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one example; num_classes: K. All given by the runner."""

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        num_classes: int,
        *,
        dim: Annotated[int, "[1, 1000000]"],
        beta: Annotated[float, "[0, inf)"],
        samples: Annotated[int, "[1, 10000]"],
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.encoder = nn.Linear(shapes(network.body, input_shape)[-1][0], 2 * dim)
        self.decoder = nn.Linear(dim, num_classes)
        self.beta = beta
        self.draws = {"vib_noise": normals(samples, dim)}

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        mean, raw = self.encoder(features).chunk(2, 1)
        scale = F.softplus(raw - 5)
        codes = mean[:, None] + scale[:, None] * batch.draws["vib_noise"]
        logits = self.decoder(codes)  # (B, samples, K)
        losses = torch.stack([self.loss.apart(sample, batch) for sample in logits.unbind(1)]).mean(0)
        self.loss.note(logits.mean(1), batch)
        return self.regularizer(losses + self.beta * divergence(mean, scale), features, logits.mean(1), batch)

    def predict(self, x: Tensor) -> Tensor:
        mean, _ = self.encoder(self.network.features(x)).chunk(2, 1)
        return self.decoder(mean)


def divergence(mean: Tensor, scale: Tensor) -> Tensor:
    """KL from the standard normal distribution, in nats: mean and scale (B, dim) -> (B,)."""
    return (mean.square() + scale.square() - 2 * scale.log() - 1).sum(1) / 2
