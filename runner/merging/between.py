"""What lies between two states of a network: the line between them as they are, and with units matched."""

import torch
from torch import Tensor, nn
from torch.func import functional_call

from runner.merging.chain import Layer, State, chain_of, moved
from runner.merging.line import along
from runner.merging.matching import distance, matched
from runner.merging.pairs import Pair, Way

TRIED, TOLERANCE = 64, 1e-3  # examples, and by how much logits may differ where units are in other places


class Between:
    """What lies between two states of one network.

    Args:
        network: of their architecture, in evaluation mode.
        x, labels: (M, ...) and (M,), of the test examples.
        points: on the line, both ends included.
    Raises:
        ValueError: its units cannot change places.
    """

    def __init__(self, network: nn.Module, x: Tensor, labels: Tensor, points: int):
        self.network, self.points = network, points
        self.x, self.labels = x, labels
        self.layers = _layers(network, x)

    def pair(self, cell: str, seeds: tuple[int, int], first: State, second: State) -> Pair:
        """Args: cell, seeds: what the pair is called; first, second: the states."""
        orders = matched(first, second, self.layers)
        ways: dict[Way, State] = {"plain": second, "matched": moved(second, self.layers, orders)}
        lines = {way: along(self.network, first, its, self.x, self.labels, self.points) for way, its in ways.items()}
        return Pair(
            cell,
            seeds,
            len(self.labels),
            {way: distance(first, its, self.layers) for way, its in ways.items()},
            {way: line.nll for way, line in lines.items()},
            {way: line.accuracy for way, line in lines.items()},
        )


def same(before: Tensor, after: Tensor) -> bool:
    """Whether logits are those of one function, but for rounding."""
    return torch.allclose(before, after, rtol=TOLERANCE, atol=TOLERANCE)


def _layers(network: nn.Module, x: Tensor) -> list[Layer]:
    """Of a network whose units can change places, which is tried with a reverse order. ValueError: they cannot."""
    state = network.state_dict()
    layers = chain_of(network)
    back = moved(state, layers, [torch.arange(len(state[layer.weight])).flip(0) for layer in layers[:-1]])
    with torch.no_grad():
        before, after = (functional_call(network, dict(its), (x[:TRIED],)) for its in (state, back))
    if not same(before, after):
        raise ValueError("its network computes something else once units change places")
    return layers
