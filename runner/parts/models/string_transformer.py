"""A transformer for strings of bits of any length."""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.vit import Attention, ClassToken


class StringTransformer(Model):
    """Chiang and Cholak, "Overcoming a Theoretical Limitation of Self-Attention", ACL 2022: a small transformer whose
    attention does not thin out as strings grow.

    Blocks normalise after each sum and have ReLU. The longer a string, the more tokens share the attention of one;
    `log_length` multiplies queries by log n, n the number of tokens, the class token's included. As in the released
    code (ndnlp/parity, encoder.py) it is the queries' tokens that are multiplied, not their bias; the paper multiplies
    logits by log n, the same where that bias is 0, as it is at the start.

    The default is the code's for FIRST: 2 blocks of 16 features, 1 head and 64 hidden units; torch's initial weights
    and normal embeddings. It is trained with Adam and a learning rate of 3e-4, one string a step, 10,000 steps.

    Args:
        input_shape: (n,) of one example; given by the runner. Other strings may be longer.
        num_outputs: H, given by the runner.
        width: features of a token; a multiple of `heads`.
        depth: blocks.
        heads: of attention.
        positions: what a token is told of its place i, from 0, the class token's: first has 1[i = 0], 1[i = 1] and
            1[i > 1], of the code for FIRST; parity has i / n and cos(i pi), of its exact solution of PARITY, which puts
            the class token last.
        log_length: is attention scaled by log n?
        eps: of the normalisation. With 0, as in the paper's other remedy, cross-entropy may come to 0.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are no strings, or the features do not divide into heads.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, 1000000]"],
        depth: Annotated[int, "[1, 100]"],
        heads: Annotated[int, "[1, inf)"],
        positions: Literal["first", "parity"],
        log_length: bool,
        eps: Annotated[float, "[0, inf)"],
        head: Head,
    ):
        super().__init__()
        if len(input_shape) != 1:
            raise ValueError(f"needs strings of bits, shape (n,), not inputs of shape {input_shape}")
        if width % heads:
            raise ValueError(f"width={width} is no multiple of heads={heads}")
        blocks = (Block(width, heads, 4 * width, log_length, eps) for _ in range(depth))
        self.body = nn.Sequential(_Embedding(width, positions), *blocks, ClassToken())
        self.head = make_head(head, width, num_outputs)


class _Embedding(nn.Module):
    """Strings (B, n) of 0 and 1 -> tokens (B, 1 + n, D), the class token first; what is between 0 and 1 is a mean."""

    def __init__(self, width: int, positions: str):
        super().__init__()
        self.of_first = positions == "first"
        self.zero, self.one, self.token = (nn.Parameter(torch.randn(width)) for _ in range(3))
        self.position = nn.Linear(3 if self.of_first else 2, width)

    def forward(self, x: Tensor) -> Tensor:
        bit = x[..., None]
        symbols = self.zero * (1 - bit) + self.one * bit
        tokens = torch.cat([self.token.expand(len(x), 1, -1), symbols], 1)
        added: Tensor = tokens + self.position(self.places(tokens.shape[1]).to(x))
        return added

    def places(self, count: int) -> Tensor:
        """(n, 3) or (n, 2), see `positions`."""
        place = torch.arange(count)
        if self.of_first:
            return torch.stack([place == 0, place == 1, place > 1], 1)
        return torch.stack([place / count, 1 - 2 * (place % 2)], 1)


class Block(nn.Module):
    """Tokens (B, n, D) -> (B, n, D)."""

    def __init__(self, width: int, heads: int, hidden: int, log_length: bool, eps: float):
        super().__init__()
        self.log_length = log_length
        self.attention = Attention(width, heads)
        self.hidden = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))
        self.between, self.after = nn.LayerNorm(width, eps=eps), nn.LayerNorm(width, eps=eps)

    def forward(self, tokens: Tensor) -> Tensor:
        sharper = math.log(tokens.shape[1]) if self.log_length else 1.0
        tokens = self.between(tokens + self.attention(tokens, sharper))
        found: Tensor = self.after(tokens + self.hidden(tokens))
        return found
