"""ConFIG: its direction, and the setting in which it is plain training."""

import json

import pytest
import torch
from torchjd.aggregation import ConFIG

from runner.parts.methods.conflict_free import weights
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "methods" / "conflict_free.json").read_text())


def direction(gradients):
    return weights(gradients) @ gradients


@pytest.mark.parametrize("case", CASES)
def test_the_direction_is_the_released_packages(case):
    gradients = torch.tensor(case["inputs"]["gradients"], dtype=torch.float64)
    wanted = torch.tensor(case["output"]["config"], dtype=torch.float64)
    torch.testing.assert_close(direction(gradients), wanted, rtol=1e-9, atol=1e-9)
    cosines = torch.nn.functional.cosine_similarity(gradients, direction(gradients)[None])
    torch.testing.assert_close(cosines, torch.tensor(case["output"]["cosines"], dtype=torch.float64))


def test_it_is_torchjds():
    gradients = torch.randn(3, 40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(direction(gradients), ConFIG()(gradients), rtol=1e-6, atol=1e-8)


def test_one_term_is_its_gradient_and_one_without_a_gradient_does_not_count():
    one = torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    torch.testing.assert_close(direction(one), one[0])
    torch.testing.assert_close(direction(torch.cat([one, torch.zeros(1, 2)])), one[0])


def test_terms_that_point_against_each_other_leave_no_step():
    assert not direction(torch.tensor([[1.0, 0.0], [-2.0, 0.0]], dtype=torch.float64)).any()
