"""What is measured of a stack after an epoch, and on which examples."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from runner.loader import Loader
from runner.metrics import Outcomes, joined, memory, outcomes, quality
from runner.protocol import Labelled
from runner.seeds import generator
from runner.stack import Stack

CHUNK = 2048  # examples at a time: the logits of a whole test set never exist at once


@dataclass(frozen=True)
class Evaluator:
    """Called with a stack, gives {split/metric: (S,)}: test/*, val/* if there is a validation set, and train/*.

    Attributes:
        loader: of the training examples; it normalises.
        watched: the training examples that the train/ metrics look at.
        validation: held-out examples, perhaps none.
    """

    loader: Loader
    watched: Labelled
    validation: Labelled

    def __call__(self, stack: Stack) -> dict[str, Tensor]:
        return dict(self._measured(stack))

    def _measured(self, stack: Stack) -> Iterator[tuple[str, Tensor]]:
        split, watched, validation = self.loader.split, self.watched, self.validation
        classes = len(split.classes)
        seen = self._seen(stack, split.x, watched.place, watched.given)
        yield from _named("train", memory(seen, watched.given, watched.true))
        if validation.place.shape[1]:
            seen = self._seen(stack, split.x, validation.place, validation.given)
            yield from _named("val", quality(seen, validation.given, classes))
        everywhere = torch.arange(len(split.test_y), device=split.test_y.device).expand(stack.size, -1)
        labels = split.test_y.expand(stack.size, -1)
        yield from _named("test", quality(self._seen(stack, split.test_x, everywhere, labels), labels, classes))

    def _seen(self, stack: Stack, x: Tensor, place: Tensor, labels: Tensor) -> Outcomes:
        """Outcomes (S, M) for labels (S, M) of the examples x[place], place (S, M)."""
        shared = bool((place == place[0]).all())
        return joined(
            outcomes(stack.predict(self.loader.normalised(x[p[0] if shared else p]), shared=shared), y)
            for p, y in zip(place.split(CHUNK, dim=1), labels.split(CHUNK, dim=1), strict=True)
        )


def _named(part: str, metrics: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    return ((f"{part}/{name}", values) for name, values in metrics.items())


def some(examples: Labelled, count: int | None) -> Labelled:
    """At most `count` of each seed's examples, the same places of the training set for every seed; None for all."""
    n = examples.place.shape[1]
    chosen = torch.randperm(n, generator=generator("eval_train"))[:count].to(examples.place.device)
    return Labelled(*(part[:, chosen] for part in examples))
