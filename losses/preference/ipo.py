"""Identity preference optimization (Azar et al., AISTATS 2024, arXiv:2310.12036).

    h = log pi(w)/pi(l) - log ref(w)/ref(l),    L = (h - 1 / (2 tau))^2

With lengths as tokens, each log ratio is divided by the length of its response, as two released programs do (trl says
that the authors confirmed it); the paper's h is of whole responses. With all pairs its minimum is the policy
ref e^(p / tau) / Z, with p the probability that a response wins against one of the reference.

Args:
    tau: how strongly the reference holds, above 0.
    lengths: whole or tokens.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[0.5, 0.5], *[0.0, 0.0], *[1.0, 1.0], *[1.0, 1.0], *[0.5, 0.5]]])    # 2 responses
>>> IPO(tau=0.5, lengths="whole")(tensor([[0.0, 0.0]]), row, tensor([0]))    # 1 / (4 tau^2)
tensor([1.])
"""

from typing import Annotated, Literal

from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class IPO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, tau: Annotated[float, "(0, inf)"], lengths: Literal["whole", "tokens"]):
        super().__init__()
        self.tau = tau
        self.lengths = lengths

    def of(self, pairs: Pairs) -> Tensor:
        winner, loser = pairs.ratios
        if self.lengths == "tokens":
            winner, loser = winner / pairs.length_winner, loser / pairs.length_loser
        return (winner - loser - 1 / (2 * self.tau)).square()
