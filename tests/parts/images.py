"""Images, the augmentations of the zoo, and their streams."""

import torch

from runner.data.streams import generator
from runner.nodes.build import build
from tests.zoo import node

SHAPES = [(3, 32, 32), (1, 28, 28), (1, 8, 8), (3, 11, 17)]


def images(*shape, name="x"):
    """Noise with smooth parts, brighter towards one corner, so that no operation finds nothing to do."""
    height, width = shape[-2:]
    slope = torch.linspace(0, 150, height)[:, None] + torch.linspace(0, 80, width)
    noise = torch.randint(5, 26, shape, generator=generator("images", name))
    return (slope + noise).to(torch.uint8)


def augment(name, shape, **changed):
    return build("augment", node(name, "augment") | changed, input_shape=shape)


def alone(name, shape, **changed):
    """One that comes after another, after none."""
    return augment(name, shape, base=node("none", "augment"), **changed)


def streams(*seeds):
    return [generator("augment", seed) for seed in seeds]


def black(x):
    return (x == 0).all(0)
