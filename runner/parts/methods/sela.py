"""SeLa (Asano, Rupprecht and Vedaldi, "Self-Labelling via Simultaneous Clustering and Representation Learning", ICLR
2020, arXiv:1911.05371; released code yukimasano/self-label): a network learns labels that it gave itself, of which each
cluster has equally many.

    L_i = mean over heads h of loss(logits_h(x_i), label_ih)
    label_ih = argmax_k Q_ik,    Q_ik = c_i p_ik^s r_k,  sum_i Q_ik = 1/K,  sum_k Q_ik = 1/N    (Sinkhorn and Knopp)

p_ik is the softmax of head h, one layer on the network's features, for training example i. Without the balance all
examples of one cluster would be the best solution. Labels begin as a random split into equal parts, as released, and
are made anew before the epochs 1 + E (j/n)^2, rounded up, j = 1 ... n - 1, of E epochs: the released times. p is as
training last saw it, an augmented input each epoch; the released code goes through all of them whenever it makes
labels, and also does so before the first step. It stops Sinkhorn's iterations by their error; here their number is
fixed.

It sees no targets. The heads are left out where the network is evaluated, and the head of the network is never trained.
The loss is for as many classes as there are clusters: loss=ce asks for no number of them.

Args:
    clusters: K, at least 2; 128 for CIFAR in the paper (unconfirmed), 3000 for ImageNet in the code.
    heads: at least 1; the paper's best has 10.
    sharpness: s, the code's lambda, above 0; its 25. The larger, the nearer Q is to labels.
    times: n, at least 1; the code's 100. 1: labels stay as they were drawn.
    iterations: of Sinkhorn and Knopp, at least 1; ours.

>>> from torch import tensor
>>> p = tensor([[0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.5, 0.5]])    # all are likely in the first cluster
>>> balanced(p.log(), 25.0, 1000).argmax(1)    # of which each must have half
tensor([0, 0, 1, 1])
"""

import math
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.models import shapes


class SeLa(Method):
    """network, loss, regularizer: as in ERM; num_train: N; input_shape: of one example. All given by the runner.

    Attributes:
        labels: (N, H) of H heads, in [0, K).
        seen: (N, H, K) log p, as training last saw it.
    """

    fits = ("representation",)

    network: Any
    labels: Tensor
    seen: Tensor

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        input_shape: tuple[int, ...],
        *,
        clusters: Annotated[int, "[2, 100000]"],
        heads: Annotated[int, "[1, 1000]"],
        sharpness: Annotated[float, "(0, inf)"],
        times: Annotated[int, "[1, 1000000]"],
        iterations: Annotated[int, "[1, 1000000]"],
    ):
        super().__init__()
        self.network, self.loss, self.regularizer = network, loss, regularizer
        self.shape, self.sharpness, self.times, self.iterations = (heads, clusters), sharpness, times, iterations
        self.heads = nn.Linear(shapes(network.body, input_shape)[-1][0], heads * clusters)
        drawn = [torch.randperm(num_train) % clusters for _ in range(heads)]  # by the seed's own stream
        self.register_buffer("labels", torch.stack(drawn, 1))
        self.register_buffer("seen", torch.zeros(num_train, heads, clusters))

    def begin(self, epoch: int, epochs: int) -> None:
        if epoch in {1 + math.ceil(epochs * (j / self.times) ** 2) for j in range(1, self.times)}:
            made = [balanced(seen, self.sharpness, self.iterations).argmax(-1) for seen in self.seen.unbind(1)]
            self.labels.copy_(torch.stack(made, 1))

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.heads(features).unflatten(-1, self.shape)
        self.seen[batch.index] = logits.detach().log_softmax(-1).to(self.seen.dtype)
        each = zip(logits.unbind(1), self.labels[batch.index].unbind(1), strict=True)
        losses = torch.stack([self.loss(head, batch._replace(labels=labels)) for head, labels in each]).mean(0)
        return self.regularizer(losses, features, self.network.head(features), batch)

    def predict(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(x)
        return logits


def balanced(log_p: Tensor, sharpness: float, iterations: int) -> Tensor:
    """Q (N, K) float64 of the module's docstring, of logarithms of probabilities (N, K), after so many iterations.

    Its rows sum to 1/N, and its columns, as the iterations go on, to 1/K.
    """
    power = (sharpness * (log_p - log_p.amax(-1, keepdim=True)).double()).exp()  # c has the factor back
    (n, k), least = power.shape, torch.finfo(power.dtype).tiny
    c = power.new_full((n,), 1 / n)
    for _ in range(iterations):
        r = 1 / k / (c @ power).clamp(min=least)
        c = 1 / n / (power @ r).clamp(min=least)
    return c[:, None] * power * r
