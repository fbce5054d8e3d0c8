"""Bag and instance losses: the identity between them, and bags that are not whole."""

import torch

from tests.losses.regression.examples import make


def test_the_instance_loss_is_the_bag_loss_and_the_variance_within_bags():
    g = torch.Generator().manual_seed(0)
    f, y = torch.randn(2, 12, 2, generator=g, dtype=torch.float64)
    bag, instance = (make("bag_instance", size=3, rho=rho)(f, y, torch.arange(12)).mean() for rho in (0.0, 1.0))
    torch.testing.assert_close(instance - bag, f.unflatten(0, (4, 3)).var(1, correction=0).mean())


def test_the_last_bag_is_what_is_left():
    f, y = torch.tensor([[1.0], [3.0], [5.0]]), torch.tensor([[0.0], [2.0], [4.0]])
    assert make("bag_instance", size=2, rho=0.0)(f, y, torch.arange(3)).tolist() == [1.0, 1.0, 1.0]
    assert make("bag_instance", size=2, rho=1.0)(f, y, torch.arange(3)).tolist() == [0.0, 4.0, 1.0]
