"""A small source of grey digits."""

import torch

from datasets.split import Split


def digits(num=600, test=200, size=8):
    """Random images whose digits take turns, num for training and others for testing."""
    draw = torch.Generator().manual_seed(5)
    x = torch.randint(256, (num + test, 1, size, size), generator=draw, dtype=torch.uint8)
    y = torch.arange(num + test) % 10
    names = tuple(str(k) for k in range(10))
    return Split(x[:num], y[:num], x[num:], y[num:], names, torch.full((1, 1, 1), 9.0), torch.full((1, 1, 1), 70.0))
