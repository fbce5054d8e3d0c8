"""Losses for targets that are not one class. They leave no trace in a loss that keeps something of each example: what
it is to keep of a step a method says once, by loss.note()."""

import torch
from torch import Tensor

from runner.data.loader import Batch
from runner.objective.criterion import Criterion


def expected(loss: Criterion, logits: Tensor, target: Tensor, batch: Batch) -> Tensor:
    """sum over k of target_k * loss(logits, k): logits (B, K), target (B, K) -> (B,).

    A loss of single classes for a target of weights. For cross-entropy it is the one with soft labels. It costs K
    losses.
    """
    return sum(
        (
            target[:, k] * loss.apart(logits, batch._replace(labels=torch.full_like(batch.labels, k)))
            for k in range(logits.shape[1])
        ),
        start=logits.new_zeros(()),
    )


def mixed(loss: Criterion, logits: Tensor, share: Tensor, one: Batch, other: Batch) -> Tensor:
    """share * loss(logits, labels of one) + (1 - share) * loss(logits, labels of other), (B,).

    Args:
        logits: (B, K).
        share: () or (B,).
        one, other: batches of equally many examples.
    """
    return share * loss.apart(logits, one) + (1 - share) * loss.apart(logits, other)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """-sum over k of target_k * log p_k: logits (B, K), target (B, K) -> (B,)."""
    return -(target * logits.log_softmax(-1)).sum(-1)


def entropy(log_p: Tensor) -> Tensor:
    """(..., K) log probabilities -> (...) their entropy in nats."""
    return -(log_p.exp() * log_p).sum(-1)
