"""Group DRO (Sagawa et al., "Distributionally Robust Neural Networks for Group Shifts", ICLR 2020, arXiv:1911.08731).

    l_g = the mean loss of the batch's examples of group g
    q_g <- q_g e^(step * l_g) / sum over h of q_h e^(step * l_h)
    risk = sum over g of q_g l_g,    q a constant to the gradient

Weights move to the groups that are worst, and with the network find the least worst-group loss. As in the released code
a batch may hold all groups (the paper's algorithm draws one at a time, each as often: that is sampler=class_balanced),
and a group that it lacks has loss 0. The released code's adjustments by group size are not here.

Args:
    groups: classes; domains where the data set says which environment each training example is from; or both, the
        paper's: each pair of a class and an environment is a group.
    step: at least 0. The paper's 0.01.

With step = 0 the weights stay equal: the mean of the groups' means. With one group it is the mean.

>>> from torch import tensor
>>> batch = Batch(tensor([]), tensor([0, 0, 1]), tensor([0, 1, 2]), {})
>>> GroupDRO(2, None, groups="classes", step=1.0)(tensor([0.0, 0.0, 1.0]), batch)    # e / (1 + e)
tensor(0.7311)
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from runner.contracts.terms import Risk
from runner.data.loader import Batch


class GroupDRO(Risk):
    """Group DRO.

    Args:
        num_classes: K, given by the runner.
        domain: (N,) environment of each training example or None, given by the runner.
        groups, step: see above.
    """

    fits = ("any",)

    domain: Tensor | None
    weights: Tensor

    def __init__(
        self,
        num_classes: int,
        domain: Tensor | None,
        *,
        groups: Literal["classes", "domains", "both"],
        step: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        if groups != "classes" and domain is None:
            raise ValueError(f"groups={groups}: this data set has no environments; classes can be groups")
        self.step = step
        self.num_classes = 0 if groups == "domains" else num_classes  # 0: classes are no groups
        self.register_buffer("domain", domain if groups != "classes" else None)
        count = (1 if self.domain is None else int(self.domain.max()) + 1) * (self.num_classes or 1)
        self.register_buffer("weights", torch.full((count,), 1 / count))

    def forward(self, losses: Tensor, batch: Batch) -> Tensor:
        """losses (B,) -> ()."""
        group = torch.zeros_like(batch.index) if self.domain is None else self.domain[batch.index]
        group = group * self.num_classes + batch.labels if self.num_classes else group
        member = group[:, None] == torch.arange(len(self.weights), device=group.device)
        means = (member * losses[:, None]).sum(0) / member.sum(0).clamp(min=1)
        weights = (self.weights.log() + self.step * means.detach()).softmax(0)  # no overflow, whatever the loss
        self.weights.copy_(weights)
        return (weights * means).sum()
