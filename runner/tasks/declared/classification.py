"""One class of K."""

from math import inf

from runner.tasks.bins import ANSWERS, COVERAGES, MOST_ENVIRONMENTS
from runner.tasks.metric import Metric, share
from runner.tasks.task import HELD_OUT, Extra, Task

QUALITY = (
    share("accuracy", "higher"),
    share("balanced_accuracy", "higher"),
    share("macro_f1", "higher"),
    share("worst_class_recall", "higher"),
    Metric("nll", "lower", 0.0, inf, "nats"),
    share("ece", "lower"),
    Metric("brier", "lower", 0.0, 2.0, ""),
    share("aurc", "lower"),
)
SEEN_APART = ("val", "test", "adapted")  # splits of which it is known which environment an example is from
ENVIRONMENTS = (share("worst_domain_accuracy", "higher"), share("worst_group_accuracy", "higher"))
EXTRAS = (
    Extra(
        "calibration",
        HELD_OUT,
        (share("confidence_gap", "lower"), share("adaptive_ece", "lower"), share("classwise_ece", "lower")),
    ),
    Extra("selective", HELD_OUT, tuple(share(f"accuracy_at_{part}", "higher") for part in COVERAGES)),
    Extra(
        "margins",
        HELD_OUT,
        (Metric("margin", "higher", -1.0, 1.0, ""), Metric("margin_decile", "higher", -1.0, 1.0, "")),
    ),
    Extra("sampling", HELD_OUT, tuple(share(f"pass_at_{count}", "higher") for count in ANSWERS)),
    Extra(
        "fairness",
        SEEN_APART,
        tuple(share(f"{name}_gap", "lower") for name in ("accuracy", "rate", "odds", "ece")),
        of_environments=True,
    ),
    Extra(
        "environments",
        SEEN_APART,
        tuple(share(f"accuracy_in_{k}", "higher") for k in range(MOST_ENVIRONMENTS)),
        of_environments=True,
    ),
    Extra(
        "front",
        ("val", "test"),
        (share("hypervolume", "higher"), share("front_spread", "higher")),
        of_environments=True,
    ),
    Extra(
        "features",
        ("test",),
        (Metric("spectral_entropy", "higher", 0.0, inf, "bits"), Metric("effective_rank", "higher", 0.0, inf, "")),
    ),
    Extra(
        "neural_collapse",
        ("train",),
        (
            Metric("nc1", "lower", 0.0, inf, ""),
            Metric("nc2_norms", "lower", 0.0, inf, ""),
            Metric("nc2_angles", "lower", 0.0, 2.0, ""),
            Metric("nc3", "lower", 0.0, 4.0, ""),
            share("nc4", "lower"),
        ),
    ),
)
CLASSIFICATION = Task(
    name="classification",
    target="class",
    baseline="ce",
    measures="runner.parts.measures.classification.Classification",
    quality=QUALITY,
    label_noise=(
        share("accuracy_given", "higher"),
        share("accuracy_true", "higher"),
        share("memorised", "lower"),
        share("corrected", "higher"),
        share("flip_auroc", "higher"),
    ),
    groups=(
        share("many_shot_accuracy", "higher"),
        share("medium_shot_accuracy", "higher"),
        share("few_shot_accuracy", "higher"),
    ),
    environments=ENVIRONMENTS,
    adapted=(*QUALITY, *ENVIRONMENTS),
    calibrated=(
        *QUALITY,
        share("coverage", "higher"),
        Metric("set_size", "lower", 0.0, inf, "classes"),
    ),
    extras=EXTRAS,
    bounded=("nll",),
)
