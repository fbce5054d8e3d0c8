"""ArcFace (Deng, Guo, Xue and Zafeiriou, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019,
arXiv:1801.07698): cross-entropy of cosines with a trained direction of each class, with a margin between angles.

    -log softmax(scale cos(theta_ic + m [c = y_i]))_{y_i}

theta_ic is the angle between embedding i and the direction of class c. Beyond pi - m, where cos(theta + m) would rise
again, it is cos(theta) - m sin(m), as in the released code. Directions begin as normal numbers.

Args:
    num_classes: K; num_outputs: D. Given by the runner.
    scale: above 0; the paper's 64.
    margin: m in radians, at least 0; the paper's 0.5.

>>> labels = torch.tensor([0, 1])
>>> for margin in (0.0, 0.5):    # log(1 + exp(-cos 0)), and log(1 + exp(-cos 0.5))
...     loss = ArcFace(2, 2, scale=1.0, margin=margin)
...     loss.proxies.data = torch.eye(2)
...     print(round(loss(torch.eye(2), labels, labels).item(), 4))
0.3133
0.3478
"""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from losses.embeddings._pairs import to_proxies

EDGE = 1e-7  # from 1, where the gradient of an angle has no end


class ArcFace(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(
        self,
        num_classes: int,
        num_outputs: int,
        *,
        scale: Annotated[float, "(0, inf)"],
        margin: Annotated[float, "[0, 3]"],
    ):
        super().__init__()
        self.scale = scale
        self.margin = margin
        self.proxies = nn.Parameter(torch.randn(num_classes, num_outputs))

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        cosine = to_proxies(embeddings, self.proxies)
        angle = cosine.clamp(-1 + EDGE, 1 - EDGE).acos()
        harder = (
            (angle + self.margin)
            .cos()
            .where(angle <= math.pi - self.margin, cosine - self.margin * math.sin(self.margin))
        )
        own = torch.arange(len(self.proxies), device=labels.device) == labels[:, None]
        return F.cross_entropy(self.scale * harder.where(own, cosine), labels)
