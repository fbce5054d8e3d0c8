"""Points of a known density: networks are trained on points alone, and measured against the truth."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Task

DENSITY = Task(
    name="density",
    target="real",
    standardised=False,
    told=False,
    size=None,
    baseline="reconstruction",
    measures="runner.parts.measures.density.Density",
    quality=(
        Metric("w2", "lower", 0.0, inf, ""),
        share("modes", "higher"),
        share("high_quality", "higher"),
        Metric("kl", "lower", 0.0, inf, "nats"),
        Metric("reverse_kl", "lower", 0.0, inf, "nats"),
    ),
    label_noise=(),
)
