"""The online probe: what it learns, and that a network does not feel it."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from runner.compose.command_line import compose_cells
from runner.compose.fit import MisfitError
from runner.objective.online import OnlineProbe
from runner.training.events import Network, Row
from runner.training.run import run

K, D, N = 3, 4, 200
SMALL = ["task=representation", "dataset=digits", "model=mlp", "augment=standard", "augment.padding=1", "epochs=3"]
ASKED = "measure=[online]"


def trained(*overrides, seeds=(0, 1)):
    """Networks by seed, and rows without times, in order."""
    cell = compose_cells([*SMALL, "exec.keep_network=true", *overrides], multirun=False)[0]
    networks, rows = {}, []
    for event in run(cell, list(seeds)):
        if isinstance(event, Network):
            networks[event.seed] = event.numbers
        if isinstance(event, Row):
            rows.append({key: value for key, value in event.values.items() if key != "seconds"})
    return networks, rows


@pytest.mark.parametrize(
    "overrides",
    [
        ["grad_clip=0.1"],
        ["method=byol", "loss=cosine", "grad_clip=0.1"],
        ["method=erm", "loss=ce", "optimizer=sgd", "optimizer.lr=0.1", "regularizer=[l2]"],
        ["loss=barlow", "model.norm=batch", "optimizer=adamw"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("seeds", [(0,), (0, 1)], ids=str)
def test_network_and_metrics_are_bit_for_bit_as_without_it(overrides, seeds):
    plain, rows = trained(*overrides, seeds=seeds)
    probed, more = trained(*overrides, ASKED, seeds=seeds)
    for seed in seeds:
        assert plain[seed].keys() == probed[seed].keys()
        assert all(torch.equal(number, probed[seed][name]) for name, number in plain[seed].items())
    assert rows == [{key: value for key, value in row.items() if "online" not in key} for row in more]
    assert all(row["test/online_accuracy"] > 0.1 for row in more)


def test_a_row_of_each_epoch_has_it_and_the_last_has_the_rest_too():
    _, rows = trained(ASKED, "eval_every=3", "val_fraction=0.2", seeds=(0,))
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert all({"test/online_accuracy", "val/online_accuracy"} <= row.keys() for row in rows)
    assert ["test/probe_accuracy" in row for row in rows] == [False, False, True]


def test_a_seed_of_a_stack_has_the_probe_that_it_has_alone():
    (_, together), (_, alone) = trained(ASKED), trained(ASKED, seeds=(1,))
    ours, theirs = ([row["test/online_accuracy"] for row in rows] for rows in (together[1::2], alone))
    assert ours == pytest.approx(theirs, abs=0.01)


def examples(scale=1.0):
    g = torch.Generator().manual_seed(0)
    labels = torch.randint(K, (N,), generator=g)
    means = torch.randn(K, D, generator=g, dtype=torch.float64)
    return scale * (0.5 * means[labels] + torch.randn(N, D, generator=g, dtype=torch.float64)), labels


def test_on_one_batch_it_becomes_logistic_regression():
    features, labels = examples()
    probe = OnlineProbe(D, K).double()
    for _ in range(2000):
        probe.learn(features, labels)
    theirs = LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000).fit(features, labels).predict_proba(features)
    ours = (features @ probe.weight[:-1] + probe.weight[-1]).softmax(1)
    np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e4])
def test_it_learns_from_features_of_any_scale(scale):
    features, labels = examples(scale)
    probe = OnlineProbe(D, K).double()
    for _ in range(300):
        probe.learn(features, labels)
    right = (features @ probe.weight[:-1] + probe.weight[-1]).argmax(1) == labels
    assert right.double().mean() > 0.6
    assert torch.isfinite(probe.weight).all()


def test_a_method_that_shows_no_features_is_refused():
    with pytest.raises(MisfitError, match=r"measure=\[online\] with method=frozen: it shows no features.*two_views"):
        compose_cells(["task=representation", "method=frozen", "loss=ce", ASKED], multirun=False)
