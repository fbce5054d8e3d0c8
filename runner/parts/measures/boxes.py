"""How predictions of boxes are measured."""

from typing import NamedTuple

from torch import Tensor

from losses.boxes._overlap import ordered, overlap
from runner.contracts.measures import Measures
from runner.parts.measures._known import all_known


class Outcomes(NamedTuple):
    """Attributes: box: (S, M, 4) x1, y1, x2, y2, in order."""

    box: Tensor

    @property
    def known(self) -> Tensor:
        """(S,) bool, of each seed whether it has no box that is not finite."""
        return self.box.isfinite().all(2).all(1)


class Boxes(Measures):
    """Intersection over union and distance of centres; see runner/tasks/declared/boxes.py."""

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        return Outcomes(ordered(predictions))

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """mean_iou; the shares of boxes whose IoU is above a half and three quarters; centre_distance, in sides."""
        its = overlap(seen.box.double(), targets.double())
        found = {
            "mean_iou": its.iou.mean(1),
            "iou_above_50": (its.iou > 0.5).double().mean(1),
            "iou_above_75": (its.iou > 0.75).double().mean(1),
            "centre_distance": its.distance.sqrt().mean(1),
        }
        return all_known(found, seen.known)

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """iou_given and iou_true; of boxes that were changed, the share that is predicted nearer to the given one."""
        to_given, to_true = (overlap(seen.box.double(), each.double()) for each in (given, true))
        changed = (given != true).any(2).double()
        found = {"iou_given": to_given.iou.mean(1), "iou_true": to_true.iou.mean(1)}
        if changed.any():
            found["memorised"] = ((to_given.distance < to_true.distance) * changed).sum(1) / changed.sum(1)
        return all_known(found, seen.known)
