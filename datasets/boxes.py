"""Pictures of one rectangle, whose ends are to be found: made up, in milliseconds."""

from typing import Annotated, Literal

import torch

from datasets.split import Split, moments


def boxes(
    *,
    num_train: Annotated[int, "[1, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    side: Annotated[int, "[8, 256]"],
    smallest: Annotated[float, "(0, 1]"],
    noise: Annotated[float, "[0, inf)"],
    task: Literal["boxes"],
) -> Split:
    """Pictures (N, 1, side, side) uint8 of a bright rectangle on a dark ground, and its ends x1, y1, x2, y2 as shares
    of the side, (N, 4) float32.

    Ends are whole pixels, uniform among those that leave the rectangle at least `smallest` of the side in width and in
    height. Its brightness is uniform in 96 to 255, and every pixel has normal noise.

    Args:
        num_train: N.
        num_test: M.
        side: pixels.
        smallest: share of the side.
        noise: standard deviation of a pixel, in units of 0 to 255.
        task: what is asked.
    """
    draw = torch.Generator().manual_seed(0)
    count, least = num_train + num_test, max(1, round(smallest * side))
    lengths = torch.randint(least, side + 1, (count, 2), generator=draw)
    starts = (torch.rand(count, 2, generator=draw) * (side - lengths + 1)).long()
    ends = torch.cat([starts, starts + lengths], 1)
    at = torch.arange(side)
    inside = [(at >= ends[:, i, None]) & (at < ends[:, i + 2, None]) for i in (0, 1)]  # along x and along y
    bright = 96 + 159 * torch.rand(count, 1, 1, generator=draw)
    clean = bright * (inside[1][:, :, None] & inside[0][:, None, :])
    x = (clean + noise * torch.randn(count, side, side, generator=draw)).clamp(0, 255).to(torch.uint8)[:, None]
    y = ends.float() / side
    return Split(x[:num_train], y[:num_train], x[num_train:], y[num_train:], (), *moments(x[:num_train]), task=task)
