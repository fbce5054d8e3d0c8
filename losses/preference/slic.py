"""Sequence likelihood calibration (Zhao et al., 2023, arXiv:2305.10425): a hinge.

    plain     L = max(0, margin - beta log pi(w)/pi(l)) - supervised log pi(w)
    reference L = max(0, margin - beta (log pi(w)/pi(l) - log ref(w)/ref(l))) - supervised log pi(w)

The paper's has no reference in the hinge and some weight on a supervised term; HALOs runs that. trl compares with the
reference, at a margin of 1 and without the supervised term.

Args:
    beta: scale of log ratios, above 0.
    margin: how far the winner is to be ahead, above 0.
    against: reference or nothing.
    supervised: weight of minus the log probability of the winner, at least 0.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> SLiC(beta=0.5, margin=1.0, against="reference", supervised=0.0)(tensor([[1.0, 0.0]]), row, tensor([0]))
tensor([0.5000])
"""

from typing import Annotated, Literal

from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class SLiC(OfPairs):
    fits = ("preference",)

    def __init__(
        self,
        *,
        beta: Annotated[float, "(0, inf)"],
        margin: Annotated[float, "(0, inf)"],
        against: Literal["reference", "nothing"],
        supervised: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.beta = beta
        self.margin = margin
        self.against = against
        self.supervised = supervised

    def of(self, pairs: Pairs) -> Tensor:
        ahead = pairs.gap if self.against == "reference" else pairs.policy_winner - pairs.policy_loser
        return (self.margin - self.beta * ahead).clamp(min=0) - self.supervised * pairs.policy_winner
