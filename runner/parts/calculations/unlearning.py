"""Unlearning by sparse fine-tuning: how near a network that is to forget examples comes to one that never saw them
(Jia et al., Model Sparsity Can Simplify Machine Unlearning, NeurIPS 2023, github.com/OPTML-Group/Unlearn-Sparse).

A network of two hidden layers of relu units learns scikit-learn's digits by Adam. Then it is to forget `share` of its
training examples at random, or all of the class 0. `method` goes on from its weights: "l1" trains on the others with
gamma times the sum of the absolute values of all weights and biases beside cross-entropy, "fine_tuning" without it,
"none" leaves it as it is, and "retraining" begins anew with the others alone. gamma falls over epochs: see
`l1_weight`. All begin anew in one way, and meet the others in one order.

The four measures are of the paper: on forgotten examples the error (unlearning accuracy), accuracy on the others and
on test images, and the share of forgotten examples that an attack takes for examples that were not trained on. The
paper's attack is a support vector machine on confidences. Ours is a threshold on the probability of the given label,
which tells the others from test images best, both counted alike. Where a class is forgotten, test images of that class
are left out. Each gap is the distance from retraining's measure; `gap` is the mean of the four. Sizes and rates are
ours.
"""

from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._class_tasks import CLASSES
from runner.parts.calculations._digits import Part, digits
from runner.parts.calculations._network import Network, batches, descend

METRICS = {
    "unlearning_gap": ("lower", "[0, 1]", ""),
    "gap": ("lower", "[0, 1]", ""),
    "unlearning_accuracy": ("higher", "[0, 1]", ""),  # the error on forgotten examples
    "remaining_accuracy": ("higher", "[0, 1]", ""),
    "accuracy": ("higher", "[0, 1]", ""),
    "taken_for_unseen": ("higher", "[0, 1]", ""),
}
MEASURES = ("unlearning_accuracy", "remaining_accuracy", "accuracy", "taken_for_unseen")


def unlearning(
    draws: Generator,
    *,
    method: Literal["l1", "fine_tuning", "none", "retraining"],
    forgotten: Literal["examples", "class"],
    share: Annotated[float, "(0, 0.9]"],
    gamma: Annotated[float, "[0, inf)"],
    epochs: Annotated[int, "[1, 10000]"],
    plain_epochs: Annotated[int, "[0, 10000]"],
    unlearning_lr: Annotated[float, "(0, inf)"],
    trained_epochs: Annotated[int, "[1, 10000]"],
    lr: Annotated[float, "(0, inf)"],
    batch: Annotated[int, "[1, 1000]"],
    train_size: Annotated[int, "[100, 1600]"],
    hidden: Annotated[int, "[1, 10000]"],
) -> dict[str, float]:
    """Measures of a method, and how far they are from those of retraining.

    Args:
        epochs: of unlearning, of which the last `plain_epochs` have no penalty.
        trained_epochs: of training and of retraining, at the rate `lr`.
    """
    split, leave, first, order, again = draws.spawn(5)
    train, test = digits(split, train_size)
    gone = which(leave, train[1], forgotten, share)
    forget, remain = ((train[0][chosen], train[1][chosen]) for chosen in (gone, ~gone))
    if forgotten == "class":
        test = (test[0][test[1] != 0], test[1][test[1] != 0])
    starts = first.integers(2**63), order.integers(2**63)

    def fresh(part: Part) -> Network:
        """A network that begins as every other, trained with these examples."""
        start, places = (np.random.default_rng(one) for one in starts)
        network = Network(start, (train[0].shape[1], hidden, hidden, CLASSES), ["relu", "relu"])
        fit(network, part, places, [0.0] * trained_epochs, batch, lr)
        return network

    reference = measures(fresh(remain), forget, remain, test)
    if method == "retraining":
        found = reference
    else:
        network = fresh(train)
        if method != "none":
            strength = gamma if method == "l1" else 0.0
            weights = [l1_weight(strength, epoch, epochs, plain_epochs) for epoch in range(epochs)]
            fit(network, remain, again, weights, batch, unlearning_lr)
        found = measures(network, forget, remain, test)
    gaps = [abs(found[name] - reference[name]) for name in MEASURES]
    return {"unlearning_gap": gaps[0], "gap": float(np.mean(gaps)), **found}


def which(draws: Generator, y: Tensor, forgotten: str, share: float) -> Tensor:
    """Which examples with labels (N,) are to be forgotten (N,): `share` of them at random, or all of the class 0."""
    if forgotten == "class":
        return y == 0
    gone = torch.zeros(len(y), dtype=torch.bool)
    gone[draws.permutation(len(y))[: max(1, round(share * len(y)))]] = True
    return gone


def l1_weight(gamma: float, epoch: int, epochs: int, plain_epochs: int) -> float:
    """gamma (1 - epoch / (epochs - plain_epochs)) in an epoch counted from 0, and 0 in the last `plain_epochs`.

    The released FT_iter has gamma all along where epochs and plain_epochs are the same, but for ImageNet; here it is 0.
    """
    falling = epochs - plain_epochs
    return gamma * (1 - epoch / falling) if epoch < falling else 0.0


def l1(network: Network) -> Tensor:
    """The sum of the absolute values of all that is trained."""
    return torch.stack([one.abs().sum() for one in network.parameters()]).sum()


def fit(network: Network, part: Part, draws: Generator, weights: list[float], batch: int, lr: float) -> None:
    """Train by Adam, an epoch for each weight of the l1 penalty."""
    x, y = part
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    for weight in weights:
        for places in batches(draws, len(y), batch, 1):
            loss = F.cross_entropy(network(x[places]), y[places])
            descend(optimizer, loss + weight * l1(network) if weight else loss)


@torch.no_grad()
def measures(network: Network, forget: Part, remain: Part, test: Part) -> dict[str, float]:
    """All MEASURES of a network."""
    outputs = [network(x) for x, _ in (forget, remain, test)]
    hit = [
        float((one.argmax(1) == y).double().mean()) for one, (_, y) in zip(outputs, (forget, remain, test), strict=True)
    ]
    sure = [
        one.softmax(1).gather(1, y[:, None])[:, 0].numpy()
        for one, (_, y) in zip(outputs, (forget, remain, test), strict=True)
    ]
    return {
        "unlearning_accuracy": 1 - hit[0],
        "remaining_accuracy": hit[1],
        "accuracy": hit[2],
        "taken_for_unseen": float(np.mean(sure[0] < threshold(sure[1], sure[2]))),
    }


def threshold(seen: np.ndarray, unseen: np.ndarray) -> float:
    """The least value t for which the share of `seen` (N,) that is not below t, and that of `unseen` (M,) that is, have
    the largest sum."""
    candidates = np.unique(np.concatenate([seen, unseen]))
    right = np.array([np.mean(seen >= one) + np.mean(unseen < one) for one in candidates])
    return float(candidates[right.argmax()])
