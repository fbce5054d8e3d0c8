"""What an environment does to an input, more of it the larger its strength: on inputs as stored."""

from collections.abc import Callable
from math import pi

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

Change = Callable[[Tensor, float, Tensor, Generator], Tensor]


def rotate(x: Tensor, strength: float, std: Tensor, draw: Generator) -> Tensor:
    """Images (N, C, H, W) turned counter-clockwise about the centre by `strength` degrees, bilinear, black outside."""
    angle = torch.tensor(strength * pi / 180, dtype=torch.float64)
    cosine, sine = angle.cos().item(), angle.sin().item()
    height, width = x.shape[-2:]
    down, right = torch.meshgrid(
        torch.arange(height) - (height - 1) / 2, torch.arange(width) - (width - 1) / 2, indexing="ij"
    )
    columns, rows = cosine * right - sine * down, sine * right + cosine * down
    grid = torch.stack([2 * columns / max(width - 1, 1), 2 * rows / max(height - 1, 1)], -1)
    return F.grid_sample(x.float(), grid.expand(len(x), -1, -1, -1), align_corners=True)


def roll(x: Tensor, strength: float, std: Tensor, draw: Generator) -> Tensor:
    """Inputs moved along their last axis by `strength` places, rounded; the end comes in at the start."""
    return x.float().roll(round(strength), -1)


def noise(x: Tensor, strength: float, std: Tensor, draw: Generator) -> Tensor:
    """Normal noise added, of `strength` deviations of the inputs."""
    return x + strength * std * torch.randn(x.shape, generator=draw)


def contrast(x: Tensor, strength: float, std: Tensor, draw: Generator) -> Tensor:
    """Each input drawn to its own mean: (1 - strength) of the way from it is left."""
    centre = x.float().flatten(1).mean(1).view(-1, *[1] * (x.dim() - 1))
    return centre + (1 - strength) * (x - centre)


def blur(x: Tensor, strength: float, std: Tensor, draw: Generator) -> Tensor:
    """Smoothed along the last axis, and of images along the one before, by a normal window of deviation `strength`, cut
    off at three deviations; edges are repeated."""
    if not strength:
        return x.float()
    reach = max(round(3 * strength), 1)
    window = (-0.5 * (torch.arange(-reach, reach + 1) / strength).square()).exp()
    window = window / window.sum()
    found = x.float()
    for axis in (-1, -2) if x.dim() == 4 else (-1,):
        lines = found.transpose(axis, -1)
        flat = F.pad(lines.reshape(-1, 1, lines.shape[-1]), (reach, reach), mode="replicate")
        found = F.conv1d(flat, window.view(1, 1, -1)).view(lines.shape).transpose(axis, -1)
    return found


CHANGES: dict[str, Change] = {"rotate": rotate, "roll": roll, "noise": noise, "contrast": contrast, "blur": blur}
OF_IMAGES = ("rotate",)


def changed(x: Tensor, change: str, strength: float, std: Tensor, draw: Generator) -> Tensor:
    """Inputs (N, ...) after a change of CHANGES, of the type that they had; bytes stay within 0 to 255.

    Raises:
        ValueError: it is for images, and these are none.
    """
    if change in OF_IMAGES and x.dim() != 4:
        raise ValueError(
            f"change={change}: is for images, these inputs are of shape {tuple(x.shape[1:])}; what fits: roll, noise, "
            "contrast, blur"
        )
    found = CHANGES[change](x, strength, std, draw)
    return found.round().clamp(0, 255).to(torch.uint8) if x.dtype == torch.uint8 else found
