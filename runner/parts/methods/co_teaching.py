"""Co-teaching (Han et al., "Co-teaching: Robust Training of Deep Neural Networks with Extremely Noisy Labels", NeurIPS
2018, arXiv:1804.06872).

    C_k  = the int((1 - R(t)) B) examples of a batch that network k has the smallest losses on
    L    = mean of network 1's losses on C_2 + mean of network 2's losses on C_1
    R(t) = forget_rate * min(t / ramp_epochs, 1),    t = epochs done

Networks learn clean examples first, so a small loss is a sign of a right label. If one network
accepts a wrong label by mistake, the other, from other initial weights, may reject it.

The released code lets the ramp reach its end one epoch sooner, and returns the means divided once more by the number of
examples kept, which Adam does not feel; neither is done here. It chooses by cross-entropy, here by the loss in use.
"""

from typing import Annotated, Literal

from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.pairs import forgotten, peers, smallest


class CoTeaching(Method):
    """Two networks; each trains on the examples of a batch on which the other has small losses.

    forget_rate = 0 is ERM of both networks.

    Args:
        network, loss, regularizer: as in ERM; given by the runner.
        peer: the second network, of the same kind.
        forget_rate: in [0, 1); the paper's is the rate of the noise, for pair-flips too.
        ramp_epochs: at least 1; the paper's 10, of 200 epochs (5, 10 and 15 compared).
        evaluate: "first" predicts with the first network alone, "mean" with the average of both networks' logits. The
            paper has each network apart, and so a comparison with one network is fair by the first.
    """

    fits = ("any",)

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        *,
        peer: Annotated[nn.Module, "model"],
        forget_rate: Annotated[float, "[0, 1)"],
        ramp_epochs: Annotated[int, "[1, inf)"],
        evaluate: Literal["first", "mean"],
    ):
        super().__init__()
        self.erm, self.peer = peers(network, peer, loss, regularizer)
        self.forget_rate = forget_rate
        self.ramp_epochs = ramp_epochs
        self.evaluate = evaluate
        self.begin(1, 1)

    def begin(self, epoch: int, epochs: int) -> None:
        self.rate = forgotten(self.forget_rate, epoch, self.ramp_epochs)

    def forward(self, batch: Batch) -> Tensor:
        ours, theirs = self.erm(batch), self.peer(batch)
        return ours * smallest(theirs, self.rate) + theirs * smallest(ours, self.rate)

    def predict(self, x: Tensor) -> Tensor:
        logits = self.erm.predict(x)
        return logits if self.evaluate == "first" else (logits + self.peer.predict(x)) / 2
