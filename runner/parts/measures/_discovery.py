"""PIM (Chiaroni, Dolz, Masud, Mitiche and Ben Ayed, "Parametric Information Maximization for Generalized Category
Discovery", ICCV 2023, arXiv:2212.00334; released code ThalesGroup/pim-generalized-category-discovery): labels of some
examples of some classes are known, and the others are sorted into these and into new classes.

    min over W    weight H(Y | U) - H(Y) + CE(L),    p = softmax(25 W z),    z of length 1
    H(Y | U) = mean over unlabelled of H(p_i),    H(Y) = H(mean over all of p_i),    CE(L) = mean over labelled

As released: 1000 steps of Adam over all examples at once, W from the means of k-means in which labelled examples stay
with their class. The weight is the one of 0.1, 0.15, ..., 1 for which the clusters of a W that is fitted without CE,
from k-means without labels, agree best with the labels that are known. The released search leaves out its first
weight, 0.05, which is done here. That features have length 1 is of the code that made those of the paper (unconfirmed).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from runner.data.streams import generator
from runner.parts.methods.kmeans import kmeans

TEMPERATURE, RATE, DECAY, STEPS = 25.0, 1e-3, 1e-2, 1000  # the code's
WEIGHTS = tuple(k / 20 for k in range(2, 21))
TINY = 1e-12  # the code's
STARTS = 10  # of k-means; ours: the code has 100
KNOWN, LABELLED = 0.5, 0.5  # shares of the classes that are known, the first ones, and of their examples, likewise


def discovered(features: Tensor, given: Tensor, true: Tensor, num_classes: int) -> dict[str, Tensor]:
    """{metric: (S,)} of the examples whose labels are not looked at.

    Clusters are matched to classes as is best for all of these examples (the Hungarian method). discovery_accuracy is
    how often one is in the cluster of its class; discovery_known and discovery_new of known classes and of new ones,
    nan where there is none; discovery_weight the chosen weight; discovery_plain the accuracy with weight 1, and
    discovery_gain what the chosen one is better; discovery_kmeans that of k-means, and discovery_seeded of k-means in
    which labelled examples stay with their class. How many classes there are is known.

    Args:
        features: (S, N, D).
        given: (S, N) labels, which those that are labelled have.
        true: (S, N) classes, which are compared with and nothing else.
    """
    found = [_of_seed(*seed, num_classes) for seed in zip(F.normalize(features, dim=2), given, true, strict=True)]
    return {
        name: torch.tensor([each[name] for each in found], dtype=torch.float64, device=features.device)
        for name in found[0]
    }


def _of_seed(z: Tensor, given: Tensor, true: Tensor, num_classes: int) -> dict[str, float]:
    known, told = round(KNOWN * num_classes), labelled(given, num_classes)
    drawn = torch.rand(STARTS, num_classes, generator=generator("discovery")).to(z)
    alone, clusters = kmeans(z, drawn)
    together, seeded = kmeans(z, drawn[:, known:], torch.where(told, given, -1), means(z[told], given[told], known))
    weight = chosen(z, given, told, alone)
    best, plain = (z @ fitted(z, given, told, together, (weight, 1.0)).mT).argmax(2)
    right = {
        name: agree(said[~told], true[~told], num_classes).double()
        for name, said in {"accuracy": best, "plain": plain, "kmeans": clusters, "seeded": seeded}.items()
    }
    found = {name: each.mean().item() for name, each in right.items()}
    found |= {"gain": found["accuracy"] - found["plain"], "weight": weight}
    found["known"] = right["accuracy"][true[~told] < known].mean().item()
    found["new"] = right["accuracy"][true[~told] >= known].mean().item()
    return {f"discovery_{name}": value for name, value in found.items()}


def labelled(labels: Tensor, num_classes: int) -> Tensor:
    """(N,) bool: of the first half of the classes the first half of the examples, at least one.

    >>> labelled(torch.tensor([0, 1, 0, 0, 1, 1]), 2)
    tensor([ True, False,  True, False, False, False])
    """
    member = F.one_hot(labels, num_classes)
    rank = (member.cumsum(0) - 1).gather(1, labels[:, None])[:, 0]
    return (labels < round(KNOWN * num_classes)) & (rank < LABELLED * member.sum(0)[labels])


def means(z: Tensor, labels: Tensor, count: int) -> Tensor:
    """(count, D) of each class, of examples (N, D) with these labels (N,); 0 of a class without examples."""
    member = F.one_hot(labels, count).to(z.dtype)
    return member.T @ z / member.sum(0)[:, None].clamp(min=1)


def chosen(z: Tensor, labels: Tensor, told: Tensor, start: Tensor) -> float:
    """The weight, of WEIGHTS: the first of those whose clusters agree best with the labels of what is told (N,)."""
    heads = fitted(z, None, told, start, WEIGHTS)
    agreed = [agree(said, labels[told], len(start)).double().mean() for said in (z[told] @ heads.mT).argmax(2)]
    return WEIGHTS[int(torch.stack(agreed).argmax())]


def fitted(z: Tensor, labels: Tensor | None, told: Tensor, start: Tensor, weights: Sequence[float]) -> Tensor:
    """(R, K, D) W of each of R weights, from start (K, D) on, of examples z (N, D), of which told (N,) are labelled;
    without CE where there are no labels (N,)."""
    head = start.expand(len(weights), -1, -1).clone().requires_grad_()
    optimizer = torch.optim.Adam([head], lr=RATE, weight_decay=DECAY)
    weight = torch.tensor(weights).to(z)
    for _ in range(STEPS):
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = objective(TEMPERATURE * head @ z.mT, labels, told, weight).sum()
        loss.backward()
        optimizer.step()
    return head.detach()


def objective(logits: Tensor, labels: Tensor | None, told: Tensor, weight: Tensor) -> Tensor:
    """(R,) what is minimised, of logits (R, K, N), which is fast, and weights (R,); see fitted."""
    log_p = logits.log_softmax(1)
    p, often = log_p.exp(), told.to(log_p.dtype)
    unsure = -(p * log_p).sum(1) @ ((1 - often) / (1 - often).sum())
    mean = p.mean(2)
    loss = weight * unsure + (mean * (mean + TINY).log()).sum(1)
    if labels is None:
        return loss
    right = log_p.gather(1, labels.expand(len(log_p), 1, -1))[:, 0]
    return loss - right @ (often / often.sum())


def agree(clusters: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """(N,) bool: is an example in the cluster of its class, where both (N,) are matched as is best for all of them?

    >>> agree(torch.tensor([1, 1, 0, 0, 0]), torch.tensor([0, 0, 1, 1, 0]), 2)
    tensor([ True,  True,  True,  True, False])
    """
    from scipy.optimize import linear_sum_assignment

    counts = F.one_hot(clusters, num_classes).T @ F.one_hot(labels, num_classes)
    _, classes = linear_sum_assignment(counts.cpu(), maximize=True)
    return torch.from_numpy(classes).to(labels)[clusters] == labels
