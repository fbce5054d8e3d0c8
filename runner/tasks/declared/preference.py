"""Preferences between responses to a context, of people whose reward is known: a policy is trained on pairs, and
measured against the truth."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import Task

PREFERENCE = Task(
    name="preference",
    target="real",
    standardised=False,
    changed_as="preferences",
    baseline="dpo",
    measures="runner.parts.measures.preference.Preference",
    quality=(
        Metric("reward", "higher", -inf, inf, "reward"),
        Metric("kl", "lower", 0.0, inf, "nats"),
        Metric("kl_to_optimum", "lower", 0.0, inf, "nats"),
        share("win_rate", "higher"),
        share("order_accuracy", "higher"),
        Metric("entropy", "higher", 0.0, inf, "nats"),
        share("unseen_mass", "lower"),
    ),
    label_noise=(share("accuracy_given", "higher"), share("accuracy_true", "higher"), share("memorised", "lower")),
    bounded=("kl",),
)
