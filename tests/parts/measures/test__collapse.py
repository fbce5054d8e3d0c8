"""Neural collapse: features that have collapsed, the formulas class by class in numpy, and what changes nothing."""

import numpy as np
import pytest
import torch

from runner.contracts.measures import Inside
from runner.parts.measures._collapse import neural_collapse

S, N, D, K = 2, 60, 7, 4
NAMES = ("nc1", "nc2_norms", "nc2_angles", "nc3", "nc4")


def simplex():
    """(K, D) the corners of a regular simplex around 0."""
    corners = torch.eye(K, dtype=torch.float64) - 1 / K
    basis = torch.linalg.qr(torch.randn(D, K, generator=torch.Generator().manual_seed(1), dtype=torch.float64)).Q
    return corners @ basis.mT


@pytest.fixture
def case():
    """Features near the corners of no simplex, labels, weights and predictions."""
    g = torch.Generator().manual_seed(0)
    labels = torch.arange(N).remainder(K).expand(S, N)[:, torch.randperm(N, generator=g)]
    means = torch.randn(S, K, D, generator=g, dtype=torch.float64)
    noise = torch.randn(S, N, D, generator=g, dtype=torch.float64)
    features = means.gather(1, labels[..., None].expand(-1, -1, D)) + 0.4 * noise + 5
    weight = torch.randn(S, K, D, generator=g, dtype=torch.float64)
    return Inside(features, weight), labels, (features @ weight.mT).argmax(2)


def by_hand(h, y, weight, predicted):
    """One seed, straight from the paper."""
    means = np.stack([h[y == c].mean(0) for c in range(K)])
    centred = means - means.mean(0)
    within = sum(np.cov(h[y == c].T, bias=True) for c in range(K)) / K
    between = centred.T @ centred / K
    norms = np.linalg.norm(centred, axis=1)
    cosines = [centred[c] @ centred[d] / norms[c] / norms[d] for c in range(K) for d in range(K) if c != d]
    nearest = np.linalg.norm(h[:, None] - means, axis=2).argmin(1)
    return {
        "nc1": np.trace(within @ np.linalg.pinv(between, rcond=1e-10)) / K,
        "nc2_norms": norms.std() / norms.mean(),
        "nc2_angles": np.mean(np.abs(np.array(cosines) + 1 / (K - 1))),
        "nc3": np.sum((weight / np.linalg.norm(weight) - centred / np.linalg.norm(centred)) ** 2),
        "nc4": np.mean(nearest != predicted),
    }


def test_each_is_its_formula(case):
    inside, labels, predicted = case
    found = neural_collapse(inside, labels, predicted, K)
    assert tuple(found) == NAMES
    for s in range(S):
        expected = by_hand(*(part[s].numpy() for part in (inside.features, labels, inside.weight, predicted)))
        for name, value in expected.items():
            assert value > 0.01
            assert found[name][s].item() == pytest.approx(value, rel=1e-9), name


def test_collapsed_features_are_zero_in_all():
    labels = torch.arange(N).remainder(K)[None]
    features = 3 * simplex()[labels] + 2
    found = neural_collapse(Inside(features, 0.5 * simplex()[None]), labels, labels, K)
    for name in NAMES:
        assert found[name].item() == pytest.approx(0, abs=1e-12), name


def test_a_class_counts_alike_whatever_its_size(case):
    """Each example of one class twice: nothing that is a mean over classes changes."""
    inside, labels, predicted = case
    before = neural_collapse(inside, labels, predicted, K)
    s, where = 0, torch.cat([torch.arange(N), torch.nonzero(labels[0] == 1)[:, 0]])
    more = Inside(inside.features[s : s + 1, where], inside.weight[s : s + 1])
    after = neural_collapse(more, labels[s : s + 1, where], predicted[s : s + 1, where], K)
    for name in NAMES[:4]:
        assert after[name].item() == pytest.approx(before[name][s].item(), rel=1e-9)


def test_what_it_does_not_apply_to_is_nan(case):
    inside, labels, predicted = case
    missing = labels.clone()
    missing[1] = missing[1].clamp(max=K - 2)
    found = neural_collapse(inside, missing, predicted, K)
    for name in NAMES:
        assert found[name].isnan().tolist() == [False, True]
    headless = neural_collapse(inside._replace(weight=torch.zeros(S, 0, 0)), labels, predicted, K)
    assert {name for name in NAMES if headless[name].isnan().any()} == {"nc3"}
