"""DIMCO (Lee, Kim, Park and Choi, "Discrete Infomax Codes for Supervised Representation Learning", Entropy 2022,
arXiv:1905.11656): an example is stored as a code of discrete symbols, the likeliest of each position.

    p_d = the softmax of the logits of position d,    code_d = argmax_w p_dw
    how near a code c is to an example that asks: sum_d log p_d(c_d)

With loss=dimco each position is to tell of the class. With any other loss of embeddings it is that loss's embedding,
cut into positions after training: with two symbols a bit is the sign of the difference of two numbers. A code has
D / W log2(W) bits.

Args:
    width: D, logits of a code, at least 1 and a multiple of W.
    symbols: W of a position, at least 2, as many as those of the loss, if it has any.

>>> from torch import tensor
>>> asks, stored = sides(tensor([[0.0, 0.0, 3.0, 1.0]]).log_softmax(1), 2)    # the second position is more sure
>>> stored, round(asks[0, 3].exp().item(), 4)    # 1 / (1 + e^2)
(tensor([[1., 0., 1., 0.]]), 0.1192)
"""

import math
from typing import Annotated

import torch
from torch import Tensor, nn

from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.embedding import Embedding


class DIMCO(Embedding):
    """network, loss, regularizer: as in Embedding; given by the runner.

    Raises:
        ValueError: logits cannot be parted so, or the loss parts them in another way.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        *,
        width: Annotated[int, "[1, 1000000]"],
        symbols: Annotated[int, "[2, 65536]"],
    ):
        if width % symbols:
            raise ValueError(f"method.symbols={symbols}: must divide method.width={width}")
        for part in loss.modules():
            if getattr(part, "symbols", symbols) != symbols:
                raise ValueError(f"method.symbols={symbols}: loss.symbols={part.symbols} must be equal")
        super().__init__(network, loss, regularizer, width=width)
        self.symbols = symbols
        self.bits = width // symbols * math.log2(symbols)

    def represent(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> (M, 2 D): log probabilities of symbols, and 1 at each symbol of the code, else 0."""
        return torch.cat(sides(self.predict(x), self.symbols), 1)


def sides(logits: Tensor, symbols: int) -> tuple[Tensor, Tensor]:
    """Logits (M, D) -> log probabilities (M, D), and 1 at each symbol of the code (M, D), else 0."""
    log_p = logits.unflatten(1, (-1, symbols)).log_softmax(2)
    code = nn.functional.one_hot(log_p.argmax(2), symbols)
    return log_p.flatten(1), code.flatten(1).to(log_p.dtype)
