"""Mixup across environments: a value by hand, who is mixed with whom, its limits."""

import math

import pytest
import torch
from torch import tensor

from runner.data.loader import Batch
from runner.parts.methods.domain_mixup import DomainMixup, following
from tests.objectives import first, same, values
from tests.parts.affine import Affine, ce
from tests.parts.erm import erm_like

VECTORS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64"]


def losses_of(domain, labels, share, circle):
    """On logits that are the inputs: twice the one-hot label."""
    made = DomainMixup(Affine(torch.eye(3, dtype=torch.float64)), *ce(3), domain, alpha=0.2)
    draws = {
        "domain_mixup_share": tensor(share, dtype=torch.float64),
        "domain_mixup_places": torch.arange(len(labels)),
        "domain_mixup_circle": tensor(circle),
    }
    x = 2 * torch.eye(3, dtype=torch.float64)[labels]
    return made(Batch(x, labels, torch.arange(len(labels)), draws)).tolist()


def test_three_environments_are_mixed_in_a_circle_each_with_its_own_share():
    """One example each, of three classes; circle 0, 2, 1: 0 is mixed with 2, 2 with 1, 1 with 0."""
    losses = losses_of(tensor([0, 1, 2]), tensor([0, 1, 2]), [0.75, 0.5, 1.0], [0, 2, 1])

    def wanted(share):
        own, other = 2 * share, 2 * (1 - share)
        total = math.log(math.exp(own) + math.exp(other) + 1)
        return share * (total - own) + (1 - share) * (total - other)

    assert losses == pytest.approx([wanted(0.75), wanted(0.5), wanted(1.0)], abs=1e-12)
    other_circle = losses_of(tensor([0, 1, 2]), tensor([0, 1, 1]), [0.75, 0.5, 1.0], [0, 2, 1])
    assert other_circle[2] == pytest.approx(wanted(1.0), abs=1e-12)
    assert other_circle[0] == pytest.approx(wanted(0.75), abs=1e-12)


def test_the_next_environment_is_the_next_in_the_circle():
    for seed in range(5):
        circle = torch.randperm(6, generator=torch.Generator().manual_seed(seed))
        for place, environment in enumerate(circle):
            assert following(circle)[environment] == circle[(place + 1) % 6]


def test_one_environment_or_no_alpha_is_erm():
    objective, batch = first("method=domain_mixup", "method.alpha=0", *VECTORS)
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *VECTORS)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))
    objective, batch = first("method=domain_mixup", *VECTORS)
    objective.method.domain.zero_()
    batch.draws["domain_mixup_circle"] = tensor([0, 1])  # the other one has no example
    same(values(objective, batch)[0], wanted)
