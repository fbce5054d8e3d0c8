"""Samplers: the length of an epoch, and that a stream gives its epochs again."""

import pytest
import torch

from runner.data.streams import generator
from tests.parts.sampling import N, sample, sampler
from tests.zoo import ROOT

SAMPLERS = sorted(file.stem for file in (ROOT / "conf" / "sampler").glob("*.yaml"))


@pytest.mark.parametrize("name", SAMPLERS)
def test_an_epoch_is_as_long_as_the_training_set(name, labels):
    places = sample(name, labels)
    assert places.shape == (N,)
    assert places.dtype == torch.int64
    assert 0 <= places.min() <= places.max() < N


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_stream_gives_its_epochs_again(name, labels):
    assert torch.equal(sample(name, labels), sample(name, labels))
    assert not torch.equal(sample(name, labels), sample(name, labels, seed=1))


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_next_epoch_is_another(name, labels):
    draw, stream = sampler(name, labels), generator("order", 0)
    first, second = (draw(labels, stream) for _ in range(2))
    assert not torch.equal(first, second)
