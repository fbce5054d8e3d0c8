"""A network of single pixels: what it sees, and what is refused."""

import pytest
import torch

from runner.console.errors import ConfigError
from tests.objectives import first, near


def test_a_pointwise_network_sees_no_places():
    objective, batch = first("model=pointwise", "dataset=digits", "model.width=4")
    network = objective.eval().method.network
    shuffled = batch.x.flatten(2)[:, :, torch.randperm(64)].view_as(batch.x)
    near(network(shuffled), network(batch.x))
    assert not torch.allclose(network(2 * batch.x), network(batch.x))
    assert [len(part) for part in network.body] == [3, 3, 3, 3, 2]


def test_inputs_that_are_no_images_have_no_pixels():
    with pytest.raises(ConfigError, match=r"needs images of shape \(C, H, W\), not inputs of shape \(8,\)"):
        first("method=rebias")
