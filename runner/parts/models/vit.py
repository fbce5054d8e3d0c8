"""A vision transformer for small images."""

import math
from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import check_images


class ViT(Model):
    """Dosovitskiy et al., ICLR 2021: patches, a class token, learned positions, blocks that normalise first, GELU.

    The default is DeiT's tiny form (Touvron et al., ICML 2021): 12 blocks of 192 features and 3 heads, whose hidden
    layers have four times as many. Initial weights are those of torchvision.models.VisionTransformer but for its zero
    head. No dropout. Attention is written out as products of matrices, which stacks of seeds can share.

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        patch: side of a patch, by which H and W divide; null for patch_side's.
        width: features of a token; a multiple of `heads`.
        depth: blocks.
        heads: of attention.
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
        head: Head,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(f"width={width} is no multiple of heads={heads}")
        tokens = Tokens(input_shape, width, patch)
        blocks = (_Block(width, heads) for _ in range(depth))
        self.body = nn.Sequential(tokens, *blocks, nn.Sequential(nn.LayerNorm(width, eps=1e-6), ClassToken()))
        self.head = make_head(head, width, num_outputs)


def patch_side(input_shape: tuple[int, ...], patch: int | None) -> int:
    """The side of a patch, where None is given the smallest power of two, from 2, that cuts the longer side of an image
    (C, H, W) into at most 8.

    >>> [patch_side((1, side, side), None) for side in (8, 28, 32, 64)]
    [2, 4, 4, 8]

    Raises:
        ValueError: the inputs are no images, or do not divide into such patches.
    """
    check_images(input_shape)
    height, breadth = input_shape[1:]
    side = patch or 2 ** max(1, math.ceil(math.log2(max(height, breadth) / 8)))
    if height % side or breadth % side:
        raise ValueError(f"patch={side}: images of {height}x{breadth} do not divide into patches of {side}x{side}")
    return side


class Tokens(nn.Module):
    """Images (B, C, H, W) -> tokens (B, 1 + patches, D), the class token first, positions added."""

    def __init__(self, input_shape: tuple[int, ...], width: int, patch: int | None):
        super().__init__()
        side = patch_side(input_shape, patch)
        channels, height, breadth = input_shape
        count = (height // side) * (breadth // side)
        self.project = nn.Conv2d(channels, width, side, side)
        fan_in = channels * side * side
        nn.init.trunc_normal_(self.project.weight, std=fan_in**-0.5)
        assert self.project.bias is not None
        nn.init.zeros_(self.project.bias)
        self.token = nn.Parameter(torch.zeros(1, width))
        self.position = nn.Parameter(torch.empty(1 + count, width).normal_(std=0.02))

    def forward(self, x: Tensor) -> Tensor:
        patches = self.project(x).flatten(2).mT
        token = self.token.expand(len(patches), 1, -1)
        return torch.cat([token, patches], 1) + self.position


class ClassToken(nn.Module):
    """The first token (B, D) of (B, N, D)."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 0]


class _Block(nn.Module):
    """Attention and a layer of hidden units, each behind a normalisation and added to what came in."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.before, self.between = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width, heads)
        wider, narrower = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.hidden = nn.Sequential(wider, nn.GELU(), narrower)
        for layer in (wider, narrower):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.normal_(layer.bias, std=1e-6)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.before(tokens))
        added: Tensor = tokens + self.hidden(self.between(tokens))
        return added


class Attention(nn.Module):
    """softmax(Q K' / sqrt(d)) V of each head, and a linear map of all; tokens (B, N, D) -> (B, N, D).

    Queries may be those of tokens that are `sharper` times as large.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.taken = nn.Linear(width, 3 * width)
        self.given = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.taken.weight)
        nn.init.zeros_(self.taken.bias)
        nn.init.zeros_(self.given.bias)

    def forward(self, tokens: Tensor, sharper: float = 1.0) -> Tensor:
        taken = self.taken(tokens).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = taken.permute(2, 0, 3, 1, 4)
        if sharper != 1:
            bias = self.taken.bias.unflatten(0, (3, self.heads, 1, -1))[0]
            queries = sharper * (queries - bias) + bias
        scores = queries @ keys.mT * queries.shape[-1] ** -0.5
        mixed = scores.softmax(-1) @ values
        given: Tensor = self.given(mixed.transpose(1, 2).flatten(2))
        return given
