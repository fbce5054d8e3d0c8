"""SeLa: the released balance, when labels are made and of what, and what a step minimises."""

import json
import math

import pytest
import torch

from runner.parts.methods.sela import balanced
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, same
from tests.zoo import ROOT, make

CASES = json.loads((ROOT / "tests" / "values" / "methods" / "sela.json").read_text())
SAID = ["method=sela", *SUITS["sela"]]


def probabilities(rows, clusters, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, clusters, generator=generator, dtype=torch.float64).log_softmax(-1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_balance_is_the_released_one(case):
    found = balanced(torch.tensor(case["p"], dtype=torch.float64).log(), case["sharpness"], 2000)
    near(found, torch.tensor(case["transport"], dtype=torch.float64))
    assert found.argmax(1).tolist() == case["labels"]


def test_its_rows_and_columns_have_equal_sums():
    found = balanced(probabilities(60, 5), 10.0, 2000)
    near(found.sum(1), torch.full((60,), 1 / 60, dtype=torch.float64))
    near(found.sum(0), torch.full((5,), 1 / 5, dtype=torch.float64))


def test_sharp_it_is_labels_of_which_each_cluster_has_as_many():
    found = balanced(probabilities(60, 5), 100.0, 20000)
    assert found.argmax(1).bincount(minlength=5).sub(12).abs().max() <= 1


def test_a_cluster_that_no_example_is_likely_in_gives_numbers():
    log_p = torch.tensor([[0.0, -2000.0], [0.0, -3000.0]])
    assert balanced(log_p, 25.0, 100).isfinite().all()


def test_labels_are_drawn_equally_often_then_made_at_the_released_times():
    objective, _ = first(*SAID, "method.clusters=4", "method.times=3")
    method = objective.method
    sizes = [labels.bincount(minlength=4) for labels in method.labels.unbind(1)]
    assert all(each.max() - each.min() <= 1 for each in sizes)
    method.seen.copy_(probabilities(method.seen[..., 0].numel(), 4).view_as(method.seen))
    made = [balanced(seen, method.sharpness, method.iterations).argmax(-1) for seen in method.seen.unbind(1)]
    drawn, changed = method.labels.clone(), []
    for epoch in range(1, 10):  # 9 (j/3)^2 is 1 and 4
        method.labels.copy_(drawn)
        method.begin(epoch, 9)
        if not method.labels.equal(drawn):
            changed.append(epoch)
            same(method.labels, torch.stack(made, 1))
    assert changed == [2, 5]


def test_a_step_is_cross_entropy_to_the_labels_of_each_head_and_keeps_what_it_saw():
    objective, batch = first(*SAID)
    method = objective.method
    logits = method.heads(method.network.features(batch.x)).unflatten(-1, method.shape)
    loss = make("ce", num_train=8, num_classes=method.shape[1])
    each = [loss(logits[:, h], method.labels[batch.index, h], batch.index) for h in range(method.shape[0])]
    same(method(batch), torch.stack(each).mean(0))
    same(method.seen[batch.index], logits.log_softmax(-1).detach())
    unseen = torch.ones(len(method.seen), dtype=torch.bool)
    unseen[batch.index] = False
    assert (method.seen[unseen] == 0).all()


def test_one_step_learns_labels_and_never_the_classes():
    objective, batch = first(*SAID)
    same(objective.method(batch), objective.method(batch._replace(labels=torch.zeros_like(batch.labels))))


def test_clusters_stay_of_equal_size_where_the_network_prefers_one():
    preferred = probabilities(64, 4)
    preferred[:, 0] += 5
    sizes = balanced(preferred.log_softmax(-1), 25.0, 5000).argmax(1).bincount(minlength=4).double() / 64
    assert -(sizes * sizes.log()).sum() > 0.99 * math.log(4)
