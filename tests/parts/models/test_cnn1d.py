"""A network for signals: its size, what it sees, and what is refused."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.data.streams import generator
from tests.parts.test_models import built


def test_at_the_width_of_its_source_it_has_as_many_numbers():
    """A kernel of 5 and two of 3, 25 channels and their biases, and 125 features for ten classes."""
    made = built("cnn1d", (40,), width=25, norm="none")
    assert sum(p.numel() for p in made.parameters()) == (5 + 1) * 25 + 2 * (25 * 3 + 1) * 25 + 126 * 10


@pytest.mark.parametrize("length", [8, 13, 40, 128])
def test_features_fit_the_head_at_any_length(length):
    x = torch.randn(3, length, generator=generator("x"))
    assert built("cnn1d", (length,))(x).shape == (3, 10)


def test_a_signal_far_from_a_place_does_not_change_it():
    """Of 40 samples the last of five places sees those from 15 on, and the first those up to 10."""
    made = built("cnn1d", (40,), width=4).eval()
    x = torch.randn(1, 40, generator=generator("x"))
    other = x.clone()
    other[:, 11:] += 1
    one, two = (made.body[:-1](each) for each in (x, other))
    torch.testing.assert_close(one[..., 0], two[..., 0])
    assert not torch.allclose(one[..., 4], two[..., 4])


@pytest.mark.parametrize("shape", [(7,), (1, 8, 8)])
def test_what_is_no_signal_is_refused(shape):
    with pytest.raises(ConfigError, match="needs vectors of at least 8 samples"):
        built("cnn1d", shape)
