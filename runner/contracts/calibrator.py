"""What happens to predictions after training."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from torch import Tensor

from runner.contracts.measures import Measures


class Calibrator(ABC):
    """Changes predictions after training, of S seeds at once; each seed has a fit of its own.

    At each evaluation it is fitted anew, to what the network predicts of validation examples, and the test examples are
    measured once more with what it makes of their predictions: these are the metrics calibrated/*. Its constructor may
    ask for class_counts (S, K) float32, how many training examples of each seed have each given label, for seeds, S
    numbers, and for decode, from predictions (..., H) to what they say of targets: see Loss.decode.

    Attributes:
        fits: the tasks that it is for, ("any",) for all. Read from the source, so it is written out on the class. By
            default those of classes.
        fitted_on: "validation" examples, or what is known of the "training" labels: then `fit` is not called, and no
            validation examples are asked for. With "nothing" no metrics calibrated/* are measured. Written out, too.
        at_bound: (S,) bool, which seeds have no best fit within the calibrator's bounds, so that a bound is taken; None
            where there are no bounds. `fit` sets it.
    """

    fits: ClassVar[tuple[str, ...]] = ("classification", "candidates")
    fitted_on: ClassVar[Literal["validation", "training", "nothing"]] = "validation"
    at_bound: Tensor | None = None

    def fit(self, predictions: Tensor, targets: Tensor) -> None:  # noqa: B027  # optional
        """Predictions (S, V, H) of validation examples and their targets (S, V, ...), as validation has them: noisy
        where val_labels=given. By default nothing.

        A seed that diverged may have predictions that are not finite: it must not raise, and what it makes of them is
        nan.
        """

    @abstractmethod
    def calibrated(self, predictions: Tensor) -> Tensor:
        """Predictions (S, M, H) -> what they become, (S, M, ...)."""

    def outcomes(self, measures: Measures, predictions: Tensor, targets: Tensor) -> Any:
        """As Measures.outcomes, of what predictions (S, M, H) become. By default this is another (S, M, H)."""
        return measures.outcomes(self.calibrated(predictions), targets)

    def quality(self, measures: Measures, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """As Measures.quality. By default all metrics of it; `calibrated` of a task declares what there may be."""
        return measures.quality(seen, targets)

    def diagnostics(self, measures: Measures, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        """As Measures.after_calibration, of the outcomes that this calibrator makes."""
        return measures.after_calibration(seen, targets)
