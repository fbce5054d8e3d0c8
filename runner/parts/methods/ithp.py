"""ITHP (Xiao et al., "Neuro-Inspired Information-Theoretic Hierarchical Perception for Multimodal Learning", ICLR 2024,
arXiv:2404.09403; released code joshuaxiao98/ITHP), its three modalities being thirds of a picture.

    IB_0 = KL(q(b_0 | x_0) || N(0, 1)) + beta * mean((x_1 - decoder_1(b_0))^2),    b_0 = mu_0 + s_0 * eps
    IB_1 = KL(q(b_1 | b_0) || N(0, 1)) + gamma * mean((x_2 - decoder_2(b_1))^2),   b_1 = mu_1 + s_1 * eps
    L = loss(head(b_1), y) + weight * 2 / (beta + gamma) * (IB_0 + lam * IB_1)

The network sees one modality, x_0, the rest of the picture being blank. What it keeps of it has a price, and has to
tell what the others, its detectors, see: first x_1, and from that x_2. The label is told from the last code alone,
and to predict nothing but x_0 is needed.

Args:
    prime: x_0, one of first, middle, last: a third of a picture's rows, of a vector's numbers. The other two are x_1
        and x_2, in order. The paper orders modalities by their entropy; middle is ours.
    dim: of both codes, at least 1. 64 is ours.
    beta, gamma: at least 0, one of them positive. The paper's 8 and 32.
    lam: at least 0. The paper's 1.
    kl: over the numbers of a code: mean, as in the released code, or sum, as in the paper.
    weight: at least 0, of all but the loss; 0 is the loss of the code of x_0, noise in it. That the paper's is 1, and
        the factor 2 / (beta + gamma), are unconfirmed.

The released decoders end in a sigmoid and dropout, though modalities are not within [0, 1]; here they are linear. Its
encoders are perceptrons of each modality's features; here x_0's is the network, and b_1's has one hidden layer. The
network's own head is not used. Regularizers see the network's features and the logits. Labels are predicted from mu.

>>> from torch import ones, zeros
>>> price(zeros(1, 2), zeros(1, 2), "sum")    # of the prior from itself
tensor([0.])
>>> price(ones(1, 2), zeros(1, 2), "sum"), price(ones(1, 2), zeros(1, 2), "mean")    # 2 * 1/2 * 1^2, and its half
(tensor([1.]), tensor([0.5000]))
"""

from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import normals
from runner.parts.models import shapes

THIRDS = ("first", "middle", "last")


class ITHP(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one example; num_classes: K. All given by the runner.

    Raises:
        ValueError: inputs have fewer than three rows, or numbers; or beta and gamma are 0.
    """

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        num_classes: int,
        *,
        prime: Literal["first", "middle", "last"],
        dim: Annotated[int, "[1, 1000000]"],
        beta: Annotated[float, "[0, inf)"],
        gamma: Annotated[float, "[0, inf)"],
        lam: Annotated[float, "[0, inf)"],
        kl: Literal["mean", "sum"],
        weight: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.axis = 2 if len(input_shape) == 3 else 1  # of a batch
        if input_shape[self.axis - 1] < 3:
            raise ValueError(
                f"needs inputs of three rows or numbers, one for each modality, not of shape {input_shape}"
            )
        if not beta + gamma:
            raise ValueError("beta=0: must be positive where gamma=0")
        self.network, self.loss, self.regularizer = network, loss, regularizer
        self.order = [THIRDS.index(prime), *(i for i in range(3) if THIRDS[i] != prime)]
        sizes = [part[0].numel() for part in self._views(torch.zeros(1, *input_shape))]
        self.encoders = nn.ModuleList(
            [
                nn.Linear(shapes(network.body, input_shape)[-1][0], 2 * dim),
                nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 2 * dim)),
            ]
        )
        self.decoders = nn.ModuleList(nn.Linear(dim, size) for size in sizes[1:])
        self.head = nn.Linear(dim, num_classes)
        self.prices, self.kl = ((1, beta), (lam, gamma)), kl
        self.share = weight * 2 / (beta + gamma)
        self.draws = {"ithp_noise": normals(2, dim)}

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(self._prime(batch.x))
        code, terms = features, torch.zeros_like(features[:, 0])
        detectors = self._views(batch.x)[1:]
        noises = batch.draws["ithp_noise"].unbind(1)
        for encode, decode, (factor, price_of_error), seen, noise in zip(
            self.encoders, self.decoders, self.prices, detectors, noises, strict=True
        ):
            mean, log_variance = encode(code).chunk(2, 1)
            code = mean + (log_variance / 2).exp() * noise
            error = (decode(code) - seen.flatten(1)).square().mean(1)
            terms = terms + factor * (price(mean, log_variance, self.kl) + price_of_error * error)
        logits = self.head(code)
        return self.regularizer(self.loss(logits, batch) + self.share * terms, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        code = self.network.features(self._prime(x))
        for encode in self.encoders:
            code, _ = encode(code).chunk(2, 1)
        return self.head(code)

    def _views(self, x: Tensor) -> list[Tensor]:
        """The modalities of examples (B, ...), x_0 first."""
        parts = x.tensor_split(3, self.axis)
        return [parts[i] for i in self.order]

    def _prime(self, x: Tensor) -> Tensor:
        """Examples as they were, but blank outside of x_0: at the mean, which is 0."""
        parts = x.tensor_split(3, self.axis)
        return torch.cat([part if i == self.order[0] else 0 * part for i, part in enumerate(parts)], self.axis)


def price(mean: Tensor, log_variance: Tensor, kl: str) -> Tensor:
    """KL from the standard normal distribution, in nats, of codes (B, dim): the sum over their numbers, or the mean."""
    terms = (mean.square() + log_variance.exp() - log_variance - 1) / 2
    return terms.sum(1) if kl == "sum" else terms.mean(1)
