"""Mixed Barlow Twins: its term at the released values, and where it is nothing."""

import json

import pytest
import torch

from runner.parts.methods.mixed_barlow import mixed_apart
from tests.objective.test_objectives import SUITS
from tests.objectives import first, same
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "methods" / "mixed_barlow.json").read_text())
SAID = ["method=mixed_barlow", *SUITS["mixed_barlow"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_term_is_the_released_one(case):
    one, other, mixture = (torch.tensor(case[key], dtype=torch.float64) for key in ("one", "other", "mixture"))
    found = case["weight"] * mixed_apart(one, other, mixture, torch.tensor(case["places"]), torch.tensor(case["share"]))
    assert found.item() == pytest.approx(case["value"], abs=1e-9)


def test_a_mixture_that_is_one_view_is_as_expected():
    one, other = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    same(mixed_apart(one, other, one, torch.arange(7), torch.tensor(1.0)), torch.zeros((), dtype=torch.float64))


def test_without_the_term_it_is_two_views():
    mixed, batch = first(*SAID, "method.scale=0")
    plain, _ = first("method=two_views", *SUITS["mixed_barlow"])
    same(mixed.method(batch), plain.method(batch))


def test_the_term_is_of_the_network_at_the_mixture():
    (mixed, batch), (plain, _) = first(*SAID), first(*SAID, "method.scale=0")
    method, share, places = mixed.method, *(batch.draws[f"mixed_barlow_{name}"] for name in ("share", "places"))
    one, other = batch.x.unbind(1)
    seen = [
        method.projection(method.network.features(x)) for x in (one, other, share * one + (1 - share) * other[places])
    ]
    same(mixed.method(batch) - plain.method(batch), (0.02 * mixed_apart(*seen, places, share)).expand(len(one)))
