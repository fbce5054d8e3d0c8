"""Made-up documents with several topics: word counts, in milliseconds, for tests and first tries."""

from typing import Annotated, Literal

import torch
from sklearn.datasets import make_multilabel_classification

from datasets.split import Split


def topics(
    *,
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    num_words: Annotated[int, "[1, inf)"],
    num_labels: Annotated[int, "[2, inf)"],
    mean_labels: Annotated[int, "[1, inf)"],
    mean_length: Annotated[int, "[1, inf)"],
    task: Literal["multilabel"],
) -> Split:
    """scikit-learn's make_multilabel_classification with random_state 0: each topic has word frequencies of its own,
    and a document draws its words from those of its topics in equal parts. Counts are float32 (N, num_words),
    normalised by the mean and deviation of each word in training.

    Args:
        num_train: N.
        num_test: M.
        num_words: of the vocabulary.
        num_labels: L.
        mean_labels: topics of a document, Poisson, drawn anew where none or more than L come out.
        mean_length: words of a document, Poisson, drawn anew where none comes out.
        task: what is asked.
    """
    counts, bits = make_multilabel_classification(
        n_samples=num_train + num_test,
        n_features=num_words,
        n_classes=num_labels,
        n_labels=mean_labels,
        length=mean_length,
        allow_unlabeled=False,
        random_state=0,
    )
    x, y = torch.from_numpy(counts).float(), torch.from_numpy(bits).float()
    mean, std = x[:num_train].mean(0), x[:num_train].std(0)
    names = tuple(f"topic {k}" for k in range(num_labels))
    scale = std.where(std > 0, 1.0)
    return Split(x[:num_train], y[:num_train], x[num_train:], y[num_train:], names, mean, scale, task=task)
