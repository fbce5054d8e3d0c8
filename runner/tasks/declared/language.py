"""The next token of a language whose law is known: trained as a class, measured against the truth."""

from math import inf, log

from runner.tasks.metric import Metric, share
from runner.tasks.task import Task

LANGUAGE = Task(
    name="language",
    target="class",
    baseline="ce",
    measures="runner.parts.measures.language.Language",
    quality=(Metric("nll", "lower", 0.0, inf, "nats"),),
    groups=(
        Metric("forward_kl", "lower", 0.0, inf, "nats"),
        Metric("reverse_kl", "lower", 0.0, inf, "nats"),
        Metric("js", "lower", 0.0, log(2), "nats"),
        share("at_zeros", "lower"),
        Metric("entropy_gap", "lower", 0.0, inf, "nats"),
    ),
    label_noise=(Metric("nll", "lower", 0.0, inf, "nats"),),
    bounded=("nll",),
    trained_as=("classification",),
)
