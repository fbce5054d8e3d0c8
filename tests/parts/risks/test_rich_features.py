"""The groups of Rich Feature Construction: the released code's rule, and the risk by hand."""

import json

import pytest
import torch
from torch import tensor

from runner.catalog.objective_laws import descended
from runner.console.errors import ConfigError
from runner.parts.risks.rich_features import discovery, synthesis
from tests.objectives import built, first, same
from tests.zoo import ROOT, written

(CASE,) = json.loads((ROOT / "tests/values/environments/rich_features.json").read_text())
NAMES = ["a" * 20, "b" * 20]
SMALL = ["dataset.num_train=200", "dataset.num_test=64", "model.width=8"]
TWO = ["risk=rich_features", f"risk.members=[{','.join(NAMES)}]", *SMALL]


def stored(cell, seed):
    """Of each cell and seed a network of its own."""
    (its,), _ = built("model.width=8", seeds=[100 * (cell[0] == "b") + seed + 50])
    return written("mlp", "model") | {"width": 8}, its.method.network.state_dict()


def right(objective, seen):
    return torch.stack([member(seen.x).argmax(1) == seen.labels for member in objective.risk.members], 1)


def test_members_agree_where_the_released_code_says():
    correct = tensor(CASE["inputs"]["correct_of_models"]).bool().T
    assert synthesis(correct)[:, 0].tolist() == CASE["output"]["agree_group"]
    assert (synthesis(correct).sum(1) == 1).all()


def test_every_example_is_of_one_group_of_each_member():
    groups = discovery(tensor([[True, False], [False, False]]))
    assert groups.tolist() == [[True, False, False, True], [False, False, True, True]]


@pytest.mark.parametrize("phase", ["discovery", "synthesis"])
def test_the_risk_is_of_the_groups_of_the_batch(phase):
    objective, seen = first(*TWO, f"risk.phase={phase}", stored=stored)
    losses = objective.method(seen).detach()
    its = right(objective, seen)
    assert 0 < its[:, 0].sum() < len(its)
    assert (its[:, 0] != its[:, 1]).any()
    if phase == "discovery":
        expected = max(losses[group].mean() for member in its.T for group in (member, ~member))
    else:
        agree = its[:, 0] == its[:, 1]
        expected = (losses[agree].mean() + losses[~agree].mean()) / 2
    same(objective.risk(losses, seen), expected)


def test_a_group_that_the_batch_lacks_does_not_count():
    """One member alone always agrees with itself."""
    objective, seen = first(
        "risk=rich_features", f"risk.members=[{NAMES[0]}]", "risk.phase=synthesis", *SMALL, stored=stored
    )
    losses = -torch.ones(len(seen.labels), dtype=torch.float64)
    same(objective.risk(losses, seen), losses.mean())
    of_right = seen._replace(labels=objective.risk.members[0](seen.x).argmax(1))
    objective.risk.discovers = True
    same(objective.risk(losses, of_right), losses.mean())


def test_members_stand_still_and_stacks_are_their_seeds():
    copies, loader = built(*TWO, seeds=[3, 4], stored=stored)
    before = [[p.clone() for p in copy.risk.members.parameters()] for copy in copies]
    together, stack = descended(copies, loader, 2)
    for i, seed in enumerate([3, 4]):
        single, _ = descended(*built(*TWO, seeds=[seed], stored=stored), 2)
        torch.testing.assert_close(together[:, i], single[:, 0], rtol=1e-8, atol=1e-8)
        state = stack.copy(i)
        after = [state[f"risk.members.{name}"] for name, _ in copies[i].risk.members.named_parameters()]
        for ours, theirs in zip(after, before[i], strict=True):
            same(ours, theirs)


def test_a_member_twice_and_several_views_are_refused():
    with pytest.raises(ConfigError, match="aaa is named twice"):
        first("risk=rich_features", f"risk.members=[{NAMES[0]},{NAMES[0]}]", *SMALL, stored=stored)
    images = ["dataset=digits", "loss=gjs", "method=gjs", "augment=standard", "augment.padding=1"]
    with pytest.raises(ConfigError, match=r"the method has \d; must be \[\]"):
        first(*images, "risk=rich_features", f"risk.members=[{NAMES[0]}]", stored=stored)
