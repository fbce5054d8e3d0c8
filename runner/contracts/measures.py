"""How predictions are measured."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the runner gives the constructor of a Measures, which may ask for any of it by name.

    Attributes:
        num_classes: K, or L of labels; 0 of numbers.
        class_sizes: (K,) training examples of each class, where classes were thinned out; else None.
        few_shot, many_shot: sizes below and above which a class is few-shot or many-shot.
        mean, scale: (D,) of the targets in their own unit: those that are measured are of mean 0 and deviation 1. None
            of classes and labels.
        decode: from predictions (..., H) to what they say of targets; see Loss.decode.
        optimum: what is known of the data set, see Split.optimum.
        measure: names of `extras` of the task, what is measured beside the usual metrics.
        bits: of a code; see Method.bits.
    """

    num_classes: int
    class_sizes: Tensor | None
    few_shot: int
    many_shot: int
    mean: Tensor | None
    scale: Tensor | None
    decode: Callable[[Tensor], Any]
    optimum: Mapping[str, float]
    measure: Collection[str]
    bits: float | None


class Inside(NamedTuple):
    """Examples as the last layer of a network sees them.

    Attributes:
        features: (S, M, D).
        weight: (S, K, D) of the last layer, where that is an affine map; else (S, 0, 0).
    """

    features: Tensor
    weight: Tensor


class Examples(NamedTuple):
    """Attributes: seen: outcomes of M examples of each seed; targets: (S, M, ...) theirs."""

    seen: Any
    targets: Tensor


class Measures(ABC):
    """From predictions and targets to a number a metric and seed, of S seeds at once.

    The metrics that it gives are those that its task declares. A metric that does not apply to a seed is nan.

    Attributes:
        of_features: True, on the class, where `outcomes` are of features (S, M, D) in place of predictions. By default
            False.
        looks_inside: the splits, "train" and "test", of whose examples it asks for features. By default none.
        looks_along: does it ask for the predictions of all networks that one may choose from, see Method.front? By
            default False.
    """

    of_features: bool = False
    looks_along: bool = False
    looks_inside: Collection[str] = ()

    @abstractmethod
    def outcomes(self, predictions: Tensor, targets: Tensor) -> Any:
        """Predictions (S, M, H) and targets (S, M, ...) -> a named tuple of tensors (S, M, ...), all that metrics need.

        Called for some examples at a time, so that the predictions of all never exist at once.
        """

    def fit(self, training: Examples, validation: Examples | None) -> None:  # noqa: B027  # optional
        """Called at each evaluation before anything is measured, for what is fitted to a stack as it stands, such as a
        probe. By default nothing.

        Args:
            training: as training sees them.
            validation: likewise; None where none are held out.
        """

    @abstractmethod
    def quality(self, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """Outcomes of M examples and their targets -> {metric: (S,)}, how good predictions are."""

    @abstractmethod
    def label_noise(self, seen: Any, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """Outcomes of training examples for the targets that training sees, these and the true ones -> {metric: (S,)}.

        What the network made of its own training targets, which only a runner that changed them can tell, and of
        training examples where a measure looks at some of their targets alone.
        """

    def online(self, head: Tensor, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """What the online probe makes of M examples -> {metric: (S,)}, where one learns along.

        Args:
            head: (S, D + 1, K), the last row the bias.
            seen: their outcomes.
            targets: theirs.
        """
        return {}

    def groups(self, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """Outcomes of the test examples and their targets -> {metric: (S,)} of parts of them."""
        return {}

    def environments(self, seen: Any, targets: Tensor, domain: Tensor) -> dict[str, Tensor]:
        """Outcomes of examples, their targets and the environment (S, M) of each -> {metric: (S,)}.

        Called for validation and test examples of a data set that has environments there.
        """
        return {}

    def front(self, seen: Any, targets: Tensor, domain: Tensor, points: int) -> dict[str, Tensor]:
        """What P = `points` networks give, of which one may choose -> {metric: (S,)}, where it looks along them.

        Args:
            seen: outcomes of examples as environments has them, (S P, M), those of one seed after the other.
            targets, domain: theirs, (S P, M, ...) and (S P, M).
        """
        return {}

    def inside(self, split: str, inside: Inside, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """Examples of one of the splits that it looks inside of, their outcomes and the targets that these are for ->
        {metric: (S,)}."""
        return {}

    def after_calibration(self, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """As diagnostics, of test examples after a calibrator; its names begin with "calibrated_"."""
        return {}

    def diagnostics(self, tested: Any, targets: Tensor, seen: Any, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """What the single numbers hide, each (S, ...): of test examples and of training examples, at the end."""
        return {}
