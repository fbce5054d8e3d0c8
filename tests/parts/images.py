"""Images and signals, the augmentations of the zoo, and their streams."""

import torch

from runner.contracts.make import make
from runner.data.streams import generator
from tests.zoo import node

SHAPES = [(3, 32, 32), (1, 28, 28), (1, 8, 8), (3, 11, 17)]


def images(*shape, name="x"):
    """Noise with smooth parts, brighter towards one corner, so that no operation finds nothing to do."""
    height, width = shape[-2:]
    slope = torch.linspace(0, 150, height)[:, None] + torch.linspace(0, 80, width)
    noise = torch.randint(5, 26, shape, generator=generator("images", name))
    return (slope + noise).to(torch.uint8)


def signals(*shape):
    return torch.randn(shape, generator=generator("signals"))


def augment(name, shape, **changed):
    given = {"input_shape": shape, "mean": torch.zeros(1), "std": torch.ones(1)}
    return make("augment", node(name, "augment") | changed, given)


def alone(name, shape, **changed):
    """One that comes after another, after none."""
    return augment(name, shape, base=node("none", "augment"), **changed)


def streams(*seeds):
    return [generator("augment", seed) for seed in seeds]


def black(x):
    return (x == 0).all(0)
