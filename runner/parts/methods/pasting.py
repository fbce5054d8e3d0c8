"""Shared by methods that paste a part of one image on another."""

import torch
from torch import Tensor

from runner.data.loader import Batch
from runner.parts.methods.erm import ERM
from runner.parts.methods.mixing import of_mixed


def image_size(input_shape: tuple[int, ...]) -> tuple[int, int]:
    """(H, W) of inputs of shape (C, H, W). Raises ValueError for inputs that are no images."""
    if len(input_shape) != 3:
        raise ValueError(f"pastes images on each other; inputs of shape {tuple(input_shape)} are none, use mixup")
    return input_shape[1], input_shape[2]


def of_pasted(erm: ERM, batch: Batch, places: Tensor, patch: Tensor, inside: Tensor) -> Tensor:
    """Losses (B,) of images with a patch of others on them; both labels count as much as there is of their image.

    Args:
        batch: images (B, C, H, W) that are pasted on.
        places: (B,) where in the batch the others are.
        patch: (B, C, H, W), what stands on each image where it is covered.
        inside: (H, W) or (B, H, W) bool, where that is.
    """
    share = 1 - inside.to(batch.x.dtype).mean((-2, -1))
    x = torch.where(inside.unsqueeze(-3), patch, batch.x)
    return of_mixed(erm, erm.network.features(x), share, batch, batch.at(places))
