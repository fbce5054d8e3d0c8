"""How unsure predictions are."""

from torch import Tensor

from runner.parts.methods.soft import entropy


def entropies(logits: Tensor) -> Tensor:
    """(..., K) -> (...) entropy of softmax, in nats.

    >>> import torch
    >>> entropies(torch.zeros(1, 4)).exp()
    tensor([4.])
    """
    return entropy(logits.log_softmax(-1))
