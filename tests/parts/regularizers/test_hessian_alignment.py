"""Hessian alignment: the released code's values, and the closed form of a head by automatic differentiation."""

import json

import pytest
import torch
from torch import tensor
from torch.nn.functional import cross_entropy, linear

from runner.data.loader import Batch
from tests.objectives import same
from tests.parts.penalties import of_domains
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/environments/hessian_alignment.json").read_text())


def double(values):
    return tensor(values, dtype=torch.float64)


def inputs(case):
    """Features, the head's weight and bias, and a batch of both environments, one after the other."""
    given = case["inputs"]
    features, labels = double(given["features"]).flatten(0, 1), tensor(given["labels"]).flatten()
    domain = torch.arange(2).repeat_interleave(5)
    return (
        features,
        double(given["weight"]),
        double(given["bias"]),
        domain,
        Batch(features, labels, torch.arange(10), {}),
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("curvature", "key"), [("hgp", "hgp_penalty"), ("diagonal", "hutchinson_penalty_exact_diagonal")]
)
def test_it_is_the_released_codes(case, curvature, key):
    features, weight, bias, domain, batch = inputs(case)
    made = of_domains("hessian_alignment", domain, curvature=curvature, **case["hyper"])
    same(made(features, linear(features, weight, bias), batch), double(case["output"][key]))


@pytest.mark.parametrize("curvature", ["hgp", "diagonal"])
def test_gradient_and_curvature_are_those_of_automatic_differentiation(curvature):
    """Value and gradient, with environments of different sizes and an environment that the batch lacks."""
    features, weight, bias, _, batch = inputs(CASES[0])
    domain = tensor([0, 1, 3, 0, 1, 1, 3, 3, 3, 0])
    features, weight, bias = (each.requires_grad_() for each in (features, weight, bias))
    made = of_domains("hessian_alignment", domain, curvature=curvature, alpha=2.0, beta=3.0)
    value = made(features, linear(features, weight, bias), batch)

    flat = torch.cat([weight.flatten(), bias])

    def risk(head, which):
        return cross_entropy(linear(features[which], head[:6].view(3, 2), head[6:]), batch.labels[which])

    there = [domain == e for e in (0, 1, 3)]
    risks = [lambda head, which=which: risk(head, which) for which in there]
    every = [*risks, lambda head: torch.stack([each(head) for each in risks]).mean()]
    gradients = [torch.func.grad(each)(flat) for each in every]
    hessians = [torch.func.jacrev(torch.func.grad(each))(flat) for each in every]
    curvatures = [
        hessian @ gradient if curvature == "hgp" else hessian.diagonal()
        for hessian, gradient in zip(hessians, gradients, strict=True)
    ]
    expected = sum(
        2 * (c - curvatures[-1].detach()).square().sum() + 3 * (g - gradients[-1].detach()).square().sum()
        for c, g in zip(curvatures[:-1], gradients[:-1], strict=True)
    )
    same(value, expected / 3)
    for ours, theirs in zip(
        torch.autograd.grad(value, (features, weight, bias)),
        torch.autograd.grad(expected / 3, (features, weight, bias)),
        strict=True,
    ):
        same(ours, theirs)


def test_without_curvature_it_matches_gradients():
    features, weight, bias, domain, batch = inputs(CASES[1])
    made = of_domains("hessian_alignment", domain, alpha=0.0, beta=1.0)
    gradients = double(CASES[1]["output"]["gradients"])
    expected = (gradients[0] - gradients[1]).square().sum() / 4
    same(made(features, linear(features, weight, bias), batch), expected)
