"""Embeddings of examples of classes that training has not seen, and which others of the same class they are near to."""

from runner.tasks.metric import share
from runner.tasks.task import Task

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
    trained_as=("classification",),
)
