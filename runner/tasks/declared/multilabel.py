"""Labels that are there or not: L an example, any number of them."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Task

MULTILABEL = Task(
    name="multilabel",
    target="bits",
    baseline="bce",
    measures="runner.parts.measures.multilabel.MultiLabel",
    quality=(
        share("map_macro", "higher"),
        share("map_micro", "higher"),
        share("macro_f1", "higher"),
        share("micro_f1", "higher"),
        share("one_error", "lower"),
        share("ranking_loss", "lower"),
        Metric("coverage", "lower", 0.0, inf, "labels"),
        share("lrap", "higher"),
        share("hamming", "lower"),
        Metric("bce", "lower", 0.0, inf, "nats"),
    ),
    label_noise=(
        share("map_given", "higher"),
        share("map_true", "higher"),
        share("memorised", "lower"),
        share("corrected", "higher"),
    ),
    bounded=("bce",),
)
