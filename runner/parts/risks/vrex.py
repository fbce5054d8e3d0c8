"""Risk extrapolation by variance, V-REx (Krueger et al., "Out-of-Distribution Generalization via Risk Extrapolation
(REx)", ICML 2021, arXiv:2003.00688).

    risk = mean over environments of l_e + weight * mean over environments of (l_e - their mean)^2
    l_e: mean loss of the batch's examples of environment e

Losses that are equal in all environments of training are expected to stay so in environments beyond them. As in
DomainBed the variance is divided by the number of environments (the paper writes Var; its released code takes
torch's, divided by one less: unconfirmed), and the weight is 1 for a share of the epochs. An environment without an
example in the batch is left out.

Args:
    weight: beta, at least 0. DomainBed's 10; the paper's Colored MNIST 10000.
    anneal: share of the epochs in which the weight is 1, if it is larger, in [0, 1). DomainBed's 0.1.

With weight = 0 it is the mean of the environments' means.

>>> from torch import tensor
>>> made = VREx(tensor([0, 1]), weight=1.0, anneal=0.0)
>>> made(tensor([1.0, 3.0]), Batch(tensor([]), tensor([0, 0]), tensor([0, 1]), {}))    # 2 + 1
tensor(3.)
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.domains import annealed, known, mean_of_those_there, means, members


class VREx(Risk):
    """Args: domain: (N,) environment of each training example, given by the runner; weight, anneal: see above.

    Raises:
        ValueError: the data set has no environments.
    """

    fits = ("any",)
    compares_environments = True

    domain: Tensor

    def __init__(
        self, domain: Tensor | None, *, weight: Annotated[float, "[0, inf)"], anneal: Annotated[float, "[0, 1)"]
    ):
        super().__init__()
        self.register_buffer("domain", known(domain))
        self.count = int(self.domain.max()) + 1
        self.full = self.weight = weight
        self.anneal = anneal

    def begin(self, epoch: int, epochs: int) -> None:
        self.weight = annealed(self.full, self.anneal, epoch, epochs)

    def forward(self, losses: Tensor, batch: Batch) -> Tensor:
        """losses (B,) -> ()."""
        of = members(self.domain, batch.index, self.count)
        each = means(losses, of)
        mean = mean_of_those_there(each, of)
        return mean + self.weight * mean_of_those_there((each - mean).square(), of)
