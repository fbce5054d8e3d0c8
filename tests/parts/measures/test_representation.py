"""The probe and the neighbours, against scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from runner.contracts.measures import Examples
from runner.parts.measures import _probe, _strata
from runner.parts.measures._neighbours import vote
from runner.parts.measures.representation import Representation
from runner.tasks.declared.representation import REPRESENTATION

K, D, N, M = 4, 6, 300, 200
ALL = tuple(extra.name for extra in REPRESENTATION.extras if "test" in extra.splits)


def points(seed, count):
    """Features (count, D) around K means, and labels."""
    g = torch.Generator().manual_seed(seed)
    labels = torch.randint(K, (count,), generator=g)
    means = 1.5 * torch.randn(K, D, generator=torch.Generator().manual_seed(9))
    return means[labels] + torch.randn(count, D, generator=g), labels


def stacked(*seeds, count):
    features, labels = zip(*(points(seed, count) for seed in seeds), strict=True)
    return torch.stack(features), torch.stack(labels)


@pytest.mark.parametrize("penalty", [1e-3, 1e-1])
def test_the_probe_is_logistic_regression(penalty):
    features, labels = stacked(0, 1, count=N)
    probe = _probe.fitted(features.double(), labels, K, penalty)
    for seed in range(2):
        z = (features[seed] - features[seed].mean(0)) / features[seed].std(0, correction=0)
        theirs = LogisticRegression(C=1 / (penalty * N), tol=1e-10, max_iter=10_000).fit(z.double(), labels[seed])
        p = probe.logits(features.double())[seed].softmax(1)
        np.testing.assert_allclose(p.numpy(), theirs.predict_proba(z.double()), atol=2e-3)


def test_a_penalty_is_chosen_for_each_seed_by_itself():
    training, validation = stacked(0, 1, count=30), stacked(2, 3, count=M)
    both = _probe.chosen(training, validation, K)
    for seed in range(2):
        alone = _probe.chosen(*((part[0][[seed]], part[1][[seed]]) for part in (training, validation)), K)
        torch.testing.assert_close(both.weight[[seed]], alone.weight, atol=1e-3, rtol=1e-3)


def test_a_feature_that_never_varies_says_nothing():
    features, labels = stacked(0, count=N)
    still = torch.cat([features, torch.ones(1, N, 1)], dim=2)
    ours, theirs = (_probe.fitted(each, labels, K, 1e-3).logits(each) for each in (still, features))
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-3)


def test_neighbours_vote_as_those_of_scikit_learn():
    (memory, labels), (features, _) = stacked(0, count=N), stacked(5, count=M)
    theirs = KNeighborsClassifier(20, metric="cosine", weights=lambda d: np.exp((1 - d) / 0.5)).fit(
        memory[0].double(), labels[0]
    )
    assert (vote(memory, labels, features, K)[0].numpy() == theirs.predict(features[0].double())).mean() > 0.99


def measured(features, labels):
    measures = Representation(num_classes=K)
    seen = measures.outcomes(features, labels)
    measures.fit(Examples(seen, labels), None)
    return measures.quality(seen, labels)


def test_what_has_collapsed_is_seen():
    features, labels = stacked(0, count=N)
    spread, collapsed = measured(features, labels), measured(features[:, :1].expand(-1, N, -1), labels)
    assert spread["probe_accuracy"] > 0.8 > 0.5 > collapsed["probe_accuracy"]
    assert collapsed["feature_std"] == 0
    assert collapsed["effective_rank"] < 1.1 < spread["effective_rank"]


def test_a_seed_that_is_not_finite_has_no_metric_and_leaves_the_others():
    features, labels = stacked(0, 1, count=N)
    broken = features.clone()
    broken[1, 0, 0] = torch.inf
    found, sound = measured(broken, labels), measured(features, labels)
    for name, values in found.items():
        assert values[1].isnan()
        torch.testing.assert_close(values[0], sound[name][0])


def test_all_that_is_asked_for_is_declared():
    (features, labels), (tested, targets) = stacked(0, 1, count=N), stacked(2, 3, count=M)
    measures = Representation(num_classes=K, measure=ALL)
    measures.fit(Examples(measures.outcomes(features, labels), labels), None)
    seen = measures.outcomes(tested, targets)
    found = measures.quality(seen, targets) | measures.online(torch.zeros(2, D + 1, K), seen, targets)
    assert {f"test/{name}" for name in found} <= {*REPRESENTATION.declared}
    assert {REPRESENTATION.extra_of(f"test/{name}") for name in found} == {None, *ALL}
    few = _strata.of_share(labels, 0.1, K)
    assert few.shape == (2, 30)
    here = [(features[seed, few[seed]], labels[seed, few[seed]]) for seed in range(2)]
    probe = _probe.fitted(*map(torch.stack, zip(*here, strict=True)), K, _probe.USUAL)
    expected = (probe.logits(tested).argmax(2) == targets).double().mean(1)
    torch.testing.assert_close(found["probe_accuracy_10"], expected)
    assert (found["probe_accuracy_1"] < found["probe_accuracy"]).all()
