"""RMT, robust mean teacher: all weights move towards a slow teacher, and stay near the training examples.

    L = T(z, t) + contrast_weight * C + source_weight * CE(network(x_s), y_s)
    T(z, t) = mean over i of (SCE(z_i, t_i) + SCE(z'_i, t_i)) / 2,    SCE(a, b) = (CE(p_a, p_b) + CE(p_b, p_a)) / 2
    C = the supervised contrastive loss of (m_i, h_i, h'_i), three of one class for each i
    prediction: z + t,    then one step of Adam,    then teacher <- momentum * teacher + (1 - momentum) * network

z and h are logits and features of a test input, z' and h' of another view of it, t the teacher's logits, p = softmax,
CE(a, b) = -sum_k a_k log b_k, m_i the mean feature of the class of training examples that h_i is nearest to by its
cosine, (x_s, y_s) training examples. Before the first stream network and teacher are warmed up: SCE(z, t) of training
inputs alone, at a learning rate that rises in equal steps to `lr`.

Döbler, Marsden and Yang, "Robust Mean Teacher for Continual and Gradual Test-Time Adaptation", CVPR 2023,
arXiv:2211.13081; repository mariodoebler/test-time-adaptation, methods/rmt.py. What is other here:

- There is no projector: features are contrasted as they are, as the repository has it for DomainNet-126 alone. Of its
  modes of contrast this is "all", its default; "one" projects no anchors, which fits what is not projected.
- Another view is the input moved along its last axis, with noise. The repository changes colours, turns, scales, blurs
  and flips, too.
- Training examples come again and again in one order, with the labels that training was given. Those are at most
  source_examples, and eval_train of the run; the repository's means are of up to 100,000, and it draws others anew.
- Adam begins anew with each stream, and does not go on from the warm-up. Dropout drops nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, one_hot
from torch.nn.functional import cross_entropy as of_labels

from losses.embeddings.supcon import SupCon
from runner.contracts.adaptation import Adaptable
from runner.data.streams import generator
from runner.parts.adaptations._descending import Descending
from runner.parts.adaptations._views import viewed
from runner.parts.methods.soft import cross_entropy


def symmetric(one: Tensor, other: Tensor) -> Tensor:
    """(S, B) SCE of logits (S, B, K)."""
    return (cross_entropy(other, one.softmax(-1)) + cross_entropy(one, other.softmax(-1))) / 2


def contrast(alike: Sequence[Tensor], temperature: float) -> Tensor:
    """(S,) C of features (S, B, D) of which those of one place in a batch are of one class, and no others."""
    features = torch.cat([*alike], 1)
    classes = torch.arange(alike[0].shape[1], device=features.device).repeat(len(alike))
    return torch.vmap(SupCon(temperature=temperature), (0, None, None))(features, classes, classes)


def class_means(features: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """(S, K, D) the mean of features (S, N, D) of each class, by labels (S, N); nan of a class without examples."""
    belongs = one_hot(labels, num_classes).to(features)
    return belongs.mT @ features / belongs.sum(1)[..., None]


def nearest(features: Tensor, means: Tensor) -> Tensor:
    """(S, B, D) of means (S, K, D) the one with the largest cosine to each of the features (S, B, D)."""
    alike = cosine_similarity(features[:, :, None], means[:, None], dim=3)
    chosen = alike.where(~alike.isnan(), -torch.inf).argmax(2)
    return means.gather(1, chosen[..., None].expand_as(features))


class RMT(Descending):
    """See above.

    Args:
        num_classes, seeds: K, and what the streams of views are keyed by; given by the runner.
        batch_size: of test examples, and of the training examples that each step sees.
        lr: of Adam.
        continual: see Adaptation.
        momentum: of the teacher; the repository's is 0.999.
        temperature: of the contrastive loss; the repository's is 0.1.
        contrast_weight, source_weight: the repository's are 1.
        source_examples: training examples that are replayed, and that the means are of, at most.
        warmup_examples: that the warm-up sees, each perhaps several times; the repository's are 50000.
        shift, noise: of another view, in places and in deviations of the inputs.
    """

    needs_batch_norm = False

    def __init__(
        self,
        num_classes: int,
        seeds: Sequence[int],
        *,
        batch_size: Annotated[int, "[2, 1000000]"],
        lr: Annotated[float, "(0, inf)"],
        continual: bool,
        momentum: Annotated[float, "[0, 1]"],
        temperature: Annotated[float, "(0, inf)"],
        contrast_weight: Annotated[float, "[0, inf)"],
        source_weight: Annotated[float, "[0, inf)"],
        source_examples: Annotated[int, "[2, 1000000]"],
        warmup_examples: Annotated[int, "[0, inf)"],
        shift: Annotated[int, "[0, 1000]"],
        noise: Annotated[float, "[0, inf)"],
    ):
        super().__init__(batch_size, lr, continual)
        self.num_classes = num_classes
        self.seeds = seeds
        self.momentum = momentum
        self.temperature = temperature
        self.contrast_weight = contrast_weight
        self.source_weight = source_weight
        self.source_examples = source_examples
        self.warmup_steps = warmup_examples // batch_size
        self.shift = shift
        self.noise = noise

    def moving(self, network: Adaptable) -> Sequence[Tensor]:
        return network.weights

    def prepare(self, network: Adaptable) -> None:
        """Take the means of classes, and note where network and teacher are after the warm-up."""
        self.teacher = network.another()
        seen = [(network.features(x), labels) for x, labels in network.familiar(self.source_examples, self.batch_size)]
        features, labels = (torch.cat(parts, 1) for parts in zip(*seen, strict=True))
        self.means = class_means(features, labels, self.num_classes)
        super().begin(network)
        source = self._replayed(network)
        for step in range(1, self.warmup_steps + 1):
            self.steps.lr = self.lr * step / self.warmup_steps
            self._warm_up(network, next(source)[0])
        self.warm = [w.detach().clone() for w in (*network.weights, *self.teacher.weights)]

    def begin(self, network: Adaptable) -> None:
        super().begin(network)
        become([*network.weights, *self.teacher.weights], self.warm)
        self.source = self._replayed(network)
        self.streams = [generator("view", seed) for seed in self.seeds]

    def adapt(self, network: Adaptable, x: Tensor) -> Tensor:
        logits = super().adapt(network, x)
        follow(self.teacher.weights, network.weights, self.momentum)
        return logits + self.taught

    def objective(self, network: Adaptable, x: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        self.taught = self._taught(x)
        other = viewed(x, self.shift, self.noise, self.streams)
        taught = (symmetric(logits, self.taught) + symmetric(network.predict(other), self.taught)).mean(1) / 2
        features = network.features(x)
        alike = [nearest(features.detach(), self.means), features, network.features(other)]
        known, labels = next(self.source)
        source = of_labels(network.predict(known).mT, labels, reduction="none").mean(1)
        found = taught + self.contrast_weight * contrast(alike, self.temperature) + self.source_weight * source
        return found, torch.ones_like(found, dtype=torch.bool)

    @torch.no_grad()
    def _taught(self, x: Tensor) -> Tensor:
        """Logits (S, B, K) of the teacher."""
        return self.teacher.predict(x)

    def _warm_up(self, network: Adaptable, x: Tensor) -> None:
        """One step."""
        with torch.enable_grad():
            objective = symmetric(network.predict(x), self._taught(x)).mean(1)
            slopes = network.slopes(objective, network.weights)
        self.steps.take(slopes, torch.ones_like(objective, dtype=torch.bool))
        follow(self.teacher.weights, network.weights, self.momentum)

    def _replayed(self, network: Adaptable) -> Iterator[tuple[Tensor, Tensor]]:
        """Training examples, again and again."""
        while True:
            yield from network.familiar(self.source_examples, self.batch_size)


@torch.no_grad()
def follow(followers: Sequence[Tensor], leaders: Sequence[Tensor], momentum: float) -> None:
    """Each becomes `momentum` of itself and the rest of its leader."""
    for follower, leader in zip(followers, leaders, strict=True):
        follower.copy_(leader.lerp(follower, momentum))


@torch.no_grad()
def become(weights: Sequence[Tensor], others: Sequence[Tensor]) -> None:
    """Whatever they are, these become the others."""
    for weight, other in zip(weights, others, strict=True):
        weight.copy_(other)
