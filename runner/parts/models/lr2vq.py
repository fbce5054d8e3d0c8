"""A network whose weights are a few vectors of a few numbers each, found in a trained network and trained further."""

import warnings
from collections.abc import Callable
from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.weights import begin_with, layers, rewrite


class LR2VQ(Model):
    """Another network, of which each layer's weights are made of pieces C[idx] P: each m weights along inputs are one
    of k codes C (k, d), by the directions P (d, m). C and P are trained, of each layer its own; idx stands still.

    Zhu et al., "Learning Low-Rank Representations for Model Compression", 2022, of which only the abstract was to be
    had. Confirmed are the formula and that C and P are trained end to end. Here a layer's pieces (N, m) begin as what
    their first d singular vectors give, which k-means divides among k codes, seed by seed; the paper trains the
    low-rank representation before. Its k, m and d are not confirmed, nor is whether it distils from the dense network.

    A layer of N pieces keeps k d + d m numbers and N indices of log2(k) bits, in place of N m numbers. With d = m it is
    plain vector quantisation, and with k of at least N the best approximation of rank d; with both it begins as the
    network that it was. Layers of the body whose inputs do not divide by m stay dense, and so do the head and biases.

    Args:
        network: the other network.
        stored: given by the runner; None where the numbers are to be replaced.
        start: the name of the stored cell whose network of this seed is compressed (exec.keep_network=true), of the
            same model; null: the initial weights, which is of no use but to try.
        k: codes of a layer, no more than it has pieces.
        m: weights of a piece: along the inputs of a linear layer, along inputs and kernel of a convolution.
        d: numbers of a code, no more than m.
    Raises:
        ValueError: d is more than m, no layer's inputs divide by m, or the stored network is of another kind.
    """

    def __init__(
        self,
        stored: Callable[[str], nn.Module] | None = None,
        *,
        network: nn.Module,
        start: Annotated[str, "[0-9a-f]{20}"] | None,
        k: Annotated[int, "[1, 1000000]"],
        m: Annotated[int, "[1, 1000000]"],
        d: Annotated[int, "[1, 1000000]"],
    ):
        super().__init__()
        assert isinstance(network, Model)
        if d > m:
            raise ValueError(f"d={d}: of pieces of m={m} weights a code has no more than {m} numbers")
        divide = [layer for layer in layers(network.body) if not layer.weight[0].numel() % m]
        if not divide:
            raise ValueError(f"m={m}: no layer before the head has inputs that divide by it")
        if start is not None and stored is not None:
            begin_with(network, stored(start), start)
        for layer in divide:
            rewrite(layer, Codes(layer.weight, min(k, layer.weight.numel() // m), m, d))
        self.body, self.head, self.stackable = network.body, network.head, network.stackable


class Codes(nn.Module):
    """Codes (k, d) and directions (d, m) -> weights of the shape of `weight`, piece i being codes[index[i]] directions.

    >>> from torch import tensor
    >>> made = Codes(tensor([[1.0, 2.0, 2.0, 4.0], [3.0, 6.0, 1.0, 2.0]]), k=3, m=2, d=1)    # pieces (1, 2), (2, 4) ...
    >>> codes, directions = made.right_inverse(tensor([[1.0, 2.0, 2.0, 4.0], [3.0, 6.0, 1.0, 2.0]]))
    >>> made(codes, directions).round(decimals=4)
    tensor([[1., 2., 2., 4.],
            [3., 6., 1., 2.]])
    """

    index: Tensor

    def __init__(self, weight: Tensor, k: int, m: int, d: int):
        super().__init__()
        self.shape, self.k, self.m, self.d = weight.shape, k, m, d
        self.register_buffer("index", torch.zeros(weight.numel() // m, dtype=torch.int64))

    def forward(self, codes: Tensor, directions: Tensor) -> Tensor:
        return (codes[self.index] @ directions).view(self.shape)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Codes and directions of weights, and their indices, which are kept."""
        if weight.is_meta:
            return weight.new_empty(self.k, self.d), weight.new_empty(self.d, self.m)
        pieces = weight.detach().reshape(-1, self.m).double()
        directions = torch.linalg.eigh(pieces.T @ pieces).eigenvectors.T[-self.d :]  # the largest last
        codes, index = clustered(pieces @ directions.T, self.k)
        self.index.copy_(index)
        return codes.to(weight), directions.to(weight)


def clustered(points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Centres (k, d) of points (N, d), N at least k, by k-means, and the number (N,) of each point's centre.

    The points themselves where there are as many. The same points give the same centres, whatever else was drawn.
    """
    if len(points) == k:
        return points, torch.arange(k)
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of fewer different points than centres
        found = KMeans(k, n_init=1, random_state=0).fit(points.cpu().numpy())
    return torch.from_numpy(found.cluster_centers_), torch.from_numpy(found.labels_).long()
