"""Facility location mutual information of new classes and all beside any loss of embeddings (Majee et al., "SMILe:
Leveraging Submodular Mutual Information For Robust Few-Shot Object Detection", ECCV 2024).

    base + weight/B [sum_i log sum_{n new} exp(s_in / t)  +  balance sum_{n new} log sum_i exp(s_in / t)]

s is the cosine of two embeddings, i goes through the batch, and new are the examples of the last classes. What is
learnt of the new classes is to be unlike what is learnt of the others. As in the released code (amajee11us/SMILe-FSOD,
commit 09e6604) a pair of an example with itself counts; that code subtracts the largest exponents and never adds them
back, which moves the value and leaves the gradient; ours is whole. A batch without a new class has the base alone.

Args:
    num_classes: K, given by the runner.
    base: the loss of embeddings; draws and state are its own.
    novel: how many of the classes are new, the last ones, fewer than K.
    temperature: t, above 0; the released code's 0.2.
    balance: of the second sum, at least 0; the released code's 1.
    weight: at least 0; ours 1, for the paper's is unconfirmed.

>>> from torch import eye, tensor, zeros
>>> loss = FLMI(2, base=lambda z, y, i: zeros(()), novel=1, temperature=1.0, balance=1.0, weight=1.0)
>>> labels = tensor([0, 0, 1, 1])
>>> round(loss(eye(4), labels, labels).item(), 4)    # [2 log 2 + 2 log(1 + e) + 2 log(3 + e)] / 4
1.875
>>> loss(eye(4), tensor([0, 0, 0, 0]), labels)    # nothing new
tensor(0.)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, log_sum


class FLMI(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(
        self,
        num_classes: int,
        *,
        base: nn.Module,
        novel: Annotated[int, "[1, 1000000]"],
        temperature: Annotated[float, "(0, inf)"],
        balance: Annotated[float, "[0, inf)"],
        weight: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        if novel >= num_classes:
            raise ValueError(f"novel={novel}: must be below {num_classes}, the number of classes for training")
        self.base = base
        self.first = num_classes - novel
        self.temperature = temperature
        self.balance = balance
        self.weight = weight
        self.draws = dict(getattr(base, "draws", {}))

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,), the base's draws -> ()."""
        base: Tensor = self.base(embeddings, labels, index, **drawn)
        near, new = cosines(embeddings) / self.temperature, labels >= self.first
        to_new = log_sum(near, new.expand_as(near)).mean()
        of_new = near.logsumexp(1).where(new, 0.0).mean()
        return base + self.weight * (to_new + self.balance * of_new).where(new.any(), 0.0)
