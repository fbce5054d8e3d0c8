"""Reference cases of calibrators: their inputs as a stack of one seed, in float64."""

import json

import torch

from tests.zoo import ROOT


def case(name):
    """Logits (1, V, K), labels (1, V) and what is expected."""
    inputs = inputs_of(name)
    logits = torch.tensor(inputs["logits"], dtype=torch.float64)
    return logits[None], torch.tensor(inputs["labels"])[None], _read(name)["expected"]


def inputs_of(name):
    """All inputs of a case, by name."""
    return _read(name)["inputs"]


def _read(name):
    return json.loads((ROOT / f"tests/values/calibrators/{name}.json").read_text())


def overconfident(seeds=1, examples=400, classes=4, scale=3.0):
    """Logits of `scale` times what the labels are drawn from, and the labels: the best T is about `scale`."""
    draw = torch.Generator().manual_seed(1)
    honest = torch.randn(seeds, examples, classes, generator=draw, dtype=torch.float64)
    labels = torch.multinomial(honest.softmax(2).flatten(0, 1), 1, generator=draw).view(seeds, examples)
    return scale * honest, labels


def shrunk(seeds=1, examples=400, targets=2):
    """Predictions (S, M, D) whose order is right but for noise, and targets: the best function of them is a cube."""
    draw = torch.Generator().manual_seed(2)
    said = 2 * torch.rand(seeds, examples, targets, generator=draw, dtype=torch.float64) - 1
    return said, said**3 + 0.1 * torch.randn(seeds, examples, targets, generator=draw, dtype=torch.float64)
