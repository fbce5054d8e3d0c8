"""Attention entropy: its values, its bounds, and the network that it asks for."""

import json
import math

import pytest
import torch

from runner.console.errors import ConfigError
from runner.parts.regularizers.attention_entropy import negative_entropy
from tests.objectives import first, near, same
from tests.parts.penalties import BAGS, penalty_of
from tests.zoo import ROOT


def released(name):
    found = json.loads((ROOT / f"tests/values/regularizers/{name}.json").read_text())
    return torch.tensor(found["inputs"]["scores"], dtype=torch.float64), found["expected"]


@pytest.mark.parametrize("name", ["aem_single", "aem_multi_head"])
def test_it_is_as_released(name):
    scores, expected = released(name)
    scores.requires_grad_()
    value = negative_entropy(scores[None])
    value.backward()
    assert value.item() == pytest.approx(expected["loss"], abs=1e-12)
    if "grad" in expected:
        near(scores.grad, torch.tensor(expected["grad"], dtype=torch.float64))


def test_it_is_the_mean_over_bags():
    scores, expected = released("aem_multi_head")
    even = negative_entropy(torch.stack([scores, torch.zeros_like(scores)]))
    assert even.item() == pytest.approx((expected["loss"] - math.log(5)) / 2, abs=1e-12)


def test_it_is_between_even_attention_and_one_instance():
    scores = torch.tensor([[[0.0, 0.0, 0.0, 1000.0]]], dtype=torch.float64, requires_grad=True)
    sharp = negative_entropy(scores)
    sharp.backward()
    assert sharp.item() == 0
    assert scores.grad.isfinite().all()
    same(negative_entropy(torch.ones(1, 1, 4).double()), torch.tensor(-math.log(4), dtype=torch.float64))


def test_a_network_that_pays_for_nothing_else_attends_evenly():
    """Gradient descent on the penalty alone comes to -log n."""
    objective, seen = first("regularizer=attention_entropy", "regularizer.attention_entropy.weight=1", *BAGS)
    (penalty,) = objective.method.regularizer.parts.values()
    with torch.no_grad():
        penalty.pool.w.weight.mul_(100)
    before = penalty(None, None, seen).item()
    optimizer = torch.optim.Adam(penalty.parameters(), lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        penalty(None, None, seen).backward()
        optimizer.step()
    after = penalty(None, None, seen).item()
    assert after < before
    assert after == pytest.approx(-math.log(10), abs=1e-3)


def test_only_what_attends_is_priced():
    _, gradients, objective, _ = penalty_of("attention_entropy", *BAGS)
    priced = dict(zip((name for name, _ in objective.method.network.named_parameters()), gradients, strict=True))
    assert [name for name, gradient in priced.items() if gradient is None] == ["head.weight", "head.bias"]


def test_a_network_without_attention_is_refused():
    with pytest.raises(
        ConfigError, match=r"regularizer\.attention_entropy .*: needs a network that attends .* model=abmil"
    ):
        first("regularizer=attention_entropy")
