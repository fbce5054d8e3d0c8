"""How unsure predictions are."""

from torch import Tensor


def entropies(logits: Tensor) -> Tensor:
    """(..., K) -> (...) entropy of softmax, in nats.

    >>> import torch
    >>> entropies(torch.zeros(1, 4)).exp()
    tensor([4.])
    """
    logp = logits.log_softmax(-1)
    return -(logp.exp() * logp).sum(-1)
