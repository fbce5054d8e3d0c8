"""Columns of a table that alone tell the class nearly as well as all of them: the answer by another name?"""

from collections.abc import Sequence

from sklearn.tree import DecisionTreeClassifier

from datasets.split import Column
from runner.data_card.baseline import Sample

NEAR = 0.95  # of what all columns tell
LEAST = 0.5  # of what there is to tell


def alone(columns: Sequence[Column], sample: Sample) -> tuple[float, ...]:
    """What a tree on each column tells of the class of an example that it was not trained on: chance is 0, all is 1."""
    tree = DecisionTreeClassifier(max_leaf_nodes=32, min_samples_leaf=5, random_state=0)
    parts = (sample.x[:, column.first : column.first + column.width] for column in columns)
    return tuple(sample.score(sample.asked(tree, part, "predict")) for part in parts)


def telling(columns: Sequence[Column], scores: Sequence[float], whole: float) -> tuple[str, ...]:
    """The names of those columns, where all of them tell `whole`."""
    least = max(NEAR * whole, LEAST)
    named = zip(columns, scores, strict=True)
    return tuple(column.name for column, score in named if score >= least and len(columns) > 1)
