"""What is measured of a stack after an epoch, and on which examples."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, starmap
from typing import Any

import torch
from torch import Tensor

from runner.contracts.calibrator import Calibrator
from runner.contracts.measures import Examples, Inside, Measures
from runner.data.inputs import Inputs
from runner.data.protocol import Labelled
from runner.data.streams import generator
from runner.stack.flips import Predict, with_flips
from runner.stack.stack import Stack
from runner.tasks.metric import Metric
from runner.training.adapted import Streams, in_batches, predicted
from runner.training.looking_on import show_test

Outcomes = Callable[[Tensor, Tensor], Any]  # Measures.outcomes


@dataclass(frozen=True)
class Test:
    """The test examples.

    Attributes:
        inputs: (M, ...).
        targets: (M, ...).
        domain: (M,) the environment of each, or None where there is one.
    """

    inputs: Inputs
    targets: Tensor
    domain: Tensor | None


@dataclass(frozen=True)
class Evaluator:
    """Called with a stack, gives {split/metric: (S,)}: test/*, val/* if there is a validation set, train/*, and if
    there is a calibrator calibrated/*, of test examples; and adapted/* if networks adapt to these.

    Raises ValueError for a metric that is not declared.

    Attributes:
        inputs: that training and validation examples are among.
        watched: the training examples that the train/ metrics look at.
        validation: held-out examples, perhaps none.
        domain: (N,) the environment of each of the examples that `inputs` has, or None where there is one.
        test: the test examples.
        measures: the metrics.
        calibrator: of predictions.
        streams: that networks adapt to, if they do.
        declared: what they may be.
        chunk: examples of a seed at a time: the predictions of a whole test set never exist at once.
        flips: are predictions means of those of an image and of its mirror image?
    """

    inputs: Inputs
    watched: Labelled
    validation: Labelled
    domain: Tensor | None
    test: Test
    measures: Measures
    calibrator: Calibrator
    streams: Streams | None
    declared: Mapping[str, Metric]
    chunk: int
    flips: bool

    def __call__(self, stack: Stack) -> dict[str, Tensor]:
        found = dict(self._measured(stack))
        for name in found:
            if name not in self.declared:
                raise ValueError(f"{name} is measured, and its task in runner/tasks/ does not declare it")
        return found

    def between(self, stack: Stack) -> dict[str, Tensor]:
        """What costs little: the online probe alone, of validation and test examples."""
        held_out, tested = self._held_out(stack), Examples(*self._tested(stack))
        found = dict(self._online(stack, "val", held_out)) if held_out else {}
        return found | dict(self._online(stack, "test", tested))

    def final_diagnostics(self, stack: Stack) -> dict[str, Tensor]:
        """What the single numbers hide, each (S, ...): see Measures.diagnostics; and "calibrator_at_bound" (S,), of the
        last fit, see Calibrator."""
        stack.eval()
        with torch.no_grad():
            tested, targets = self._tested(stack)
            seen = self._seen(stack, self.inputs, self.watched.place, self.watched.given)
            found = self.measures.diagnostics(tested, targets, seen, self.watched.given, self.watched.true)
            if self.calibrator.fitted_on != "nothing":
                found |= self.calibrator.diagnostics(self.measures, *self._calibrated(stack))
        at_bound = self.calibrator.at_bound
        return found if at_bound is None else found | {"calibrator_at_bound": at_bound}

    def _measured(self, stack: Stack) -> Iterator[tuple[str, Tensor]]:
        watched, measures = self.watched, self.measures
        seen = self._seen(stack, self.inputs, watched.place, watched.given)
        held_out = self._held_out(stack)
        measures.fit(Examples(seen, watched.given), held_out)
        yield from _named("train", measures.label_noise(seen, watched.given, watched.true))
        yield from self._inside(stack, "train", self.inputs, watched.place, seen, watched.given)
        if held_out:
            yield from _named("val", measures.quality(*held_out))
            yield from self._online(stack, "val", held_out)
            if self.domain is not None:
                place = self.validation.place
                yield from _named("val", measures.environments(*held_out, self.domain[place]))
                yield from self._along(stack, "val", self.inputs, place, held_out.targets, self.domain[place])
        seen, targets = self._tested(stack)
        show_test(measures, seen, targets)
        yield from _named("test", measures.quality(seen, targets))
        yield from self._online(stack, "test", Examples(seen, targets))
        yield from _named("test", measures.groups(seen, targets))
        if self.test.domain is not None:
            everywhere = self.test.domain.expand(stack.size, -1)
            yield from _named("test", measures.environments(seen, targets, everywhere))
            yield from self._along(stack, "test", self.test.inputs, self._everywhere(stack), targets, everywhere)
        yield from self._inside(stack, "test", self.test.inputs, self._everywhere(stack), seen, targets)
        if self.calibrator.fitted_on != "nothing":
            yield from _named("calibrated", self.calibrator.quality(measures, *self._calibrated(stack)))
        if self.streams is not None:
            yield from _named("adapted", self._adapted(stack, self.streams))

    def _online(self, stack: Stack, split: str, examples: Examples) -> Iterator[tuple[str, Tensor]]:
        """Metrics of the online probe, where one learns along."""
        head = stack.online()
        if head.shape[1]:
            yield from _named(split, self.measures.online(head, *examples))

    def _held_out(self, stack: Stack) -> Examples | None:
        """The validation examples, if there are any."""
        place, given = self.validation.place, self.validation.given
        return Examples(self._seen(stack, self.inputs, place, given), given) if place.shape[1] else None

    def _calibrated(self, stack: Stack) -> tuple[Any, Tensor]:
        """Outcomes and targets of the test examples after the calibrator, which is fitted to the stack as it stands."""
        calibrator, validation = self.calibrator, self.validation
        if calibrator.fitted_on == "validation":
            predictions = torch.cat([*self._predictions(stack, self.inputs, validation.place)], dim=1)
            calibrator.fit(predictions, validation.given)
        return self._tested(stack, partial(calibrator.outcomes, self.measures))

    def _adapted(self, stack: Stack, streams: Streams) -> dict[str, Tensor]:
        """Metrics of the test examples as streams; where there is one, that of environments too."""
        order, start, test, seen = streams.order, 0, self.test, []
        for logits in predicted(stack, streams, test.inputs, self._familiar):
            end = start + logits.shape[1]
            seen.append(self.measures.outcomes(logits, test.targets[order[:, start:end]]))
            start = end
        targets, whole = test.targets[order], joined(iter(seen), order.shape[1])
        found = self.measures.quality(whole, targets)
        if test.domain is not None:
            found |= self.measures.environments(whole, targets, test.domain[order])
        return found

    def _familiar(self, count: int, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """See Adaptable.familiar."""
        places, labels = (in_batches(of[:, :count], size) for of in (self.watched.place, self.watched.given))
        for x, given in zip(self.inputs.batches(places), labels, strict=True):
            yield self.inputs.normalised(x), given

    def _inside(
        self, stack: Stack, split: str, inputs: Inputs, place: Tensor, seen: Any, targets: Tensor
    ) -> Iterator[tuple[str, Tensor]]:
        """Metrics of the features of the examples x[place], if any are asked for, whose outcomes are `seen`."""
        if split in self.measures.looks_inside:
            features = torch.cat([*self._each(stack.features, inputs, place)], dim=1)
            found = self.measures.inside(split, Inside(features, stack.last_weight()), seen, targets)
            yield from _named(split, found)

    def _along(
        self, stack: Stack, split: str, inputs: Inputs, place: Tensor, targets: Tensor, domain: Tensor
    ) -> Iterator[tuple[str, Tensor]]:
        """Metrics of all networks that one may choose from, of the examples x[place], if any are asked for."""
        if self.measures.looks_along:
            chunks = zip(
                self._each(self._flipped(stack.front), inputs, place), targets.split(self.chunk, 1), strict=True
            )
            seen = joined(starmap(self._of_each, chunks), targets.shape[1])
            points = len(seen[0]) // stack.size
            targets, domain = (part.repeat_interleave(points, 0) for part in (targets, domain))
            yield from _named(split, self.measures.front(seen, targets, domain, points))

    def _of_each(self, predictions: Tensor, targets: Tensor) -> Any:
        """Outcomes (S P, M) of predictions (S, P, M, H) for targets (S, M, ...)."""
        points = predictions.shape[1]
        return self.measures.outcomes(predictions.flatten(0, 1), targets.repeat_interleave(points, 0))

    def _tested(self, stack: Stack, outcomes: Outcomes | None = None) -> tuple[Any, Tensor]:
        """Outcomes, of `measures` unless others are asked for, and targets of the test examples, each (S, M, ...)."""
        targets = self.test.targets.expand(stack.size, *self.test.targets.shape)
        return self._seen(stack, self.test.inputs, self._everywhere(stack), targets, outcomes), targets

    def _everywhere(self, stack: Stack) -> Tensor:
        """The places (S, M) of the test examples."""
        targets = self.test.targets
        return torch.arange(len(targets), device=targets.device).expand(stack.size, -1)

    def _seen(
        self, stack: Stack, inputs: Inputs, place: Tensor, targets: Tensor, outcomes: Outcomes | None = None
    ) -> Any:
        """Outcomes for targets (S, M, ...) of the examples x[place], place (S, M)."""
        predictions = self._predictions(stack, inputs, place)
        chunks = zip(predictions, targets.split(self.chunk, dim=1), strict=True)
        return joined(starmap(outcomes or self.measures.outcomes, chunks), targets.shape[1])

    def _predictions(self, stack: Stack, inputs: Inputs, place: Tensor) -> Iterator[Tensor]:
        """What outcomes are of."""
        if self.measures.of_features:
            return self._each(stack.features, inputs, place)
        return self._each(self._flipped(stack.predict), inputs, place)

    def _flipped(self, predict: Predict) -> Predict:
        return with_flips(predict) if self.flips else predict

    def _each(self, look: Callable[..., Tensor], inputs: Inputs, place: Tensor) -> Iterator[Tensor]:
        """Predictions or features (S, chunk, H) of the examples x[place], place (S, M), a chunk after the other."""
        shared = bool((place == place[0]).all())
        for x in inputs.batches((place[0] if shared else place).split(self.chunk, dim=-1)):
            yield look(inputs.normalised(x), shared=shared and inputs.mask is None)


def joined(parts: Iterator[Any], count: int) -> Any:
    """The outcomes of several chunks of examples as one, of `count` = M examples.

    Each is copied to its place at once: small tensors that stay, among large ones that go, fill memory with holes.
    """
    first, start = next(parts), 0
    if first[0].shape[1] == count:
        return first
    whole = type(first)(*(column.new_empty(len(column), count, *column.shape[2:]) for column in first))
    for part in chain([first], parts):
        end = start + part[0].shape[1]
        for column, piece in zip(whole, part, strict=True):
            column[:, start:end] = piece
        start = end
    return whole


def _named(part: str, metrics: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    return ((f"{part}/{name}", values) for name, values in metrics.items())


def some(examples: Labelled, count: int | None) -> Labelled:
    """At most `count` of each seed's examples, the same places of the training set for every seed; None for all."""
    n = examples.place.shape[1]
    chosen = torch.randperm(n, generator=generator("eval_train"))[:count].to(examples.place.device)
    return Labelled(*(part[:, chosen] for part in examples))
