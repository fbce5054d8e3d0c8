"""LISA, selective augmentation (Yao et al., "Improving Out-of-Distribution Robustness via Selective Augmentation", ICML
2022, arXiv:2201.00299).

    x~ = lam_i x_i + (1 - lam_i) x_j,    lam_i ~ Beta(alpha, alpha), one an example
    L  = lam_i loss(f(x~), y_i) + (1 - lam_i) loss(f(x~), y_j)

A batch is mixed within labels with probability `intra_label`: j has the label of i and another environment. Else it is
mixed within environments: j has another label and the environment of i. Either way what an environment looks like comes
to say little of the label.

Partners are of the same batch; an example that finds none stays as it is. The released code instead draws four groups
of two labels and two environments, equally many of each, and mixes two with two: that is sampler=group_balanced. Its
CutMix, which the paper has on CelebA and MetaShift, is not here.

Args:
    intra_label: p_sel, in [0, 1]. The paper's 0.5 on its subpopulation shifts; 1 on its domain shifts, where labels of
        one environment are not mixed.
    alpha: at least 0. The paper's 2. 0 is ERM: lam is always 1.

A loss that remembers its predictions remembers those for mixed inputs, under the place of the first example.
"""

from typing import Annotated

import torch
from torch import Generator, Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.domains import known
from runner.parts.methods.draws import betas, permutation
from runner.parts.methods.erm import ERM
from runner.parts.methods.mixing import between, partners


class LISA(Method):
    """The loss between examples of one label, or of one environment.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the mixed inputs.
        domain: (N,) environment of each training example, given by the runner.
        intra_label: how often labels are the same, else environments.
        alpha: how far from the examples one goes.
    Raises:
        ValueError: the data set has no environments.
    """

    compares_environments = True

    domain: Tensor
    draws: dict[str, Draw]

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        domain: Tensor | None,
        *,
        intra_label: Annotated[float, "[0, 1]"],
        alpha: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.register_buffer("domain", known(domain))

        def within_labels(g: Generator, b: int) -> Tensor:
            return torch.rand((), generator=g) < intra_label

        mixing = {"lisa_share": betas(alpha), "lisa_places": permutation, "lisa_within_labels": within_labels}
        self.draws = mixing if alpha else {}

    def forward(self, batch: Batch) -> Tensor:
        if not self.draws:
            return self.erm(batch)
        share, domain = batch.draws["lisa_share"], self.domain[batch.index]
        label, environment = (same[:, None] == same for same in (batch.labels, domain))
        allowed = torch.where(batch.draws["lisa_within_labels"], label & ~environment, environment & ~label)
        places = partners(allowed, batch.draws["lisa_places"])
        return between(self.erm, batch, places, share)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)
