"""Which of all other rows is the other view of this one?"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def cosines(one: Tensor, other: Tensor) -> Tensor:
    """Embeddings (B, H) and (B, H) -> (B, B), row i of one's i."""
    return F.normalize(one, dim=-1) @ F.normalize(other, dim=-1).mT


def contrasted(one: Tensor, other: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Embeddings (B, H) of both views -> logits (2B, 2B), cosines over the temperature with -inf for a row itself, and
    the place (2B,) of each row's other view."""
    rows = F.normalize(torch.cat([one, other]), dim=-1)
    b = len(one)
    place = torch.arange(2 * b, device=rows.device)
    similarity = (rows @ rows.T / temperature).masked_fill(place[:, None] == place, -math.inf)
    return similarity, (place + b) % (2 * b)
