"""A network of which some of every few weights are kept: N:M sparsity."""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.contracts.part import Part
from runner.parts.models.weights import layers, rewrite

Decay = Literal["none", "linear", "exponential", "structure"]


class NMSparse(Model):
    """Another network, of which in the end n of each m weights along the inputs of a layer are not 0, those of the
    largest magnitude.

    Bambhaniya et al., "Progressive Gradient Flow for Robust N:M Sparsity Training in Transformers", 2024: what is
    pruned fades. A layer has weights w (keep + (1 - keep) d), keep its mask of this step, and d falls from 1 to 0; the
    gradient goes to w as if there were no mask. Three phases: dense (d = 1), decaying, and sparse (d = 0), which the
    paper calls fine-tuning. t is how many epochs the second has lasted, this one included:

        linear       d = max(0, 1 - rate t)
        exponential  d = exp(-rate t)
        structure    d = 0, and m - 1 of m are kept, then m / 2, m / 4 and so on to n, each for as many epochs
        none         d = 0, and n of m are kept: plain straight-through training

    The released code (abhibambhaniya/progressive_gradient_flow_nm_sparsity) counts t in steps, with a rate of 1e-4;
    here it is constant within an epoch. Its baseline SR-STE is decay=none with regularizer=sr_ste.

    Layers of the body whose inputs do not divide by m stay dense, and so does the head.

    Args:
        network: the other network.
        n, m: of each m weights n stay; the paper's are 1:8, 1:16 and 1:32.
        decay: see above.
        rate: of linear and exponential, an epoch.
        dense, sparse: shares of the epochs of the first and the last phase; the paper's are not confirmed.
    Raises:
        ValueError: n is more than m, the phases are more than all epochs, or no layer's inputs divide by m.
    """

    def __init__(
        self,
        *,
        network: nn.Module,
        n: Annotated[int, "[1, inf)"],
        m: Annotated[int, "[2, inf)"],
        decay: Decay,
        rate: Annotated[float, "(0, inf)"],
        dense: Annotated[float, "[0, 1]"],
        sparse: Annotated[float, "[0, 1]"],
    ):
        super().__init__()
        assert isinstance(network, Model)
        if n > m:
            raise ValueError(f"n={n}: of m={m} weights no more than {m} can stay")
        if dense + sparse > 1:
            raise ValueError(f"dense={dense} and sparse={sparse} are shares of all epochs, no more than 1 together")
        divide = [layer for layer in layers(network.body) if not layer.weight.shape[1] % m]
        if not divide:
            raise ValueError(f"m={m}: no layer before the head has inputs that divide by it")
        for layer in divide:
            rewrite(layer, Mask(n, m, decay, rate, dense, sparse))
        self.body, self.head, self.stackable = network.body, network.head, network.stackable


def largest(w: Tensor, n: int | Tensor, m: int) -> Tensor:
    """Which weights (out, in, ...) are among the n of the largest magnitude of each m along the inputs."""
    rank = w.abs().movedim(1, -1).unflatten(-1, (-1, m)).argsort(-1).argsort(-1)
    return (rank >= m - n).flatten(-2).movedim(-1, 1)


class Mask(Part):
    """Weights (out, in, ...) -> weights of the same shape, of which the pruned ones are d times what they were."""

    fits = ("any",)

    def __init__(self, n: int, m: int, decay: Decay, rate: float, dense: float, sparse: float):
        super().__init__()
        self.n, self.m, self.decay, self.rate, self.dense, self.sparse = n, m, decay, rate, dense, sparse
        self.kept: Tensor
        self.share: Tensor
        self.register_buffer("kept", torch.tensor(m))  # of m
        self.register_buffer("share", torch.tensor(1.0))  # d

    def forward(self, w: Tensor) -> Tensor:
        fixed = w.detach()
        return w + (torch.where(largest(fixed, self.kept, self.m), fixed, self.share * fixed) - fixed)

    def begin(self, epoch: int, epochs: int) -> None:
        kept, share = self.at(epoch, epochs)
        self.kept.fill_(kept)
        self.share.fill_(share)

    def at(self, epoch: int, epochs: int) -> tuple[int, float]:
        """How many of m are kept in an epoch, from 1, and d."""
        before, after = round(self.dense * epochs), epochs - round(self.sparse * epochs)
        t = epoch - before
        if t <= 0:
            return self.m, 1.0
        if epoch > after or self.decay == "none":
            return self.n, 0.0
        if self.decay == "structure":
            frames = math.ceil(math.log2(self.m / self.n)) + 1
            frame = (t - 1) * frames // (after - before)
            return max(self.m >> frame, self.n) if frame else max(self.m - 1, self.n), 0.0
        return self.n, max(0.0, 1 - self.rate * t) if self.decay == "linear" else math.exp(-self.rate * t)
