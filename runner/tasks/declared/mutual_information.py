"""Pairs whose mutual information is to be estimated: a target is a pair's information density, which training never
sees."""

from math import inf

from runner.tasks.metric import Metric
from runner.tasks.task import Extra, Task

MUTUAL_INFORMATION = Task(
    name="mutual_information",
    target="real",
    standardised=False,
    told=False,
    paired=True,
    size=1,
    baseline="infonce",
    measures="runner.parts.measures.mutual_information.MutualInformation",
    quality=(
        Metric("absolute_error", "lower", 0.0, inf, "nats"),
        Metric("estimate", "higher", -inf, inf, "nats"),
        Metric("bias", "higher", -inf, inf, "nats"),
        Metric("estimate_rmse", "lower", 0.0, inf, "nats"),
        Metric("estimate_deviation", "lower", 0.0, inf, "nats"),
        Metric("density_correlation", "higher", -1.0, 1.0, ""),
    ),
    label_noise=(),
    extras=(
        Extra(
            "consistency",
            ("val", "test"),
            (
                Metric("processing_error", "lower", 0.0, inf, ""),
                Metric("additivity_error", "lower", 0.0, inf, ""),
                Metric("processing_ratio", "higher", -inf, inf, ""),
                Metric("additivity_ratio", "higher", -inf, inf, ""),
            ),
        ),
    ),
    bounded=("estimate",),
)
