"""Momentum distillation of ALBEF (Li et al., "Align before Fuse: Vision and Language Representation Learning with
Momentum Distillation", NeurIPS 2021, arXiv:2107.07651), its image-text contrast alone: two sides that belong together,
some of which do not.

    L = (1 - a) loss(z, z') + a [H(q, p) + H(q', p')] / 2,    H(q, p)_i = -sum_j q_ij log p_ij
    p_ij = softmax_j(cos(z_i, z'_j) / t),  q_ij the same of slow copies of both networks,  p' and q' from z' to z
    w <- m w + (1 - m) (the networks' weights), of the slow weights w at the start of each step

z_i is the embedding of one side, z'_i of the other as training is told it. Each side has a network and a linear layer
of its own. The slow copies say which pairs of the batch belong together, also where what is told is wrong. Without
them, a = 0, it is the loss alone.

With loss=clip at the same temperature it is the released code's cross-entropy to a q + (1 - a) times the identity; the
paper's equation subtracts the entropy of q, which has no gradient. Three things are not here: the queue of 65,536 slow
embeddings that each side is also told from, and with which the released code compares in place of the batch's own;
matching and masked words; the temperature, which the paper learns. The released code lets a grow within the first
epoch, where here it is 0.

Args:
    width: numbers of an embedding, at least 1; the paper's 256.
    alpha: a, in [0, 1]; the paper's 0.4.
    momentum: m, in [0, 1]; the paper's 0.995.
    temperature: t, above 0; the paper begins at 0.07.
"""

from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from losses.pairs._contrast import cosines
from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.critics import halves
from runner.parts.methods.slow import Parts, keep_slow, slowly
from runner.parts.models import shapes


class MomentumDistillation(Method):
    """network, another, loss, regularizer, input_shape: of Given."""

    fits = ("matching",)
    kinds = ("pair", "views")

    network: Any
    second: Any

    def __init__(
        self,
        network: Any,
        another: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
        alpha: Annotated[float, "[0, 1]"],
        momentum: Annotated[float, "[0, 1]"],
        temperature: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.network = network
        self.second = another(1)
        self.loss = loss
        self.regularizer = regularizer
        dim = shapes(network.body, input_shape)[-1][0]
        self.embedding, self.second_embedding = nn.Linear(dim, width), nn.Linear(dim, width)
        self.alpha = self.present = alpha
        self.momentum = momentum
        self.temperature = temperature
        for side in self._sides():
            keep_slow(self, side)

    def begin(self, epoch: int, epochs: int) -> None:
        self.present = 0.0 if epoch == 1 else self.alpha

    def forward(self, batch: Batch) -> Tensor:
        told = halves(torch.stack([batch.x[:, 0], batch.labels], 1))
        features = self.network.features(told[0])
        one, other = self.embedding(features), self.second_embedding(self.second.features(told[1]))
        with torch.no_grad():
            slow = [slowly(self, side, self.momentum, x) for side, x in zip(self._sides(), told, strict=True)]
        similarity, teacher = (cosines(*sides) / self.temperature for sides in ((one, other), slow))
        distilled = (softly(similarity, teacher) + softly(similarity.mT, teacher.mT)) / 2
        losses = (1 - self.present) * self.loss(torch.stack([one, other], 1), batch) + self.present * distilled
        return self.regularizer(losses, features, self.network.head(features), batch)

    def predict(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(halves(x)[0])
        return logits

    def represent(self, x: Tensor) -> Tensor:
        """Pairs (M, 2, D) -> embeddings (M, 2 width) of one side, then of the other."""
        first, second = halves(x)
        one, other = self.embedding(self.network.features(first)), self.second_embedding(self.second.features(second))
        return torch.cat([one, other], 1)

    def _sides(self) -> tuple[Parts, Parts]:
        """What each side's slow copy has weights of its own for, by the name of its buffers."""
        return (
            [("slow_body", self.network.body), ("slow_embedding", self.embedding)],
            [("slow_second_body", self.second.body), ("slow_second_embedding", self.second_embedding)],
        )


def softly(similarity: Tensor, teacher: Tensor) -> Tensor:
    """Logits (B, B) of pupil and teacher -> (B,) the cross-entropy of each row to the teacher's probabilities.

    >>> softly(torch.zeros(2, 2), torch.eye(2))    # whatever is said of those whom nothing tells apart: log 2
    tensor([0.6931, 0.6931])
    """
    return F.cross_entropy(similarity, teacher.softmax(-1), reduction="none")
