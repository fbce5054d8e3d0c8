"""Features, and what a probe that is fitted on them makes of examples of one class each."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Extra, Task

EVALUATED = ("val", "test")

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
    extras=(
        Extra(
            "few_labels",
            EVALUATED,
            (share("probe_accuracy_1", "higher"), share("probe_accuracy_10", "higher")),
        ),
        Extra("online", EVALUATED, (share("online_accuracy", "higher"),)),
        Extra(
            "clusters",
            EVALUATED,
            (
                share("cluster_accuracy", "higher"),
                Metric("cluster_nmi", "higher", 0.0, 1.0, ""),
                Metric("cluster_ari", "higher", -0.5, 1.0, ""),
            ),
        ),
        Extra(
            "geometry",
            EVALUATED,
            (Metric("alignment", "lower", 0.0, 4.0, ""), Metric("uniformity", "lower", -8.0, 0.0, "")),
        ),
        Extra(
            "discovery",
            ("train",),
            (
                *(share(f"discovery_{name}", "higher") for name in ("accuracy", "known", "new")),
                *(share(f"discovery_{name}", "higher") for name in ("plain", "kmeans", "seeded")),
                Metric("discovery_gain", "higher", -1.0, 1.0, ""),
                Metric("discovery_weight", "higher", 0.1, 1.0, ""),
            ),
        ),
        Extra("transport", EVALUATED, (share("infoot_accuracy", "higher"), share("ot_accuracy", "higher"))),
    ),
    trained_as=("classification",),
)
