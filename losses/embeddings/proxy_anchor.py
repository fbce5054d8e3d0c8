"""Proxy-Anchor (Kim, Kim, Cho and Kwak, "Proxy Anchor Loss for Deep Metric Learning", CVPR 2020, arXiv:2003.13911).

    1/|classes of the batch| sum_c log(1 + sum_{i of c} exp(-alpha (s_ic - m)))
    + 1/K sum_c log(1 + sum_{i not of c} exp(alpha (s_ic + m)))

s_ic is the cosine of embedding i and the proxy of class c, a vector that is trained with the network, as the optimizer
trains the network; the paper's learning rate for proxies is a hundred times that. Proxies begin as normal numbers,
those of He et al. 2015.

Args:
    num_classes: K; num_outputs: D. Given by the runner.
    alpha: above 0; the paper's 32.
    margin: m, at least 0; the paper's 0.1.

>>> loss, labels = ProxyAnchor(2, 2, alpha=1.0, margin=0.0), torch.tensor([0, 1])
>>> loss.proxies.data = torch.eye(2)
>>> round(loss(torch.eye(2), labels, labels).item(), 4)    # log(1 + exp(-1)) of what is near, and log 2 of what is far
1.0064
>>> round(loss(-torch.eye(2), labels, labels).item(), 4)    # log(1 + exp(1)), and log 2
2.0064
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from losses.embeddings._pairs import log_one_plus_sum, mean_over, to_proxies


class ProxyAnchor(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(
        self,
        num_classes: int,
        num_outputs: int,
        *,
        alpha: Annotated[float, "(0, inf)"],
        margin: Annotated[float, "[0, 1]"],
    ):
        super().__init__()
        self.alpha = alpha
        self.margin = margin
        self.proxies = nn.Parameter(nn.init.kaiming_normal_(torch.empty(num_classes, num_outputs), mode="fan_out"))

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        alike = to_proxies(embeddings, self.proxies).mT  # (K, B)
        own = torch.arange(len(self.proxies), device=labels.device)[:, None] == labels
        near = log_one_plus_sum(-self.alpha * (alike - self.margin), own)
        far = log_one_plus_sum(self.alpha * (alike + self.margin), ~own)
        return mean_over(near, own.any(1)) + far.mean()
