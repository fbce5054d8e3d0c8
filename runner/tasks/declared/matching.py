"""Pairs of two sides, and which other side belongs to this one."""

from runner.tasks.metric import share
from runner.tasks.task import Task

MATCHING = Task(
    name="matching",
    target="real",
    standardised=False,
    paired=True,
    baseline="clip",
    measures="runner.parts.measures.matching.Matching",
    quality=(
        share("recall_at_1", "higher"),
        share("recall_at_5", "higher"),
        share("recall_at_10", "higher"),
        share("mean_reciprocal_rank", "higher"),
    ),
    label_noise=(),
)
