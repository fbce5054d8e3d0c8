"""Entropy of the predictions of which adapting has made a network surer.

    L = mean over kept i of H(p_i),    kept:  p_ic >= p0_ic

p = softmax of the adapted network, p0 of the network as it was trained, and c the class that the adapted network finds
most probable. Lee, Das, Choo and Choi, "Towards Open-Set Test-Time Adaptation Utilizing the Wisdom of Crowds in Entropy
Minimization", ICCV 2023, arXiv:2308.06879: what a network is less sure of after it adapted is likely of no class, or
wrong (from memory, unconfirmed). There is no released code at hand; whether c is the adapted or the trained network's
class is not confirmed, and both can be had.
"""

from typing import Annotated, Literal

from torch import Tensor

from runner.contracts.adaptation import Adaptable
from runner.parts.adaptations._descending import Descending, mean_of_kept
from runner.parts.adaptations._entropy import entropies


class ConfidenceDifference(Descending):
    """Tent, of the predictions that are kept; a seed of which none is kept takes no step.

    Args:
        batch_size: B.
        lr: of Adam.
        continual: see Adaptation.
        of: whose class c is, adapted or trained.
    """

    def __init__(
        self,
        *,
        batch_size: Annotated[int, "[2, 1000000]"],
        lr: Annotated[float, "(0, inf)"],
        continual: bool,
        of: Literal["adapted", "trained"],
    ):
        super().__init__(batch_size, lr, continual)
        self.of = of

    def objective(self, network: Adaptable, x: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        return mean_of_kept(entropies(logits), surer(logits.detach(), network.source(x), self.of))


def surer(adapted: Tensor, trained: Tensor, of: str) -> Tensor:
    """(S, B) bool, which predictions are kept, of logits (S, B, K)."""
    p, before = adapted.softmax(2), trained.softmax(2)
    chosen = (p if of == "adapted" else before).argmax(2, keepdim=True)
    return (p.gather(2, chosen) >= before.gather(2, chosen))[..., 0]
