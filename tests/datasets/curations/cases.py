"""Reference cases of curations, in float64, and examples to curate."""

import json

import torch

from runner.data.streams import generator
from tests.zoo import ROOT


def case(name):
    """Inputs as tensors, or what they are, and what is expected."""
    found = json.loads((ROOT / f"tests/values/curations/{name}.json").read_text())
    inputs = {key: torch.tensor(v) if isinstance(v, list) else v for key, v in found["inputs"].items()}
    return {k: v.double() if torch.is_tensor(v) and v.is_floating_point() else v for k, v in inputs.items()}, found[
        "expected"
    ]


def clouds(n=60, dim=6, centres=3):
    """(N, D) of a few normal clouds, the number of each, and the mean and deviation."""
    draw = torch.Generator().manual_seed(3)
    labels = torch.arange(n) % centres
    x = 4 * torch.randn(centres, dim, generator=draw)[labels] + torch.randn(n, dim, generator=draw)
    return x, labels, x.mean(0), x.std(0)


def stream(seed=0):
    return generator("curation", seed)
