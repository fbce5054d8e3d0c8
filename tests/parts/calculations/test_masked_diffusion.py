"""Masked diffusion: released schedules, the bound as a mean over orders whatever the schedule, a trained network."""

import json
from itertools import permutations

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._masking import (
    bound,
    continuous,
    costs,
    discrete,
    in_order,
    kept,
    patterns,
    surprise,
    weight,
)
from runner.parts.calculations.masked_diffusion import drawn, masked_diffusion, next_token
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "language" / "masked_diffusion.json").read_text())
TWO = [case for case in CASES if "x" in case["inputs"]]
(SCHEDULES,) = [case for case in CASES if "t" in case["inputs"]]
SIZES = {
    "schedule": "linear", "power": 3.0, "eps": 1e-4, "levels": 4, "symbols": 3, "length": 3, "width": 16, "steps": 200,
    "batch_size": 32, "lr": 0.01,
}  # fmt: skip


def table(inputs):
    """The network of a case, of two tokens of three symbols."""
    both, first, second = (
        torch.tensor(inputs[name], dtype=torch.float64)
        for name in ("logits_both_masked", "logits_x1_given_x2", "logits_x2_given_x1")
    )

    def network(x):
        said = x.unflatten(1, (2, 4)).argmax(2)
        rows = [
            torch.stack([both[0] if two == 3 else first[two], both[1] if one == 3 else second[one]])
            for one, two in said.tolist()
        ]
        return torch.stack(rows).flatten(1)

    return network


def cost_of(case):
    x = torch.tensor([case["inputs"]["x"]])
    return costs(table(case["inputs"]), x, torch.ones(1, dtype=torch.float64), 3)


@pytest.mark.parametrize("case", TWO)
def test_bounds_of_two_tokens(case):
    cost = cost_of(case)
    assert bound(cost, continuous(2)) == pytest.approx(case["output"]["continuous_bound"], rel=1e-12)
    assert bound(cost, continuous(2)) == pytest.approx(case["output"]["any_order_average"], rel=1e-12)
    a = kept(np.linspace(0, 1, case["hyper"]["T"] + 1), "linear", 1.0, 0.0)
    assert bound(cost, discrete(2, a)) == pytest.approx(case["output"]["discrete_bound_T4"], rel=1e-12)


@pytest.mark.parametrize(("name", "schedule"), [("linear", "linear"), ("cosine", "cosine"), ("poly3", "poly")])
def test_schedules_are_the_released_ones(name, schedule):
    asked = np.array(SCHEDULES["inputs"]["t"]), schedule, 3.0, SCHEDULES["hyper"]["eps"]
    assert kept(*asked) == pytest.approx(SCHEDULES["output"][name]["alpha"], rel=1e-9)
    assert weight(*asked) == pytest.approx(SCHEDULES["output"][name]["weight"], rel=1e-9)


@pytest.mark.parametrize("schedule", ["linear", "cosine", "poly"])
def test_the_weight_of_a_set_of_masked_places_is_the_same_whatever_the_schedule(schedule):
    """The integral over time, by the rule of the middle."""
    t = (np.arange(200_000) + 0.5) / 200_000
    a, own = kept(t, schedule, 2.5, 0.0), weight(t, schedule, 2.5, 0.0)
    for m in range(1, 5):
        assert (own * (1 - a) ** m * a ** (4 - m)).mean() == pytest.approx(continuous(4)[m], rel=1e-4)


@pytest.mark.parametrize("schedule", ["linear", "cosine", "poly"])
def test_many_levels_of_time_are_continuous(schedule):
    a = kept(np.linspace(0, 1, 5001), schedule, 3.0, 0.0)
    assert discrete(4, a) == pytest.approx(continuous(4), rel=5e-3)


def test_the_bound_is_the_mean_over_orders():
    g = np.random.default_rng(0)
    cost = g.random((16, 4)) * patterns(4)
    row = {tuple(pattern): i for i, pattern in enumerate(patterns(4))}
    each = []
    for order in permutations(range(4)):
        masked, total = np.ones(4, dtype=bool), 0.0
        for place in order:
            total += cost[row[tuple(masked)], place]
            masked[place] = False
        each.append(total)
        if order == (0, 1, 2, 3):
            assert in_order(cost) == pytest.approx(total)
    assert bound(cost, continuous(4)) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("schedule", ["linear", "cosine", "poly"])
def test_what_is_trained_is_the_bound_in_expectation(schedule):
    """Of a fixed network, the mean over many antithetic times and masks, within five standard errors."""
    case, draws, count = TWO[0], np.random.default_rng(1), 20_000
    asked = (draws.random() + np.arange(count) / count) % 1, schedule, 3.0, 1e-4
    masked = torch.as_tensor(draws.random((count, 2)) >= kept(*asked)[:, None])
    logs = -cost_of(case)
    row = masked[:, 0] * 2 + masked[:, 1]
    found = weight(*asked) * -logs[row.numpy()].sum(axis=1)
    error = found.std() / np.sqrt(count)
    assert found.mean() == pytest.approx(case["output"]["continuous_bound"], abs=5 * error)
    x = torch.tensor([case["inputs"]["x"]]).expand(4, -1)
    own = surprise(table(case["inputs"]), x, torch.as_tensor(patterns(2)), 3)
    assert own.numpy() == pytest.approx(-logs)


def test_sequences_are_drawn_by_the_law():
    law = np.array([[0.9, 0.1], [0.3, 0.7], [0.25, 0.75]])
    seen = drawn(np.random.default_rng(0), law, 3, 20_000)
    assert (seen[:, 0] == 1).mean() == pytest.approx(0.75, abs=0.02)
    for before in (0, 1):
        assert (seen[seen[:, 1] == before, 2] == 1).mean() == pytest.approx(law[before, 1], abs=0.02)


def test_the_next_token_sees_those_before_it_alone():
    case = TWO[0]
    x = torch.tensor([[0, 2], [0, 2]])
    found = next_token(table(case["inputs"]), x, torch.tensor([0, 1]), 3)
    both, second = (torch.tensor(case["inputs"][key]) for key in ("logits_both_masked", "logits_x2_given_x1"))
    assert found.tolist() == pytest.approx([-both[0].log_softmax(0)[0].item(), -second[0].log_softmax(0)[2].item()])


def test_training_brings_both_nearer_to_the_entropy():
    little, much = (masked_diffusion(numbers("calculation", 0), **SIZES | {"steps": steps}) for steps in (2, 200))
    for name in ("gap", "autoregressive_gap"):
        assert 0 <= much[name] < 0.5 * little[name]
    assert much["behind"] == pytest.approx(much["gap"] - much["autoregressive_gap"])
