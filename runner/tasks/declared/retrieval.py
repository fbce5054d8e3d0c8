"""Embeddings of examples of classes that training has not seen, and which others of the same class they are near to."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Extra, Task

EVALUATED = ("val", "test")

RETRIEVAL = Task(
    name="retrieval",
    target="class",
    baseline="contrastive",
    measures="runner.parts.measures.retrieval.Retrieval",
    quality=(
        share("map_at_r", "higher"),
        share("r_precision", "higher"),
        share("recall_at_1", "higher"),
        share("recall_at_2", "higher"),
        share("recall_at_4", "higher"),
        share("recall_at_8", "higher"),
    ),
    label_noise=(),
    extras=(
        Extra(
            "episodes",
            EVALUATED,
            (
                share("one_shot_accuracy", "higher"),
                share("one_shot_interval", "lower"),
                share("five_shot_accuracy", "higher"),
                share("five_shot_interval", "lower"),
            ),
        ),
        Extra("thresholds", EVALUATED, (Metric("opis", "lower", 0.0, 0.25, ""),)),
        Extra("codes", EVALUATED, (Metric("bits", "lower", 0.0, inf, "bits"), share("uncoded_map_at_r", "higher"))),
    ),
    trained_as=("classification",),
)
