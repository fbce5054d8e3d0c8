"""Two networks side by side, whose embeddings of two halves make a separable critic."""

from typing import Any

from torch import Tensor, nn

from runner.parts.models import shapes


class Towers(nn.Module):
    """g and h of T(u, v) = g(u) . h(v): the features of a network each, and a linear layer.

    Args:
        network: of g.
        second: of h, with weights of its own.
        input_shape: of what both see.
        width: numbers of an embedding.
    """

    network: Any
    second: Any

    def __init__(self, network: Any, second: Any, input_shape: tuple[int, ...], width: int):
        super().__init__()
        self.network, self.second = network, second
        dim = shapes(network.body, input_shape)[-1][0]
        self.embedding, self.second_embedding = nn.Linear(dim, width), nn.Linear(dim, width)

    def forward(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """u and v (B, ...) -> the features (B, D) of u, and the embeddings (B, width) of both."""
        features = self.network.features(u)
        return features, self.embedding(features), self.second_embedding(self.second.features(v))
