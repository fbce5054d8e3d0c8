"""The penalty on the entropy of attention: released values, its free margin, and what is counted of heads."""

import json
import math

import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._transformer import Transformer, normalized
from runner.parts.calculations.entropy_attention import Watched, entropies, entropy_attention, penalty, shares
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "language" / "entropy_attention.json").read_text())
SIZES = {
    "margin": 0.2, "start": 0.5, "symbols": 4, "concentration": 0.2, "length": 6, "width": 8, "layers": 2, "heads": 2,
    "steps": 40, "batch_size": 8, "lr": 0.01, "tested": 50,
}  # fmt: skip


def uniform(length):
    """Attention (1, 1, T, T) to all places so far alike."""
    rows = torch.ones(length, length, dtype=torch.float64).tril()
    return (rows / rows.sum(1, keepdim=True))[None, None]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['output']['penalty']:.3g}")
def test_the_penalty_is_the_released_one(case):
    maps = [torch.tensor(case["inputs"][f"attention_layer{i}"], dtype=torch.float64) for i in range(2)]
    r = torch.tensor(case["inputs"]["r"], dtype=torch.float64, requires_grad=True)
    found = case["hyper"]["coefficient"] * penalty(maps, r, case["hyper"]["gamma"])
    assert found.item() == pytest.approx(case["output"]["penalty"], rel=1e-12)
    assert torch.autograd.grad(found, r)[0].tolist() == pytest.approx(case["output"]["gradient_r"], rel=1e-12)


def test_it_is_summed_over_sequences_and_free_within_the_margin():
    maps, r = [uniform(4)], torch.tensor([0.5], dtype=torch.float64)
    twice = [uniform(4).repeat(2, 1, 1, 1)]
    assert penalty(twice, r, 0.2).item() == pytest.approx(2 * penalty(maps, r, 0.2).item())
    by_place = [(math.log(i) - 0.5 * math.log(4)) ** 2 for i in (1, 2, 3, 4)]
    assert penalty(maps, r, 0.2).item() == pytest.approx(by_place[0] + by_place[2] + by_place[3])
    assert penalty(maps, r, 1.0).item() == 0


def test_a_uniform_head_and_one_of_one_place_are_told_apart():
    one = torch.eye(4, dtype=torch.float64)[None, None]
    found = shares([torch.cat([uniform(4), one], 1), torch.cat([uniform(4), uniform(4)], 1)])
    assert found == pytest.approx({"collapsed": 0.25, "uniform": 0.75, "entropy": 0.75}, abs=1e-6)
    assert entropies(one).abs().max() < 1e-8


def test_it_is_the_transformer_but_for_normalization():
    """Where what is normalized has mean 0 and variance 1 already, at the first layer, attention is the same."""
    x = torch.eye(4, dtype=torch.float64)[None, [0, 2, 1, 3, 3]]
    plain, watched = (kind(numbers("calculation", 0), 1, (4, 8, 4), 5, 2, 2) for kind in (Transformer, Watched))
    mixed = torch.randn(1, 5, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(watched_attention(watched, mixed), plain.attention(mixed, 1))
    assert watched(x).shape == plain(x).shape
    assert [each.shape for each in watched.maps] == [(1, 1, 2, 5, 5)] * 2
    for each in watched.maps:
        torch.testing.assert_close(each.sum(-1), torch.ones(1, 1, 2, 5, dtype=torch.float64))
        assert each.triu(1).abs().max() == 0
    changed = watched(x.flip(1))
    assert not torch.allclose(changed, watched(x))
    twice = watched(2 * x)
    assert not torch.allclose(twice, watched(normalized(x)))


def watched_attention(network, mixed):
    network.maps = []
    return network.attention(mixed, 1)


def test_place_t_sees_places_up_to_t():
    network = Watched(numbers("calculation", 1), 1, (4, 8, 4), 5, 2, 2)
    x = torch.eye(4, dtype=torch.float64)[None, [0, 2, 1, 3, 3]]
    other = x.clone()
    other[0, 3] = x[0, 0]
    torch.testing.assert_close(network(x)[:, :, :3], network(other)[:, :, :3])
    assert not torch.allclose(network(x)[:, :, 3:], network(other)[:, :, 3:])


def test_a_strong_penalty_brings_entropies_to_what_it_asks_for():
    low, high = (
        entropy_attention(numbers("calculation", 0), weight=1.0, **SIZES | {"start": start})["entropy"]
        for start in (0.1, 0.8)
    )
    assert low < high - 0.1
