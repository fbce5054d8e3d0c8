"""One class of K."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Task

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
        share("worst_domain_accuracy", "higher"),
    ),
    calibrated=(
        *QUALITY,
        share("coverage", "higher"),
        Metric("set_size", "lower", 0.0, inf, "classes"),
    ),
    bounded=("nll",),
)
