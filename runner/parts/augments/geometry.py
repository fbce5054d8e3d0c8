"""Where a pixel comes from: crops, flips and rotations only move the pixels that there are."""

from math import pi

import torch
from torch import Generator, Tensor


class RandomCrop:
    """The image moved by up to `padding` pixels along each axis, all moves alike; black comes in from outside."""

    def __init__(self, padding: int):
        self.padding = padding

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, 2) int64: the crop's first row and column in the padded image."""
        return torch.randint(2 * self.padding + 1, (n, 2), generator=generator)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        rows, columns = _grid(x)
        first_row, first_column = (drawn - self.padding).to(x.device).view(-1, 2, 1, 1).unbind(1)
        return _pick(x, rows + first_row, columns + first_column)


class HorizontalFlip:
    """Left and right change places, with the given probability."""

    def __init__(self, probability: float):
        self.probability = probability

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n,) bool: is it flipped."""
        return torch.rand(n, generator=generator) < self.probability

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        return torch.where(drawn.to(x.device).view(-1, 1, 1, 1), x.flip(-1), x)


class Rotation:
    """About the centre, by an angle uniform in [-degrees, degrees], each pixel from the nearest; black from outside."""

    def __init__(self, degrees: float):
        self.degrees = degrees

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, 2) float32: cosine and sine of the angle, counter-clockwise.

        They are computed here, a seed alone, since a vectorised cosine may round by an element's place in a tensor.
        """
        angle = (2 * torch.rand(n, generator=generator) - 1) * self.degrees * (pi / 180)
        return torch.stack([angle.cos(), angle.sin()], dim=1)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        middle_row, middle_column = ((side - 1) / 2 for side in x.shape[-2:])
        rows, columns = _grid(x)
        down, right = rows - middle_row, columns - middle_column
        cosine, sine = drawn.to(x.device).view(-1, 2, 1, 1).unbind(1)
        from_row = sine * right + cosine * down + middle_row
        from_column = cosine * right - sine * down + middle_column
        return _pick(x, from_row.round().long(), from_column.round().long())


def _grid(x: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers of rows (1, H, 1) and of columns (1, 1, W)."""
    height, width = x.shape[-2:]
    return torch.arange(height, device=x.device).view(1, -1, 1), torch.arange(width, device=x.device).view(1, 1, -1)


def _pick(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The pixels of x (M, C, H, W) at these rows and columns, both broadcastable to (M, H, W); outside there is 0."""
    height, width = x.shape[-2:]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    place = rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)
    found = x.flatten(2).gather(2, place.flatten(1)[:, None].expand(-1, x.shape[1], -1))
    return found.view_as(x) * inside[:, None]
