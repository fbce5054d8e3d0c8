"""Pairs the wrong way round: the loser is taken for the winner."""

import torch
from torch import Generator, Tensor


def swapped_pairs(preferences: Tensor, rate: float, generator: Generator) -> Tensor:
    """With probability `rate` and independently, winner and loser of a comparison change places; its margin, its sign.

    Source: the noise model of Chowdhury, Kini and Natarajan, "Provably Robust DPO", ICML 2024, arXiv:2403.00409.

    Args:
        preferences: (N, 3 + 5 K), see losses/preference/_rows.py.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate swaps the same pairs, and more.
    Returns:
        (N, 3 + 5 K).
    """
    hit = torch.rand(len(preferences), 1, generator=generator) < rate
    winner, loser, margin, *rest = preferences.split([1, 1, 1, preferences.shape[1] - 3], 1)
    return torch.where(hit, torch.cat([loser, winner, -margin, *rest], 1), preferences)
