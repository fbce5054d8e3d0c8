"""JoCoR (Wei et al., "Combating Noisy Labels by Agreement: A Joint Training Method with Co-Regularization", CVPR 2020,
arXiv:2003.02752).

    L_i  = (1 - l) (loss_1i + loss_2i) + l (KL(p_2i || p_1i) + KL(p_1i || p_2i))
    L    = mean over the int((1 - R(t)) B) examples of a batch with the smallest L_i
    R(t) = forget_rate * min(t / ramp_epochs, 1),    t = epochs done

Two networks seldom agree on a wrong label, so agreement is asked of them in choosing and in training alike. Gradients
go through both sides of both divergences, as in the released code, whose ramp reaches its end one epoch sooner.
"""

from typing import Annotated, Literal

from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.pairs import forgotten, peers, smallest


class JoCoR(Method):
    """Two networks under one objective; examples of a large joint loss are left out.

    agreement = 0 and forget_rate = 0 is ERM of both networks. Regularizers are added to the joint loss as they are.

    Args:
        network, loss, regularizer: as in ERM; given by the runner.
        peer: the second network, of the same kind.
        agreement: l, in [0, 1]. The released code's 0.9, but 0.65 for 80% of symmetric noise and 0.85 for CIFAR-100.
        forget_rate: in [0, 1); the paper's is the rate of the noise, and half of it where noise is asymmetric.
        ramp_epochs: at least 1; the released code's 10, of 200 epochs.
        evaluate: "first" predicts with the first network alone, "mean" with the average of both networks' logits. The
            released code measures each network apart.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        *,
        peer: Annotated[nn.Module, "model"],
        agreement: Annotated[float, "[0, 1]"],
        forget_rate: Annotated[float, "[0, 1)"],
        ramp_epochs: Annotated[int, "[1, inf)"],
        evaluate: Literal["first", "mean"],
    ):
        super().__init__()
        self.erm, self.peer = peers(network, peer, loss, regularizer)
        self.agreement = agreement
        self.forget_rate = forget_rate
        self.ramp_epochs = ramp_epochs
        self.evaluate = evaluate
        self.begin(1, 1)

    def begin(self, epoch: int, epochs: int) -> None:
        self.rate = forgotten(self.forget_rate, epoch, self.ramp_epochs)

    def forward(self, batch: Batch) -> Tensor:
        ours, theirs = (erm.network.features(batch.x) for erm in (self.erm, self.peer))
        z, w = self.erm.network.head(ours), self.peer.network.head(theirs)
        joint = self.erm.loss(z, batch) + self.peer.loss(w, batch)
        losses = (1 - self.agreement) * joint + self.agreement * disagreement(z, w)
        losses = self.erm.regularizer(losses * smallest(losses, self.rate), ours, z, batch)
        return self.peer.regularizer(losses, theirs, w, batch)

    def predict(self, x: Tensor) -> Tensor:
        logits = self.erm.predict(x)
        return logits if self.evaluate == "first" else (logits + self.peer.predict(x)) / 2


def disagreement(one: Tensor, other: Tensor) -> Tensor:
    """KL(p || q) + KL(q || p) = sum over k of (p_k - q_k) (log p_k - log q_k), of logits (B, K) and (B, K): (B,).

    >>> from torch import tensor
    >>> disagreement(tensor([[0.75, 0.25]]).log(), tensor([[0.25, 0.75]]).log())    # 2 * 0.5 log 3
    tensor([1.0986])
    """
    log_p, log_q = one.log_softmax(-1), other.log_softmax(-1)
    return ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum(-1)
