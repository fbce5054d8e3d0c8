"""Adaptive multi-head contrastive learning, AMCL (Wang, Koniusz, Gedeon and Zheng, "Adaptive Multi-head Contrastive
Learning", ECCV 2024, arXiv:2310.05615): several projections, and a temperature of each pair by each of them.

    L = loss(log sum_c exp s_ijc)  or  sum_c loss(s_ijc),    with beta mean_ijc (n/2 log t_ijc + 1/t_ijc) added
    s_ijc = z_ic . w_jc / t_ijc,    t_ijc = low + (high - low) sigmoid(-m(z_ic) . m(w_jc))

z_ic = g_c(h(v_i)) and w_jc = g_c(h(u_j)), each divided by its length, are embeddings of the first view of example i and
of the second of example j, h the network's features, g_c one of C projections as that of method=two_views, m a layer,
ReLU and a layer that all heads share. loss is infonce: with it heads are summed within the logarithm or outside of it.

The full paper was not read. Released code (LeiWangR/cl, by the first author) has two forms. The first (commit fbb3f70)
has the limits of t, three heads, beta and the penalty with n = B, but does not run, and its loss has no negatives. The
second (commit 755799d), which was read and not run, has this m and n = D, and sums over heads outside. In place of a
logarithm it has the mean of each view's 100 hardest negatives, whose temperatures are pushed away from where the
penalty pulls the others; neither is here. So it is unconfirmed which sum and which n the paper has, and that all pairs
have the penalty. It pulls t to 2/n.

Args:
    heads: C, at least 1; the released 3.
    width: D, numbers of an embedding of one head, at least 1; the released 128.
    hidden: of m, at least 1; the released 128.
    sum_of: what is summed over heads, "exponentials", within the logarithm, or "losses".
    lowest, highest: of t, above 0; the released 1e-5 and 2. Where they are the same, it is the temperature.
    penalty: beta, at least 0; 0.1 in the first released code, 1e-4 in the second.
    numbers: n, "batch" for its B examples or "width" for the D numbers of an embedding.

>>> from torch import full
>>> round(far(full((3, 5, 5), 0.5), 4).item(), 4)    # the best temperature for n = 4: 2 log(1/2) + 2
0.6137
"""

from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.projection import two_layers
from runner.parts.methods.views import OfViews, first_of
from runner.parts.models import shapes


class AMCL(OfViews):
    """network, loss, regularizer, input_shape: as in TwoViews; given by the runner.

    Raises ValueError where the lowest temperature is above the highest.
    """

    fits = ("representation",)
    kinds = ("scores",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        heads: Annotated[int, "[1, 1000]"],
        width: Annotated[int, "[1, 100000]"],
        hidden: Annotated[int, "[1, 100000]"],
        sum_of: Literal["exponentials", "losses"],
        lowest: Annotated[float, "(0, inf)"],
        highest: Annotated[float, "(0, inf)"],
        penalty: Annotated[float, "[0, inf)"],
        numbers: Literal["batch", "width"],
    ):
        if lowest > highest:
            raise ValueError(f"the lowest temperature, {lowest}, is above the highest, {highest}")
        super().__init__(network, loss, regularizer)
        dim = shapes(network.body, input_shape)[-1][0]
        self.projections = nn.ModuleList(two_layers(dim, dim, width) for _ in range(heads))
        self.of_pair = two_layers(width, hidden, width)
        self.lowest, self.span = lowest, highest - lowest
        self.within, self.penalty, self.fixed = sum_of == "exponentials", penalty, width if numbers == "width" else None

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x.flatten(0, 1)).unflatten(0, (-1, 2))
        z = torch.stack([projection(features) for projection in self.projections])
        one, other = F.normalize(z, dim=-1).unbind(2)
        temperatures, seen = self.temperatures(one, other), first_of(batch)
        scores = one @ other.mT / temperatures
        if self.within:
            losses = self.loss(scores.logsumexp(0), seen)
        else:
            losses = torch.stack([self.loss(of_head, seen) for of_head in scores]).sum(0)
        losses = losses + self.penalty * far(temperatures, self.fixed or len(features))
        return self.penalised(losses, features, seen)

    def temperatures(self, one: Tensor, other: Tensor) -> Tensor:
        """Embeddings (C, B, D) of both views -> (C, B, B) of each first view with each second."""
        likeness = self.of_pair(one) @ self.of_pair(other).mT
        return self.lowest + self.span * (-likeness).sigmoid()


def far(temperatures: Tensor, n: int) -> Tensor:
    """() the penalty of temperatures of any shape, before it has its weight."""
    return (n / 2 * temperatures.log() + 1 / temperatures).mean()
