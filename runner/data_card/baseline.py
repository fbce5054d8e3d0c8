"""What simple classifiers make of training examples that they were not trained on."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from datasets.split import CHUNK, Split
from runner.data.protocol import Prepared
from runner.data.streams import generator

MOST = 20_000  # examples
FOLDS = 5
COMPONENTS = 50  # principal ones, of wider inputs
SIDE = 32  # pixels, of larger images
STEPS = 300


class Sample(NamedTuple):
    """n of a seed's training examples.

    Attributes:
        place: (n,) which they are.
        x: (n, D) their inputs.
        given: (n,) their labels, as places in `classes`.
        classes: those with enough examples.
        rare: those without.
        folds: places to train with and to ask about, for each fold.
    """

    place: np.ndarray
    x: np.ndarray
    given: np.ndarray
    classes: list[int]
    rare: list[int]
    folds: list[tuple[np.ndarray, np.ndarray]]

    def logistic(self) -> np.ndarray:
        """(n, classes) probabilities, by logistic regression on standardised inputs or their principal components."""
        steps = [StandardScaler(), *([PCA(COMPONENTS, random_state=0)] if min(self.x.shape) > 2 * COMPONENTS else [])]
        return self.asked(make_pipeline(*steps, LogisticRegression(C=0.1, max_iter=STEPS)), self.x, "predict_proba")

    def asked(self, model: Any, x: np.ndarray, method: str) -> np.ndarray:
        """What a model says of each example when trained on the folds without it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return np.asarray(cross_val_predict(model, x, self.given, cv=self.folds, method=method))

    def score(self, predicted: np.ndarray) -> float:
        """How far balanced accuracy lies from chance, which is 0, to 1."""
        return float(balanced_accuracy_score(self.given, predicted, adjusted=True))


def sample(prepared: Prepared, seed_place: int) -> Sample:
    """Examples of a seed; those of one group are in one fold.

    Raises:
        ValueError: there are too few, or inputs that are no finite numbers.
    """
    split, labels, places = prepared.split, prepared.train.given[seed_place], prepared.train.place[seed_place]
    chosen = torch.randperm(len(labels), generator=generator("card"))[:MOST].sort().values
    group = _groups(split, places)
    apart = torch.stack([labels[chosen], group[chosen]]).unique(dim=1)[0]  # a label for each group that has it
    counts = apart.bincount(minlength=len(split.classes))
    classes = (counts >= FOLDS).nonzero()[:, 0]
    if len(classes) < 2:
        raise ValueError(
            f"fewer than two classes have {FOLDS} training examples{' or groups' * (split.group is not None)}"
        )
    present = labels.bincount(minlength=len(counts)) > 0
    chosen = chosen[torch.isin(labels[chosen], classes)]
    x = _vectors(split.x, places[chosen])
    if not np.isfinite(x).all():
        raise ValueError("inputs have values that are not finite")
    given = torch.searchsorted(classes, labels[chosen]).numpy()
    kind, own = (StratifiedKFold, None) if split.group is None else (StratifiedGroupKFold, group[chosen].numpy())
    folds = list(kind(FOLDS, shuffle=True, random_state=0).split(x, given, own))
    if any(len(np.unique(given[train])) < len(classes) for train, _ in folds):
        raise ValueError("groups of some class are too large to be parted")
    rare = (present & (counts < FOLDS)).nonzero()[:, 0]
    return Sample(chosen.numpy(), x, given, classes.tolist(), rare.tolist(), folds)


def _groups(split: Split, places: Tensor) -> Tensor:
    """A group for each example: its own where it has none, as where open-set noise put another input."""
    if split.group is None:
        return places
    last = len(split.group) - 1
    return split.group[places.clamp(max=last)].where(places <= last, int(split.group.max()) + places)


def _vectors(x: Tensor, places: Tensor) -> np.ndarray:
    """Inputs (n, D), large images made smaller; read some at a time."""
    found = []
    for some in places.split(CHUNK):
        part = x[some].float()
        if part.dim() == 4:
            height, width = (min(side, SIDE) for side in part.shape[2:])
            part = adaptive_avg_pool2d(part, (height, width))
        found.append(part.flatten(1))
    return torch.cat(found).numpy()
