"""DEPICT (Dizaji et al., "Deep Clustering via Joint Convolutional Autoencoder Embedding and Relative Entropy
Minimization", ICCV 2017, arXiv:1704.06327; released code herandy/DEPICT): a denoising autoencoder whose code falls into
clusters, of which none may have all examples.

    L_i = weight sum_k q_ik loss(logits of the corrupted input, k) + |x - x'|^2 / D
          + of_hidden sum_l |z_l - z_l'|^2 / D_l
    p_i = softmax(theta z_i + b), z_i the code of the clean input,   f_k = sum_i p_ik
    q_ik ~ p_ik / sqrt(f_k)    target=paper        q_ik ~ p_ik^2 / f_k    target=code, that of DEC

The two targets disagree: the released code squares p, and has the paper's line commented out. Where all f_k are equal,
the paper's q is p. x' and z_l' are what a decoder, one layer for each of the network's with numbers, makes of the
corrupted code, z_l what these layers give for the clean input, the code left out; the gradient goes through both, as
released. Corrupted is with dropout of the input and of each layer but the code. The paper divides by |z_l|, the code,
as here, by the number of its numbers.

First the autoencoder alone is trained. Then theta begins at k-means of its code, of length 1, and b at 0; for some
epochs q is the cluster that k-means found; after these it is made before each epoch from p as training last saw it. The
released code keeps p of each batch likewise, after the batch's step and not before it. It has k-means for some data
sets and agglomerative clustering for others, Adam at 0.0001 and up to 4000 epochs, and stops the first parts by
validation. The decoder's layers are dense, and activated by a leaky ReLU but for the last; the code's are
convolutions, its last is tanh.

It sees no targets, and the head of the network is never trained.

Args:
    clusters: K, at least 2; in the paper as many as there are classes.
    target: "paper" or "code".
    weight: of the clusters, at least 0; 1 in the code. 0: a denoising autoencoder.
    of_hidden: weight of the layers between input and code, at least 0; 0.1 in the code.
    dropout: in [0, 1); 0.1 in the code.
    warm_up: share of the epochs in which the autoencoder alone is trained, in (0, 1); ours.
    hold: epochs for which q stays as k-means found it, at least 1; ours.
    features: that are evaluated: "code", or "clusters": 1 for the cluster of an example and 0 for the others, for
        which measure=[clusters] measures the method's own clusters, and not those of k-means.

>>> from torch import tensor
>>> p = tensor([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])    # f is 2.1 and 0.9; 0.9 / 2.1^0.5 = 0.62, 0.1 / 0.9^0.5 = 0.11
>>> targets(p, "paper")[0], targets(p, "code")[0]    # 0.9^2 / 2.1 = 0.386, 0.1^2 / 0.9 = 0.011
(tensor([0.8549, 0.1451]), tensor([0.9720, 0.0280]))
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.kmeans import kmeans
from runner.parts.methods.soft import expected
from runner.parts.models import shapes

STARTS = 10  # of k-means
Target = Literal["paper", "code"]


class Depict(Method):
    """network, loss, regularizer: as in ERM; num_train: N; input_shape: of one example; epochs: given by the runner.

    Attributes:
        codes: (N, D), p: (N, K) of the clean inputs, as training last saw them.
        q: (N, K) the targets.
        start: (K, D) theta is this and what is trained.
        drawn: where k-means begins.
    """

    fits = ("representation",)
    unprobed = ("clusters",)

    network: Any
    codes: Tensor
    p: Tensor
    q: Tensor
    start: Tensor
    drawn: Tensor

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        input_shape: tuple[int, ...],
        epochs: int,
        *,
        clusters: Annotated[int, "[2, 100000]"],
        target: Target,
        weight: Annotated[float, "[0, inf)"],
        of_hidden: Annotated[float, "[0, inf)"],
        dropout: Annotated[float, "[0, 1)"],
        warm_up: Annotated[float, "(0, 1)"],
        hold: Annotated[int, "[1, inf)"],
        features: Literal["code", "clusters"],
    ):
        super().__init__()
        self.network, self.loss, self.regularizer = network, loss, regularizer
        self.target, self.weight, self.of_hidden, self.dropout, self.hold = target, weight, of_hidden, dropout, hold
        self.reads_clusters = features == "clusters"
        self.starts, self.clustering = (0, _first(epochs, warm_up)), False
        inside = [math.prod(shape) for shape in shapes(network.body, input_shape)]
        at = [i for i, part in enumerate(network.body) if any(True for _ in part.parameters())]
        sizes = [math.prod(input_shape), *(inside[i] for i in at[:-1])]
        self.below = set(at[:-1])
        self.decoder = nn.ModuleList(nn.Linear(out, into) for into, out in pairwise([*sizes, inside[-1]]))
        self.draws = {"depict_kept": lambda g, b: torch.rand(b, sum(sizes), generator=g)}
        self.shift = nn.Linear(inside[-1], clusters)
        for number in self.shift.parameters():
            nn.init.zeros_(number)
        numbers = {"codes": (num_train, inside[-1]), "p": (num_train, clusters), "q": (num_train, clusters)}
        for name, shape in {**numbers, "start": (clusters, inside[-1])}.items():
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("drawn", torch.rand(STARTS, clusters))  # by the seed's own stream

    def enter(self, phase: int) -> None:
        self.clustering = phase == 1

    def begin(self, epoch: int, epochs: int) -> None:
        if self.clustering and epoch == 1:
            means, found = kmeans(self.codes, self.drawn)
            self.start.copy_(F.normalize(means, dim=1))
            self.q.copy_(F.one_hot(found, len(means)))
        if self.clustering and epoch > self.hold:
            self.q.copy_(targets(self.p, self.target))

    def forward(self, batch: Batch) -> Tensor:
        clean, corrupted = self._layers(batch.x), self._layers(batch.x, batch.draws["depict_kept"])
        z = corrupted[-1]
        self.codes[batch.index] = clean[-1].detach().to(self.codes.dtype)
        losses = self._apart(clean, z)
        if self.clustering:
            self.p[batch.index] = self._logits(clean[-1]).detach().softmax(-1).to(self.p.dtype)
            fit = expected(self.loss, self._logits(z), self.q[batch.index], batch)
            losses = losses + self.weight * fit
        return self.regularizer(losses, z, self.network.head(z), batch)

    def predict(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(x)
        return logits

    def represent(self, x: Tensor) -> Tensor:
        code: Tensor = self.network.features(x)
        if not self.reads_clusters:
            return code
        return F.one_hot(self._logits(code).argmax(-1), len(self.start)).to(code.dtype)

    def _logits(self, code: Tensor) -> Tensor:
        """Of the clusters, (B, K)."""
        return F.linear(code, self.start) + self.shift(code)

    def _layers(self, x: Tensor, drawn: Tensor | None = None) -> list[Tensor]:
        """The input, what each layer gives that is decoded, and the code, each (B, D_l): corrupted where drawn (B, sum
        of D_l) is below the rate of dropout."""
        parts, first = [], 0
        for i in range(-1, len(self.network.body)):
            x = x if i < 0 else self.network.body[i](x)
            if i >= 0 and i not in self.below:
                continue
            if drawn is not None:
                size = math.prod(x.shape[1:])
                kept = drawn[:, first : first + size] >= self.dropout
                x = x * kept.view(x.shape) / (1 - self.dropout)
                first += size
            parts.append(x.flatten(1))
        return [*parts, x.flatten(1)]

    def _apart(self, clean: Sequence[Tensor], code: Tensor) -> Tensor:
        """(B,) how far the decoder is from the clean layers."""
        losses, made = code.new_zeros(len(code)), code
        for level in reversed(range(len(self.decoder))):
            made = self.decoder[level](made)
            made = F.leaky_relu(made) if level else made
            losses = losses + (self.of_hidden if level else 1) * (made - clean[level]).square().mean(1)
        return losses


def _first(epochs: int, share: float) -> int:
    """How many of the epochs the autoencoder alone has. Raises ValueError where none is left."""
    if epochs < 2:
        raise ValueError(f"{epochs} epoch is for the autoencoder, and none is left for clusters; epochs must be more")
    return min(max(round(share * epochs), 1), epochs - 1)


def targets(p: Tensor, form: Target) -> Tensor:
    """q (N, K) of p (N, K): see the module's docstring."""
    sizes = p.sum(0).clamp(min=torch.finfo(p.dtype).tiny)
    q = p / sizes.sqrt() if form == "paper" else p.square() / sizes
    return q / q.sum(1, keepdim=True)
