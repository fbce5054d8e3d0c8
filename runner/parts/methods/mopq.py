"""MoPQ (Xiao et al., "Matching-oriented Product Quantization For Ad-hoc Retrieval", EMNLP 2021, arXiv:2104.07858;
released code microsoft/MoPQ): embeddings are stored as codes, and trained by how well codes are retrieved.

    L_i = loss(z_i . z_j of all j, p) + quantised loss(z_i . c(z_j) of all j, p) + reconstruction |z_i - c(z_i)|^2
    c(z) = of each part of z its codeword

z_i is the embedding of an example, p another of its class that is drawn, and j are p and the examples of other classes.
With loss=ce, the released, L is the paper's multinoulli contrastive loss where quantised is 1 and reconstruction 0, and
differentiable product quantisation (DPQ), which it is compared with, where they are 0 and 1. There are no temperature
and no scaling to length 1. The gradient passes the choice of a codeword as if it were a softmax, straight through. Of
two towers, for questions and answers, there is one here, and positives of classes are ours; the code has an answer for
each question. The negatives of other machines in the paper, and its further ways to select, are not here. An example
with no other of its class in the batch has a loss of 0, but for the last term.

What is measured is asymmetric: an embedding asks among codes. A code has parts log2(codewords) bits. The embedding is
one layer on the network's features; the head of the network is never trained. The loss is for as many classes as a
batch has examples: loss=ce asks for no number of them.

Args:
    width: D, numbers of an embedding, at least 1 and a multiple of parts.
    parts: at least 1.
    codewords: of a part, at least 2. They begin uniform in [-1, 1], as released.
    select: of a part the codeword at the least distance, "l2", or with the largest inner product, "ip".
    quantised, reconstruction: weights, at least 0.

>>> from torch import tensor
>>> book = tensor([[[0.0], [1.0]], [[0.0], [3.0]]])    # two parts with one number, each with two codewords
>>> quantise(tensor([[0.9, 1.0]]), book, "l2"), quantise(tensor([[0.9, 1.0]]), book, "ip")
(tensor([[1., 0.]]), tensor([[1., 3.]]))
"""

import math
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import uniform
from runner.parts.methods.straight_through import hardest
from runner.parts.models import shapes

Select = Literal["l2", "ip"]


class MoPQ(Method):
    """network, loss, regularizer: as in ERM; input_shape: of one example. All given by the runner.

    Attributes:
        codebook: (P, W, D / P) the codewords of each part.

    Raises:
        ValueError: an embedding cannot be parted so.
    """

    fits = ("retrieval",)

    network: Any
    draws: dict[str, Draw]

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
        parts: Annotated[int, "[1, 1000000]"],
        codewords: Annotated[int, "[2, 65536]"],
        select: Select,
        quantised: Annotated[float, "[0, inf)"],
        reconstruction: Annotated[float, "[0, inf)"],
    ):
        if width % parts:
            raise ValueError(f"method.parts={parts}: must divide method.width={width}")
        super().__init__()
        self.network, self.loss, self.regularizer = network, loss, regularizer
        self.embed = nn.Linear(shapes(network.body, input_shape)[-1][0], width)
        self.select, self.weights = select, (quantised, reconstruction)
        self.codebook = nn.Parameter(torch.empty(parts, codewords, width // parts).uniform_(-1, 1))
        self.draws = {"mopq_share": uniform}
        self.bits = parts * math.log2(codewords)

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        z = self.embed(features)
        stored = quantise(z, self.codebook, self.select)
        quantised, reconstruction = self.weights
        losses = self._found(z @ z.mT, batch)
        if quantised:
            losses = losses + quantised * self._found(z @ stored.mT, batch)
        if reconstruction:
            losses = losses + reconstruction * (z - stored).square().sum(1)
        return self.regularizer(losses, features, self.network.head(features), batch)

    def predict(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(x)
        return logits

    def represent(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> (M, 2 D): embeddings, and what their codes stand for."""
        z = self.embed(self.network.features(x))
        return torch.cat([z, quantise(z, self.codebook, self.select)], 1)

    def _found(self, scores: Tensor, batch: Batch) -> Tensor:
        """The losses (B,) of scores (B, B) of which row i is to be largest at another example of i's class."""
        drawn, among, asks = asked(batch.labels, batch.draws["mopq_share"])
        losses = self.loss(scores.masked_fill(~among, -torch.inf), batch._replace(labels=drawn))
        return losses.where(asks, 0.0)


def quantise(z: Tensor, codebook: Tensor, select: Select) -> Tensor:
    """Embeddings (B, D) -> (B, D), what their codes stand for, by codewords (P, W, D / P)."""
    parts = z.unflatten(1, (len(codebook), 1, -1))
    near = (parts * codebook).sum(3) if select == "ip" else -(parts - codebook).square().sum(3)
    return torch.einsum("bpw,pwd->bpd", hardest(near.softmax(2)), codebook).flatten(1)


def asked(labels: Tensor, share: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What each example of a batch asks for.

    Args:
        labels: (B,).
        share: (B,) in [0, 1), draws one of the others of an example's class.

    Returns: its place (B,); the places (B, B) bool that it is asked among, its own and those of other classes; and
        whether there is one (B,) bool.
    """
    places = torch.arange(len(labels), device=labels.device)
    same = labels[:, None] == labels
    others = (same & (places != places[:, None])).long()
    count = others.sum(1)
    before = others.cumsum(1) <= (share * count).long()[:, None]
    drawn = before.sum(1).clamp(max=len(labels) - 1)
    return drawn, ~same | (places == drawn[:, None]), count > 0
