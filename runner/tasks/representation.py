"""Features, and what a probe that is fitted on them makes of examples of one class each."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Task

REPRESENTATION = Task(
    name="representation",
    target="class",
    baseline="nt_xent",
    measures="runner.parts.measures.representation.Representation",
    quality=(
        share("probe_accuracy", "higher"),
        share("knn_accuracy", "higher"),
        Metric("effective_rank", "higher", 0.0, inf, ""),
        Metric("feature_std", "higher", 0.0, inf, ""),
    ),
    label_noise=(),
    trained_as=("classification",),
)
