"""EATA: entropy of sure predictions that are not yet known, near the network as it was trained.

    L = mean over kept i of w_i H(p_i) + fisher_weight * sum_j F_j (a_j - a_j^0)^2,    w_i = exp(E0 - H(p_i))
    kept:  H(p_i) < E0 = margin * log K,  and  |cos(p_i, m)| < distance

p = softmax(z), and m is the running mean of kept probabilities, 0.9 of the old and 0.1 of the batch's; before any is
kept all are far. The weight is not differentiated. a are scales and shifts of BatchNorm, a^0 those of training, and F
the mean square of the gradients of batches of training inputs, with predictions in place of labels. A seed of which
nothing is kept takes no step. With fisher_weight = 0 it is the authors' ETA.

Niu, Wu, Zhang, Chen, Zheng, Zhao and Tan, "Efficient Test-Time Model Adaptation without Forgetting", ICML 2022,
arXiv:2204.02610; repository mr-eggplant/EATA, eata.py. There SGD takes the steps; here it is Adam as in Tent, so that
the two differ in the objective alone. F and its weight are from memory, unconfirmed.
"""

from math import log
from typing import Annotated, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy

from runner.contracts.adaptation import Adaptable
from runner.parts.adaptations._descending import Descending, mean_of_kept
from runner.parts.adaptations._entropy import entropies

REMEMBERED = 0.9  # of the mean of probabilities


class Kept(NamedTuple):
    """Attributes: objective (S,); kept (S, B) bool; mean (S, K) of probabilities afterwards; any (S,) is one kept?"""

    objective: Tensor
    kept: Tensor
    mean: Tensor
    any: Tensor


def of_kept(logits: Tensor, mean: Tensor, margin: float, distance: float) -> Kept:
    """EATA's objective without its penalty.

    Args:
        logits: (S, B, K).
        mean: (S, K) the running mean of probabilities, all nan before anything was kept.
        margin: E0 in nats.
        distance: see above.
    """
    entropy, p = entropies(logits), logits.detach().softmax(2)
    begun = ~mean.isnan().any(1, keepdim=True)
    near = cosine_similarity(mean[:, None], p, dim=2).abs() >= distance  # nothing is near what is nan
    kept = (entropy.detach() < margin) & ~near
    objective, some = mean_of_kept(entropy * (margin - entropy.detach()).exp(), kept)
    own = p.where(kept[..., None], 0.0).sum(1) / kept.sum(1, keepdim=True).clamp(min=1)
    mixed = (REMEMBERED * mean + (1 - REMEMBERED) * own).where(begun, own)
    return Kept(objective, kept, mixed.where(some[:, None], mean), some)


class EATA(Descending):
    """See above.

    Args:
        num_classes: K, given by the runner.
        batch_size: B.
        lr: of Adam.
        continual: see Adaptation.
        margin: of the largest entropy, log K, below which a prediction is sure; the paper's is 0.4.
        distance: the cosine from which a prediction is as those before; the repository's is 0.05 for ImageNet and 0.4
            for CIFAR-10.
        fisher_weight: of the penalty; 2000 for ImageNet, 1 for CIFAR-10 (from memory, unconfirmed).
        fisher_examples: training inputs that F is taken from, at most; the paper's is 2000.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        batch_size: Annotated[int, "[2, 1000000]"],
        lr: Annotated[float, "(0, inf)"],
        continual: bool,
        margin: Annotated[float, "(0, 1]"],
        distance: Annotated[float, "(0, 1]"],
        fisher_weight: Annotated[float, "[0, inf)"],
        fisher_examples: Annotated[int, "[2, 1000000]"],
    ):
        super().__init__(batch_size, lr, continual)
        self.num_classes = num_classes
        self.margin = margin * log(num_classes)
        self.distance = distance
        self.fisher_weight = fisher_weight
        self.fisher_examples = fisher_examples

    def prepare(self, network: Adaptable) -> None:
        """Take F, and note where the networks are."""
        self.trained = [a.detach().clone() for a in network.affine]
        squares = [torch.zeros_like(a) for a in self.trained]
        batches = 0
        for x, _ in network.familiar(self.fisher_examples, self.batch_size):
            with torch.enable_grad():
                logits = network.predict(x)
                said = cross_entropy(logits.mT, logits.detach().argmax(2), reduction="none").mean(1)
                slopes = network.slopes(said, network.affine)
            batches += 1
            squares = [f + slope.square() for f, slope in zip(squares, slopes, strict=True)]
        self.fisher = [f / batches for f in squares]

    def begin(self, network: Adaptable) -> None:
        super().begin(network)
        self.mean = network.affine[0].new_full((network.axis.size, self.num_classes), torch.nan)

    def objective(self, network: Adaptable, x: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        found = of_kept(logits, self.mean, self.margin, self.distance)
        self.mean = found.mean
        return found.objective + self.fisher_weight * self._moved(network), found.any

    def _moved(self, network: Adaptable) -> Tensor:
        """(S,) the penalty."""
        of, size = network.axis.of, network.axis.size
        places = zip(self.fisher, network.affine, self.trained, strict=True)
        return torch.stack([of(f * (a - a0).square()).reshape(size, -1).sum(1) for f, a, a0 in places]).sum(0)
