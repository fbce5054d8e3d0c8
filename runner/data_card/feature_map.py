"""Features of examples as points of a plane, coloured by class, and their numbers as a table."""

import csv
import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from runner.console.drawing import LOOKS, headed, keyed, plain, style, svg
from runner.console.errors import ConfigError
from runner.data_card.drawn import NAMED

Floats = NDArray[np.floating]
FEWEST = 31  # examples of t-SNE, whose perplexity of 30 is less than that


def placed(features: Floats, how: str) -> tuple[Floats, Sequence[str]]:
    """(M, 2) places of features (M, D), and what the axes are.

    Args:
        how: pca, the two principal components; or tsne, scikit-learn's t-SNE as it is by default, with perplexity 30,
            from the principal components (van der Maaten and Hinton, 2008). Seeds of both are 0.
    Raises:
        ConfigError: there are too few examples or features.
    """
    examples, numbers = features.shape
    if min(examples, numbers) < 2 or (how == "tsne" and examples < FEWEST):
        least = FEWEST if how == "tsne" else 2
        raise ConfigError(f"map={how}: needs {least} examples of 2 features or more; there are {examples} of {numbers}")
    if how == "tsne":
        return TSNE(random_state=0).fit_transform(features), ("t-SNE, first axis", "t-SNE, second axis")
    pca = PCA(2, random_state=0)
    places = pca.fit_transform(features)
    shares = pca.explained_variance_ratio_
    return places, [f"principal component {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1)]


def table(example: Sequence[int], places: Floats, labels: Sequence[int], classes: Sequence[str]) -> str:
    """A line of CSV for each: its number among the test examples, its class, and its place."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["example", "class", "x", "y"])
    for number, (x, y), label in zip(example, places.tolist(), labels, strict=True):
        lines.writerow([number, classes[label], x, y])
    return text.getvalue()


def drawn(title: str, places: Floats, axes: Sequence[str], labels: Sequence[int], classes: Sequence[str]) -> str:
    """SVG: a point an example, a colour and a marker a class; a legend where there are few classes."""
    given = np.asarray(labels)
    with style():
        figure = Figure(figsize=(5.5, 5.5), layout="constrained")
        axis = plain(figure.subplots(), xlabel=axes[0], ylabel=axes[1])
        handles = {}
        for k in np.unique(given).tolist():
            x, y = places[given == k].T
            colour, marker = LOOKS[k % len(LOOKS)].colour, LOOKS[(k + k // len(LOOKS)) % len(LOOKS)].marker
            (handles[classes[k]],) = axis.plot(x, y, color=colour, marker=marker, markersize=3, linestyle="", alpha=0.6)
        headed(figure, f"{title}: features of {len(given)} test examples")
        if len(handles) <= NAMED:
            keyed(figure, handles)
        return svg(figure)
