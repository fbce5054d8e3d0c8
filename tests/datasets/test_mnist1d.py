"""MNIST-1D: its size, its numbers, its seeds."""

import random

import numpy as np
import pytest
import torch

from datasets.split import fingerprint
from tests.datasets.files import load


def test_mnist1d_is_as_large_as_the_paper_has_it():
    split = load("mnist1d")
    assert split.x.shape == (4000, 40)
    assert split.test_x.shape == (1000, 40)
    assert split.x.dtype == torch.float32
    assert split.y.dtype == torch.int64
    assert torch.cat([split.y, split.test_y]).bincount().tolist() == [500] * 10


def test_mnist1d_is_standardised_as_it_comes():
    split = load("mnist1d", num_samples=1000)
    inputs = (torch.cat([split.x, split.test_x]) - split.mean) / split.std
    assert abs(inputs.mean().item()) < 1e-5
    assert inputs.std(unbiased=False).item() == pytest.approx(1, abs=1e-5)


def test_mnist1d_is_the_same_twice_and_another_with_another_seed():
    first, again, other = (
        load("mnist1d", num_samples=100, generation_seed=seed, train_share=0.5) for seed in (1, 1, 2)
    )
    assert fingerprint(*first[:4]) == fingerprint(*again[:4])
    assert not torch.equal(first.x, other.x)
    assert len(first.y) == 50


def test_mnist1d_leaves_the_global_generators_as_they_were():
    def state():
        kind, keys, *rest = np.random.get_state()
        return random.getstate(), kind, keys.tolist(), rest

    np.random.seed(7)
    np.random.standard_normal()  # an odd number of normals: the generator keeps one for later
    before = state()
    load("mnist1d", num_samples=100)
    assert state() == before
