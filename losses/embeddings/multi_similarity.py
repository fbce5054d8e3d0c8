"""Multi-similarity loss (Wang, Han, Huang, Dong and Scott, "Multi-Similarity Loss with General Pair Weighting for Deep
Metric Learning", CVPR 2019), without its mining of pairs, as pytorch-metric-learning has it.

    mean_i  1/alpha log(1 + sum_{p of i's class} exp(-alpha (s_ip - base)))
          + 1/beta  log(1 + sum_{n of another class} exp(beta (s_in - base)))

s is the cosine of two embeddings.

Args:
    alpha, beta: how much the hardest positive and negative pairs count, above 0; the paper's 2 and 50.
    base: the cosine that pairs are to be on either side of; the paper's 1, the package's 0.5.

>>> from torch import eye, tensor
>>> loss, labels = MultiSimilarity(alpha=1.0, beta=1.0, base=0.0), tensor([0, 0])
>>> loss(eye(2), labels, labels)    # no negatives, and one positive at the base: log 2
tensor(0.6931)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, log_one_plus_sum, other_class, same_class


class MultiSimilarity(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(
        self,
        *,
        alpha: Annotated[float, "(0, inf)"],
        beta: Annotated[float, "(0, inf)"],
        base: Annotated[float, "[-1, 1]"],
    ):
        super().__init__()
        self.alpha = alpha
        self.beta = beta
        self.base = base

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        above = cosines(embeddings) - self.base
        near = log_one_plus_sum(-self.alpha * above, same_class(labels)) / self.alpha
        far = log_one_plus_sum(self.beta * above, other_class(labels)) / self.beta
        return (near + far).mean()
