"""Augmentations keep the shape of inputs, and a seed is the same in any company."""

import pytest
import torch

from tests.parts.images import SHAPES, augment, images, signals, streams
from tests.zoo import ROOT

AUGMENTS = sorted(file.stem for file in (ROOT / "conf" / "augment").glob("*.yaml"))
SIGNALS = {"signal"}  # augmentations of vectors
CASES = [(name, shape) for name in AUGMENTS for shape in ([(40,), (7,)] if name in SIGNALS else SHAPES)]


def inputs(name, *shape):
    return signals(*shape) if name in SIGNALS else images(*shape)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_shape_and_type_are_kept(name, shape):
    x = inputs(name, 2, 5, *shape)
    after = augment(name, shape)(x, streams(1, 2))
    assert after.shape == x.shape
    assert after.dtype == x.dtype


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_seed_is_the_same_in_any_company(name, shape):
    x = inputs(name, 3, 33, *shape)
    change = augment(name, shape)
    together, alone = streams(1, 2, 3), streams(1, 2, 3)
    for _ in range(3):
        after = change(x, together)
        for seed in range(3):
            assert torch.equal(after[seed : seed + 1], change(x[seed : seed + 1], alone[seed : seed + 1]))


@pytest.mark.parametrize("name", AUGMENTS)
def test_the_input_and_the_global_stream_are_left_alone(name):
    shape = (40,) if name in SIGNALS else (3, 32, 32)
    x = inputs(name, 2, 16, *shape)
    before, state = x.clone(), torch.get_rng_state()
    augment(name, shape)(x, streams(1, 2))
    assert torch.equal(x, before)
    assert torch.equal(torch.get_rng_state(), state)
