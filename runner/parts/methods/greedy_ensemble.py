"""One more member of an ensemble, trained to differ from the members before it (Tiulpin and Blaschko, "Greedy Bayesian
Posterior Approximation with Deep Ensembles", TMLR 2022, arXiv:2105.14275).

    L = loss(z, y) + log sum_j exp(-lam * mean over x' of ||softmax(f(x')) - softmax(f_j(x'))||^2)

f_j are the members before it: networks of the same seed that other runs kept, which stand still. x' is noise around the
inputs, far wider than they are. The term falls as the network's predictions there move away from the nearest member's.
It is added to the loss of each example, x' in the batch are as many as examples, and each example has an x' of its own.

Args:
    members: the names of stored cells, each once, which have networks of this seed (exec.keep_network=true). The first
        member of an ensemble is trained with [], which is ERM, or by any other method. With J members before it, a
        network begins with the initial weights number J of its seed, and not with those of plain training; it sees the
        same batches.
    lam: at least 0; the paper tries 0.001 to 10. It is lambda / k of the released code, whose configuration lacks k.
    spread: of x', which is drawn from N(0, spread^2) of normalised inputs; positive, 5 in the released code.
    samples: of x', drawn once for each seed, at least 1; example i has number i modulo `samples`. 1000 is ours: the
        released code has one for each training example.
    evaluates: member, the new network alone; or ensemble, the mean of the probabilities of all members with the new
        one. It changes what is measured, and nothing that is trained.

With members a step passes twice as many inputs through the network. It is in evaluation mode for x', so that BatchNorm
keeps what it knows of inputs. The released code draws x' around the mean image and rounds it to bytes, which wrap
around beyond 255; here it is not rounded, and mean and deviation are those by which inputs are normalised. Limits:
members=[] is ERM, and lam=0 is ERM from other initial weights and a constant, log of the number of members.

>>> from torch import tensor
>>> diversity(tensor([[1.0, 0.0]]), tensor([[[1.0, 0.0], [0.0, 1.0]]]), lam=0.0)    # log 2
tensor(0.6931)
>>> diversity(tensor([[1.0, 0.0]]), tensor([[[0.0, 1.0]]]), lam=1.0)    # as far apart as can be
tensor(-2.)
"""

from collections.abc import Callable
from math import log
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.models.evaluating import evaluating

AT_ONCE = 500  # inputs that members are asked about


class GreedyEnsemble(Method):
    """Args: network, loss, regularizer: as in ERM; input_shape, stored, another: given by the runner.

    Raises:
        ValueError: a member is named twice, or is not in the store.
    """

    noise: Tensor
    others: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        stored: Callable[[str], nn.Module],
        another: Callable[[int], nn.Module],
        *,
        members: list[Annotated[str, "[0-9a-f]{20}"]],
        lam: Annotated[float, "[0, inf)"],
        spread: Annotated[float, "(0, inf)"],
        samples: Annotated[int, "[1, 10000]"],
        evaluates: Literal["member", "ensemble"],
    ):
        super().__init__()
        if twice := next((name for i, name in enumerate(members) if name in members[:i]), None):
            raise ValueError(f"members: {twice} is named twice; must be different cells")
        self.erm = ERM(network, loss, regularizer)
        self.lam = lam
        before = [stored(name).eval() for name in members]
        self.before = nn.ModuleList(before if evaluates == "ensemble" else [])
        if before:
            network.load_state_dict(another(len(before)).state_dict())
            noise = spread * torch.randn(samples, *input_shape)
            self.register_buffer("noise", noise)
            self.register_buffer("others", torch.stack([_predicted(each, noise) for each in before], dim=1))

    def train(self, mode: bool = True) -> "GreedyEnsemble":
        """The members before it stand still, whatever the mode."""
        super().train(mode)
        self.before.eval()
        return self

    def forward(self, batch: Batch) -> Tensor:
        losses: Tensor = self.erm(batch)
        if "noise" not in self._buffers:
            return losses
        place = batch.index % len(self.noise)
        with evaluating(self.erm.network):
            p = self.erm.network(self.noise[place]).softmax(-1)
        return losses + diversity(p, self.others[place], lam=self.lam)

    def predict(self, x: Tensor) -> Tensor:
        logits = self.erm.predict(x)
        if not len(self.before):
            return logits
        every = [logits, *(member(x) for member in self.before)]
        return torch.stack(every).log_softmax(-1).logsumexp(0) - log(len(every))


def diversity(p: Tensor, others: Tensor, *, lam: float) -> Tensor:
    """() the term: probabilities (B, K) of the new member, and (B, J, K) of those before it, at the same inputs."""
    squares = (p[:, None] - others).square().sum(-1)
    return (-lam * squares.mean(0)).logsumexp(0)


@torch.no_grad()
def _predicted(member: nn.Module, x: Tensor) -> Tensor:
    """(M, K) probabilities of a member at inputs (M, ...)."""
    return torch.cat([member(part).softmax(-1) for part in x.split(AT_ONCE)])
