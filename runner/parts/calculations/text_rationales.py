"""A linear classifier of made-up texts that is told which words are the reason of a label, and how well its
attributions then find the reasons (Resck, Raimundo and Poco, Exploring the Trade-off Between Model Performance and
Explanation Plausibility of Text Classifiers Using Human Rationales, Findings of NAACL 2024, arXiv 2404.03098).

Cross-entropy is one part of the objective. The other is contrastive: of each text, the logit of its class should be
larger for its reason alone than for other words of the text alone. With weights W (C, D), intercepts c (C,), a text x
of class y, its reason r_0 and others r_1 to r_n:

    (1 - share) sum -log softmax(W x + c)_y  +  share sum -log softmax_j(W_y r_j + c_y)_0  +  alpha / 2 |W|^2

where r_j are all n + 1, or r_0 against the logit 0 if n is 0, as in the authors' program. Both parts are convex, so
L-BFGS finds the optimum for each share; the authors choose shares by an algorithm for two objectives, and here they
are keys.

A text has common words, words that go with its class but are no reason, and words that are its reason. x counts words,
divided by how many a text has; r counts those of a reason, divided likewise. The attribution of a word in a text is
gradient times input: its weight for the class less that for the other.
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.metrics import average_precision_score

Array = np.ndarray
METRICS = {"auprc": ("higher", "[0, 1]", "share"), "accuracy": ("higher", "[0, 1]", "share")}
CLASSES = 2
COMMON, ALONG, REASONS = 30, 15, 15  # words: common ones; those of each class that are no reason; its reasons
LENGTH, REASON = 20, 3  # words of a text, and of its reason
OTHER_CLASS = 0.3  # how often a word that goes with a class is of the other


def text_rationales(
    draws: Generator,
    *,
    share: Annotated[float, "[0, 1]"],
    alpha: Annotated[float, "(0, inf)"],
    others: Annotated[int, "[0, 100]"],
    along: Annotated[int, "[0, 17]"],
    train_size: Annotated[int, "[2, 100000]"],
    test_size: Annotated[int, "[2, 100000]"],
) -> dict[str, float]:
    """Average precision of attributions, mean over test texts, and accuracy.

    Args:
        share: of the contrastive part.
        others: n, drawn without reasons.
        along: words of each text that go with its class but are no reason.
    """
    training, testing, negatives = draws.spawn(3)
    words, labels = texts(training, train_size, along)
    x = counts(words)
    reasons = np.stack([counts(words[:, :REASON]), *(counts(other(negatives, words)) for _ in range(others))], axis=1)
    weights = fitted(x, np.eye(CLASSES)[labels], reasons * REASON / LENGTH, share, alpha)
    words, labels = texts(testing, test_size, along)
    logits = counts(words) @ weights[:, :-1].T + weights[:, -1]
    slope = weights[labels, :-1] - weights[1 - labels, :-1]
    attributions = np.take_along_axis(slope, words, axis=1)
    is_reason = np.arange(LENGTH) < REASON
    found = [average_precision_score(is_reason, each) for each in attributions]
    return {"auprc": float(np.mean(found)), "accuracy": float((logits.argmax(1) == labels).mean())}


def texts(draws: Generator, count: int, along: int) -> tuple[Array, Array]:
    """Words (N, LENGTH) and labels (N,): the first REASON words are the reason, the next `along` go with the class."""
    labels = draws.integers(CLASSES, size=count)
    near = np.where(draws.random((count, along)) < OTHER_CLASS, 1 - labels[:, None], labels[:, None])
    reason = COMMON + CLASSES * ALONG + labels[:, None] * REASONS + draws.integers(REASONS, size=(count, REASON))
    beside = COMMON + near * ALONG + draws.integers(ALONG, size=(count, along))
    common = draws.integers(COMMON, size=(count, LENGTH - REASON - along))
    return np.concatenate([reason, beside, common], axis=1), labels


def other(draws: Generator, words: Array) -> Array:
    """As many words (N, REASON) of each text as its reason has, drawn from those that are not of it."""
    rest = words[:, REASON:]
    return draws.permuted(rest, axis=1)[:, :REASON]


def counts(words: Array) -> Array:
    """How often each word is in a text, divided by how many words it has (N, D)."""
    found = np.zeros((len(words), COMMON + CLASSES * (ALONG + REASONS)))
    np.add.at(found, (np.arange(len(words))[:, None], words), 1 / words.shape[1])
    return found


def fitted(x: Array, labels: Array, reasons: Array, share: float, alpha: float) -> Array:
    """The weights (C, D + 1) of the optimum, intercepts last."""
    start = np.zeros((labels.shape[1], x.shape[1] + 1))

    def flat(weights: Array) -> tuple[float, Array]:
        value, slope = loss(weights.reshape(start.shape), x, labels, reasons, (1 - share, share), alpha)
        return value, slope.ravel()

    found = minimize(flat, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 5000, "gtol": 1e-6})
    return np.asarray(found.x.reshape(start.shape))


def loss(
    weights: Array, x: Array, labels: Array, reasons: Array, parts: tuple[float, float], alpha: float
) -> tuple[float, Array]:
    """Value and gradient (C, D + 1), of x (N, D), one-hot labels (N, C) and reasons (N, n + 1, D), the true ones first.

    Args:
        parts: weights of cross-entropy and of the contrastive part, both sums over texts.
    """
    ones = np.ones((len(x), 1))
    x = np.concatenate([x, ones], axis=1)
    reasons = np.concatenate([reasons, np.ones((*reasons.shape[:2], 1))], axis=2)
    logits = x @ weights.T
    plain = -(labels * log_softmax(logits, axis=1)).sum()
    scores = np.einsum("njd,nd->nj", reasons, labels @ weights)
    against = scores if scores.shape[1] > 1 else np.concatenate([scores, 0 * ones], axis=1)
    contrast = -log_softmax(against, axis=1)[:, 0].sum()
    off = softmax(against, axis=1)[:, : scores.shape[1]] - (np.arange(scores.shape[1]) == 0)
    slope = parts[0] * (softmax(logits, axis=1) - labels).T @ x
    slope += parts[1] * np.einsum("nc,nj,njd->cd", labels, off, reasons, optimize=True)
    slope[:, :-1] += alpha * weights[:, :-1]
    return float(parts[0] * plain + parts[1] * contrast + alpha / 2 * (weights[:, :-1] ** 2).sum()), slope
