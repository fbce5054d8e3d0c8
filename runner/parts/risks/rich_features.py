"""The groups of Rich Feature Construction, RFC (Zhang, Lopez-Paz and Bottou, "Rich Feature Construction for the
Optimization-Generalization Dilemma", ICML 2022, arXiv:2203.15516; released code TjuJianyu/RFC): which examples earlier
networks get right.

    discovery: risk = max over members m of max(mean loss of examples that m gets right, of those that m gets wrong)
    synthesis: risk = (mean loss of examples that all members get right or all get wrong + mean loss of the others) / 2

Members are networks of the same seed that other runs kept, and stand still. Discovery makes a network learn what they
do not know: the first member is trained plainly, and briefly, and each further one by the groups of those before it.
The released script for Colored MNIST has one network of each, and does not look at environments in these rounds. Groups
are those of a batch; the code's are of all training examples. One that the batch lacks does not count.

In the paper's synthesis a network with a head for each member learns their predictions, as labels, from as many
examples of either group, and its features then go to another objective, such as IRM. Here the last network learns the
true labels, with the same weights of groups; heads and a further training on top are not here.

Args:
    members: the names of stored cells, each once, which have networks of this seed (exec.keep_network=true).
    phase: discovery or synthesis.

With members=[] it is the mean, by which the first member is trained.

>>> right = torch.tensor([[True, True], [True, False], [False, False]])    # of three examples, by two members
>>> synthesis(right)
tensor([[ True, False],
        [False,  True],
        [ True, False]])
"""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.domains import mean_of_those_there, means


class RichFeatures(Risk):
    """Args: stored, method: given by the runner; members, phase: see above.

    Raises:
        ValueError: a member is named twice, or is not in the store; or the method looks at several views of an example.
    """

    def __init__(
        self,
        stored: Callable[[str], nn.Module],
        method: Method,
        *,
        members: list[Annotated[str, "[0-9a-f]{20}"]],
        phase: Literal["discovery", "synthesis"],
    ):
        super().__init__()
        if twice := next((name for i, name in enumerate(members) if name in members[:i]), None):
            raise ValueError(f"members: {twice} is named twice; must be different cells")
        if members and method.views > 1:
            raise ValueError(f"members: see one view of an example, the method has {method.views}; must be []")
        self.members = nn.ModuleList(stored(name).eval() for name in members)
        self.discovers = phase == "discovery"

    def train(self, mode: bool = True) -> "RichFeatures":
        """Members stand still, whatever the mode."""
        super().train(mode)
        self.members.eval()
        return self

    def forward(self, losses: Tensor, batch: Batch) -> Tensor:
        """losses (B,) -> ()."""
        if not len(self.members):
            return losses.mean()
        with torch.no_grad():
            right = torch.stack([member(batch.x).argmax(-1) == batch.labels for member in self.members], 1)
        of = (discovery(right) if self.discovers else synthesis(right)).to(losses.dtype)
        each = means(losses, of)
        if self.discovers:
            return each.where(of.sum(0) > 0, -torch.inf).max()
        return mean_of_those_there(each, of)


def discovery(right: Tensor) -> Tensor:
    """(B, 2 J) bool, which groups an example is of, of those (B, J) that J members get right."""
    return torch.cat([right, ~right], 1)


def synthesis(right: Tensor) -> Tensor:
    """(B, 2) bool: members agree on an example, all right or all wrong; or they do not."""
    agree = right.all(1) | (~right).all(1)
    return torch.stack([agree, ~agree], 1)
