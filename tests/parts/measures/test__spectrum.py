"""How many directions features fill: reference values, closed forms and numpy's singular values."""

import json

import numpy as np
import pytest
import torch

from runner.parts.measures._spectrum import MOST, effective_rank, spectral_entropy
from tests.zoo import ROOT


def draw(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("name", ["dse_sigma10_t1", "dse_sigma1_t1", "dse_sigma1_t2"])
def test_the_entropy_is_that_of_the_released_code(name):
    case = json.loads((ROOT / f"tests/values/measures/{name}.json").read_text())
    inputs = case["inputs"]
    z = torch.tensor(inputs["Z"], dtype=torch.float64)
    both = spectral_entropy(torch.stack([draw(*z.shape), z]), inputs["sigma"], inputs["t"])
    assert both[1].item() == pytest.approx(case["expected"]["dse"], abs=1e-12)


def test_the_entropy_of_equal_and_of_distant_features():
    assert spectral_entropy(torch.ones(1, 16, 3)).item() == pytest.approx(0, abs=1e-12)
    assert spectral_entropy(1000 * torch.eye(16)[None]).item() == pytest.approx(4, abs=1e-12)


def test_of_many_examples_some_at_even_distances_count():
    features = draw(1, 2 * MOST - 1, 2)
    torch.testing.assert_close(spectral_entropy(features), spectral_entropy(features[:, ::2]), rtol=1e-12, atol=0)


@pytest.mark.parametrize("shape", [(2, 30, 5), (2, 5, 30)])
def test_the_effective_rank_is_of_numpys_singular_values(shape):
    features = draw(*shape)
    for ours, h in zip(effective_rank(features), features.numpy(), strict=True):
        values = np.linalg.svd(h, compute_uv=False)
        p = values / values.sum()
        assert ours.item() == pytest.approx(np.exp(-(p * np.log(p)).sum()), rel=1e-9)


def test_the_effective_rank_of_orthonormal_directions_and_of_one():
    assert effective_rank(7 * torch.eye(6, 9)[None]).item() == pytest.approx(6, abs=1e-9)
    assert effective_rank(torch.outer(torch.arange(5.0), torch.ones(3))[None]).item() == pytest.approx(1, abs=1e-6)
