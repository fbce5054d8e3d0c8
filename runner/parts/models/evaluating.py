"""A network as it is evaluated, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """BatchNorm uses its running statistics and leaves them as they are, as it must within torch.func.grad."""
    trained = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(trained)
