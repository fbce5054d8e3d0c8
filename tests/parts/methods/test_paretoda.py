"""ParetoDA: its linear program, held-out examples that choose, and what is refused."""

import json

import numpy as np
import pytest
import torch
from torch import tensor

from runner.console.errors import ConfigError
from runner.parts.methods.paretoda import guided
from runner.training.run import run
from tests.objectives import built, first
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/environments/paretoda.json").read_text())
GROUPS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64", "epochs=2", "method=paretoda"]
HELD = "val_fraction=0.2"


def numbers(*rows):
    return tensor(rows, dtype=torch.float64)


def solved(gradients, guide, loss=1.0):
    return guided(gradients, guide, tensor(loss), 1e-3)


@pytest.mark.parametrize("case", CASES)
def test_weights_and_direction_are_the_released_codes(case):
    gradients, guide = (tensor(case["inputs"][name], dtype=torch.float64) for name in ("gradients", "g_val"))
    found = guided(gradients, guide, tensor(case["inputs"]["loss_val"]), case["hyper"]["eps"]) / len(gradients)
    torch.testing.assert_close(found, tensor(case["output"]["alpha"], dtype=torch.float64), rtol=0, atol=1e-9)
    torch.testing.assert_close(found @ gradients, tensor(case["output"]["direction"], dtype=torch.float64))


def test_nothing_is_better_among_all_weights():
    """By a grid over the simplex of three goals, of which one is against the held-out step."""
    gradients = torch.randn(3, 8, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    guide = gradients[0] + gradients[1] - 0.3 * gradients[2]
    among, along = (gradients @ gradients.mT).numpy(), (gradients @ guide).numpy()
    assert (along > 0).sum() == 2
    steps = np.linspace(0, 1, 101)
    grid = np.array([(a, b, 1 - a - b) for a in steps for b in steps if a + b <= 1])
    asked = np.where(along > 0, -np.inf, along)
    asked[along.argmax()] = 0
    best = (grid @ along)[(grid @ among >= asked - 1e-12).all(1)].max()
    found = solved(gradients, guide).numpy() / 3
    assert found @ along >= best - 1e-9
    assert (among @ found >= asked - 1e-9).all()


def test_a_small_held_out_loss_leaves_the_goals_to_themselves():
    gradients, guide = numbers([1.0, 0.0], [0.0, 2.0]), numbers([1.0, 0.0])[0]
    assert solved(gradients, guide).tolist() == [2.0, 0.0]
    assert solved(gradients, guide, loss=1e-4).tolist() == [0.0, 2.0]  # the longest: its sum of products is largest


def test_goals_against_the_held_out_step_are_not_worsened_where_all_are():
    gradients = numbers([1.0, 0.0], [-1.0, 1.0])
    found = solved(gradients, numbers([-1.0, -3.0])[0])
    assert ((gradients @ (found @ gradients)) >= -1e-9).all()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_diverged_seed_is_left_to_whom_it_concerns(value):
    assert solved(numbers([value, 0.0], [0.0, 1.0]), numbers([1.0, 1.0])[0]).tolist() == [1.0, 1.0]


def test_the_scale_of_gradients_does_not_count():
    gradients = torch.randn(4, 6, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    guide = gradients.sum(0)
    torch.testing.assert_close(solved(gradients * 1e-6, guide * 1e-6), solved(gradients, guide), rtol=0, atol=1e-8)


def test_held_out_examples_are_validation_examples_without_a_trace():
    objective, batch = first(*GROUPS, HELD, "method.per_domain=true", "model.norm=batch", "loss=elr")
    plain, _ = first(*[each for each in GROUPS if "method" not in each], HELD, "model.norm=batch", "loss=elr")
    assert len(objective.method.held_x) == 40
    assert batch.draws["paretoda_places"].max() < 40
    objective(batch), plain(batch)
    mine, theirs = (dict(each.method.named_buffers()) for each in (objective, plain))
    for name, number in theirs.items():
        assert torch.equal(mine[name], number), name


def test_each_step_draws_from_all_validation_examples_alike():
    """As many as a batch has, which are fewer than there are."""
    (objective,), loader = built(*GROUPS, HELD, "batch_size=8")
    drawn = [batch.draws["paretoda_places"][0] for batch in loader]
    assert {len(each) for each in drawn} == {8}
    assert torch.cat(drawn).max() >= 8
    g = torch.Generator().manual_seed(0)
    counts = torch.cat([objective.method.places(g, 8) for _ in range(500)]).bincount(minlength=40)
    assert len(counts) == 40
    assert ((counts - 100).square() / 100).sum() < 72  # chi squared of 39 degrees of freedom: p = 0.001


def test_what_is_drawn_chooses():
    """Goals are the environments, and the gradient that they are weighed by is of the examples that were drawn."""
    objective, batch = first(*GROUPS, HELD, "method.per_domain=true")
    method = objective.method
    found = []
    for at in torch.arange(20).split(2):
        logits = method.network(batch.x)
        losses = torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
        goals = torch.stack([losses[method.domain[batch.index] == e].mean() / 2 for e in range(2)])
        held = torch.nn.functional.cross_entropy(method.network(method.held_x[at]), method.held_labels[at])
        rows = method.gradients(torch.stack([*goals, held]))
        expected = guided(rows[:2], rows[2], held.detach(), method.eps)
        asked = batch._replace(draws={"paretoda_places": at})
        torch.testing.assert_close(method.weights(goals, asked), expected)
        found.append(expected)
    assert len(torch.stack(found).unique(dim=0)) > 1


def test_a_penalty_and_each_environment_are_goals(compose, measured):
    said = [*GROUPS, HELD, "regularizer=dann"]
    rows = [measured(run(**compose(*said, f"method.per_domain={each}"))) for each in ("false", "true")]
    assert rows[0] != rows[1]
    assert all(value == value for found in rows for row in found.values() for value in row.values())


def test_with_one_goal_it_is_plain_training(compose, measured):
    plain, mine = (measured(run(**compose(*GROUPS[:-1], HELD, method))) for method in ("method=erm", "method=paretoda"))
    assert plain == mine


def test_it_needs_validation_examples(compose):
    with pytest.raises(ConfigError, match="validation examples"):
        list(run(**compose(*GROUPS)))
