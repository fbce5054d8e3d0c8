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
from tests.objective.test_objectives import OF_PAIRS, OF_PLANE, said
from tests.objectives import NAMES, first

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


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (["method=frozen", "loss=ce"], "method=frozen"),
        (["method=pamal", "loss=ce"], "method=pamal"),
        (["method=depict", "loss=ce", "method.features=clusters"], "method=depict method.features=clusters"),
        (["method=sepclr", "loss=uniformity"], "method=sepclr method.features=common"),
    ],
)
def test_a_method_that_does_not_show_what_is_evaluated_is_refused(said, named):
    with pytest.raises(MisfitError) as caught:
        compose_cells(["task=representation", *said, ASKED], multirun=False)
    line = str(caught.value)
    assert line.startswith(f"measure=[online] with {named}: it does not show what is evaluated while it trains; ")
    assert "two_views" in line
    assert "frozen" not in line.partition("fits:")[2]
    assert "sepclr" not in line.partition("fits:")[2]


REFUSED = {"frozen", "forward_forward", "pamal", "sepclr"}  # and those of other tasks
OTHER_TASKS = {*OF_PAIRS, *OF_PLANE, "embedding", "mopq", "dimco"}
AFTER = {"jtt", "kd", "self_distillation"}  # whose first phase is another network's


@pytest.mark.parametrize("name", [name for name in NAMES["method"] if name not in REFUSED | OTHER_TASKS])
def test_every_other_method_teaches_it_the_features_that_are_evaluated(name):
    words = said("method", name)
    usual = ("task=representation", "loss=ce", "model=mlp", "augment=none")
    keys = {word.partition("=")[0] for word in words}
    objective, batch = first(*words, *(word for word in usual if word.partition("=")[0] not in keys), ASKED, "epochs=6")
    for epoch in (1, 6) if name in AFTER else (1,):
        objective.begin(epoch)
        assert not objective.online().any()
        objective(batch)
    assert objective.online().any()
    x = batch.x if objective.method.views == 1 else batch.x[:, 0]
    assert objective.eval().method.represent(x).shape[1] == len(objective.online()) - 1


def test_of_several_goals_it_learns_what_it_does_of_one():
    """The loss alone is one goal, and the first step the same."""
    learnt = []
    for method in ("erm", "mgda", "pcgrad", "conflict_free"):
        objective, batch = first(
            "task=representation", "loss=ce", "model=mlp", "augment=none", f"method={method}", ASKED
        )
        objective(batch)
        learnt.append(objective.online().clone())
    assert learnt[0].any()
    assert all(torch.equal(each, learnt[0]) for each in learnt)
