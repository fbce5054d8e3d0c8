"""One box an example: its ends x1, y1, x2, y2, as shares of a picture's sides."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Task

BOXES = Task(
    name="boxes",
    target="real",
    standardised=False,
    size=4,
    baseline="giou",
    measures="runner.parts.measures.boxes.Boxes",
    quality=(
        share("mean_iou", "higher"),
        share("iou_above_50", "higher"),
        share("iou_above_75", "higher"),
        Metric("centre_distance", "lower", 0.0, inf, "sides"),
    ),
    label_noise=(
        share("iou_given", "higher"),
        share("iou_true", "higher"),
        share("memorised", "lower"),
    ),
    bounded=("centre_distance",),
)
