"""What is measured of a stack after an epoch, and on which examples."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from runner.data.inputs import Inputs
from runner.data.protocol import Labelled
from runner.data.streams import generator
from runner.tasks.metric import DECLARED
from runner.training.metrics import (
    Outcomes,
    accuracy_among,
    joined,
    loss_histogram,
    memory,
    outcomes,
    quality,
    recalls,
    reliability,
)
from runner.training.stack import Stack


@dataclass(frozen=True)
class Test:
    """The test examples.

    Attributes:
        inputs: (M, ...).
        labels: (M,).
        domain: (M,) the environment of each, or None where there is one.
        shots: {name: (K,) which classes are in it}, groups of classes whose accuracy is of interest.
    """

    inputs: Inputs
    labels: Tensor
    domain: Tensor | None
    shots: dict[str, Tensor]

    def to(self, device: torch.device) -> "Test":
        domain = None if self.domain is None else self.domain.to(device)
        shots = {name: members.to(device) for name, members in self.shots.items()}
        return Test(self.inputs, self.labels.to(device), domain, shots)


@dataclass(frozen=True)
class Evaluator:
    """Called with a stack, gives {split/metric: (S,)}: test/*, val/* if there is a validation set, and train/*.

    Raises ValueError for a metric that runner/tasks/metric.py does not declare.

    Attributes:
        inputs: that training and validation examples are among.
        watched: the training examples that the train/ metrics look at.
        validation: held-out examples, perhaps none.
        test: the test examples.
        num_classes: K.
        chunk: examples of a seed at a time: the logits of a whole test set never exist at once.
    """

    inputs: Inputs
    watched: Labelled
    validation: Labelled
    test: Test
    num_classes: int
    chunk: int

    def __call__(self, stack: Stack) -> dict[str, Tensor]:
        found = dict(self._measured(stack))
        for name in found:
            if name not in DECLARED:
                raise ValueError(f"{name} is measured, and runner/tasks/metric.py does not declare it")
        return found

    def portrait(self, stack: Stack) -> dict[str, Tensor]:
        """What the single numbers hide, each (S, ...).

        "recall": (S, K) of each class on the test set, nan where it does not occur. "reliability": (S, 15, 3), of each
        bin of confidence the number of test examples, their mean confidence and their accuracy. "clean_losses" and
        "flipped_losses": (S, 40) how many training examples with a right and with a wrong label have a NLL of
        the given label in each bin of LOSS_EDGES.
        """
        stack.eval()
        with torch.no_grad():
            everywhere = torch.arange(len(self.test.labels), device=self.test.labels.device).expand(stack.size, -1)
            labels = self.test.labels.expand(stack.size, -1)
            tested = self._seen(stack, self.test.inputs, everywhere, labels)
            seen = self._seen(stack, self.inputs, self.watched.place, self.watched.given)
        flipped = self.watched.given != self.watched.true
        return {
            "recall": recalls(tested, labels, self.num_classes),
            "reliability": reliability(tested, labels),
            "clean_losses": loss_histogram(seen, ~flipped),
            "flipped_losses": loss_histogram(seen, flipped),
        }

    def _measured(self, stack: Stack) -> Iterator[tuple[str, Tensor]]:
        watched, validation, test = self.watched, self.validation, self.test
        seen = self._seen(stack, self.inputs, watched.place, watched.given)
        yield from _named("train", memory(seen, watched.given, watched.true))
        if validation.place.shape[1]:
            seen = self._seen(stack, self.inputs, validation.place, validation.given)
            yield from _named("val", quality(seen, validation.given, self.num_classes))
        everywhere = torch.arange(len(test.labels), device=test.labels.device).expand(stack.size, -1)
        labels = test.labels.expand(stack.size, -1)
        seen = self._seen(stack, test.inputs, everywhere, labels)
        yield from _named("test", quality(seen, labels, self.num_classes))
        yield from _named("test", {name: accuracy_among(seen, labels, members) for name, members in test.shots.items()})
        if test.domain is not None:
            yield "test/worst_domain_accuracy", seen.known(_worst_domain(seen.predicted == labels, test.domain))

    def _seen(self, stack: Stack, inputs: Inputs, place: Tensor, labels: Tensor) -> Outcomes:
        """Outcomes (S, M) for labels (S, M) of the examples x[place], place (S, M)."""
        shared = bool((place == place[0]).all())
        chunks = (place[0] if shared else place).split(self.chunk, dim=-1)
        parts = (
            outcomes(stack.predict(inputs.normalised(x), shared=shared), y)
            for x, y in zip(inputs.batches(chunks), labels.split(self.chunk, dim=1), strict=True)
        )
        return joined(parts, labels.shape[1])


def _worst_domain(right: Tensor, domain: Tensor) -> Tensor:
    """(S,) the lowest accuracy among environments, from right (S, M) and domain (M,)."""
    return torch.stack([right[:, domain == d].double().mean(1) for d in domain.unique()]).amin(0)


def _named(part: str, metrics: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    return ((f"{part}/{name}", values) for name, values in metrics.items())


def shots(class_sizes: Tensor, few: int, many: int) -> dict[str, Tensor]:
    """{name: (K,) bool}: classes with more than `many`, `few` to `many`, and fewer than `few` training examples.

    Groups without a class are left out. Source: Liu et al., "Large-Scale Long-Tailed Recognition in an Open World",
    CVPR 2019, which has 100 and 20.

    >>> shots(torch.tensor([200, 50, 100]), 20, 100)
    {'many_shot_accuracy': tensor([ True, False, False]), 'medium_shot_accuracy': tensor([False,  True,  True])}
    """
    groups = {
        "many_shot_accuracy": class_sizes > many,
        "medium_shot_accuracy": (class_sizes >= few) & (class_sizes <= many),
        "few_shot_accuracy": class_sizes < few,
    }
    return {name: members for name, members in groups.items() if members.any()}


def some(examples: Labelled, count: int | None) -> Labelled:
    """At most `count` of each seed's examples, the same places of the training set for every seed; None for all."""
    n = examples.place.shape[1]
    chosen = torch.randperm(n, generator=generator("eval_train"))[:count].to(examples.place.device)
    return Labelled(*(part[:, chosen] for part in examples))
