"""CRATE, a transformer whose layers are steps of an optimisation."""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.vit import ClassToken, patch_side


class CRATE(Model):
    """Yu et al., "White-Box Transformers via Sparse Rate Reduction", NeurIPS 2023: each block compresses tokens towards
    a few subspaces, then makes them sparse.

        y = x + MSSA(LN x),    x' = ISTA(LN y)

    MSSA is attention whose queries, keys and values are one and the same; ISTA a step of the iterative shrinkage of
    |z - D z'|^2 / 2 + lam |z'|_1 over z' >= 0 from z' = z. There is no way around ISTA, as in the released code
    (Ma-Lab-Berkeley/CRATE, model/crate.py), whose initial weights these are: torch's, positions and class token normal,
    D Kaiming-uniform.

    The default is the paper's tiny form: with patches of 16x16 in images of 224x224 and 1,000 classes 6.09 million
    parameters, and 22.8 million of base (width=768 heads=12).

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        patch: side of a patch, by which H and W divide; null for that of patch_side in runner/parts/models/vit.py.
        width: features of a token; a multiple of `heads`.
        depth: blocks.
        heads: subspaces.
        step: of ISTA; the released code's is 0.1.
        sparsity: lam; the released code's is 0.1.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are no images, or do not divide into patches, or the features into heads.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        patch: Annotated[int, "[1, inf)"] | None,
        width: Annotated[int, "[1, 1000000]"],
        depth: Annotated[int, "[1, 100]"],
        heads: Annotated[int, "[1, inf)"],
        step: Annotated[float, "(0, inf)"],
        sparsity: Annotated[float, "[0, inf)"],
        head: Head,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(f"width={width} is no multiple of heads={heads}")
        tokens = _Tokens(input_shape, width, patch_side(input_shape, patch))
        blocks = (block(width, heads, step, sparsity) for _ in range(depth))
        self.body = nn.Sequential(tokens, *blocks, nn.Sequential(ClassToken(), nn.LayerNorm(width)))
        self.head = make_head(head, width, num_outputs)


class _Tokens(nn.Module):
    """Images (B, C, H, W) -> tokens (B, 1 + patches, D), the class token first, positions added."""

    def __init__(self, input_shape: tuple[int, ...], width: int, side: int):
        super().__init__()
        self.side = side
        channels, height, breadth = input_shape
        dim = channels * side * side
        self.project = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, width), nn.LayerNorm(width))
        self.token = nn.Parameter(torch.randn(1, width))
        self.position = nn.Parameter(torch.randn(1 + (height // side) * (breadth // side), width))

    def forward(self, x: Tensor) -> Tensor:
        patches = F.unfold(x, self.side, stride=self.side).mT
        token = self.token.expand(len(x), 1, -1)
        return torch.cat([token, self.project(patches)], 1) + self.position


def block(width: int, heads: int, step: float, sparsity: float) -> nn.Sequential:
    """Tokens (B, N, D) -> (B, N, D)."""
    return nn.Sequential(_Compressed(width, heads), nn.LayerNorm(width), ISTA(width, step, sparsity))


class _Compressed(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = MSSA(width, heads)

    def forward(self, tokens: Tensor) -> Tensor:
        compressed: Tensor = tokens + self.attention(self.norm(tokens))
        return compressed


class MSSA(nn.Module):
    """Of each head softmax(V V' / sqrt(d)) V, V = U x, and a linear map of all; tokens (B, N, D) -> (B, N, D)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.subspaces = nn.Linear(width, width, bias=False)
        self.given = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        inside = self.subspaces(tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        scores = inside @ inside.mT * inside.shape[-1] ** -0.5
        mixed = scores.softmax(-1) @ inside
        given: Tensor = self.given(mixed.transpose(1, 2).flatten(2))
        return given


class ISTA(nn.Module):
    """relu(z + step (D' z - D' D z) - step lam) of each token z (D,)."""

    def __init__(self, width: int, step: float, sparsity: float):
        super().__init__()
        self.dictionary = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(width, width)))
        self.step, self.sparsity = step, sparsity

    def forward(self, tokens: Tensor) -> Tensor:
        missing = tokens - tokens @ self.dictionary.mT
        return (tokens + self.step * (missing @ self.dictionary - self.sparsity)).relu()
