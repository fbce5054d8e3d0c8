"""A model of a language against the truth: by hand, and as the released code of MixCE measures it."""

import json
import math

import pytest
import torch

from datasets.bigram import bigram
from runner.parts.measures.language import Language, Rows, at_zeros, jensen_shannon
from runner.tasks.declared.language import LANGUAGE
from tests.zoo import ROOT

MEASURES = Language()
CASES = json.loads((ROOT / "tests" / "values" / "language" / "transitions.json").read_text())


def double(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def measured(p, weight, q):
    """Of contexts with laws p (M, V) and a model q (M, V)."""
    targets = torch.cat([double(weight)[:, None], double(p)], 1)[None]
    seen = MEASURES.outcomes(double(q).log()[None], targets)
    return {
        name: value.item() for name, value in (MEASURES.quality(seen, targets) | MEASURES.groups(seen, targets)).items()
    }


@pytest.mark.parametrize("case", CASES)
def test_with_equal_weights_zeros_and_js_are_those_of_released_code(case):
    """The last learned row and the first column are no contexts and no tokens there; js is of normalized rows."""
    q = double(case["inputs"]["learned_transitions_with_bos"])[:-1, 1:]
    p = double([case["inputs"]["first_token"], *case["inputs"]["true_transitions"][:-1]])
    rows = Rows(double([0.25] * 4)[None], p[None])
    assert at_zeros(rows, q[None]).item() == pytest.approx(case["output"]["avg_0s"], rel=1e-10)
    p, q = (each / each.sum(1, keepdim=True) for each in (p, q))
    assert jensen_shannon(p, q).mean().item() == pytest.approx(case["output"]["avg_js"], rel=1e-9)


def test_two_contexts_by_hand():
    found = measured([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]], [0.75, 0.25], [[0.25, 0.5, 0.25], [0.8, 0.1, 0.1]])
    nll = 0.75 * (0.5 * math.log(4) + 0.5 * math.log(2)) - 0.25 * math.log(0.8)
    h = [0.25 * math.log(4) * 2 + 0.5 * math.log(2), -0.8 * math.log(0.8) - 0.2 * math.log(0.1)]
    js = [
        -(0.375 * math.log(0.375) + 0.5 * math.log(0.5) + 0.125 * math.log(0.125)) - (math.log(2) + h[0]) / 2,
        -(0.9 * math.log(0.9) + 0.1 * math.log(0.05)) - h[1] / 2,
    ]
    assert found == pytest.approx(
        {
            "nll": nll,
            "forward_kl": nll - 0.75 * math.log(2),
            "reverse_kl": 0.75 * (math.log(2 / 3) / 3 + 2 / 3 * math.log(4 / 3)),
            "js": 0.75 * js[0] + 0.25 * js[1],
            "at_zeros": (0.75 * 0.25 + 0.25 * 0.2) / (0.75 + 0.25 * 2),
            "entropy_gap": 0.75 * (h[0] - math.log(2)) + 0.25 * h[1],
        }
    )
    assert [metric.name for metric in (*LANGUAGE.quality, *LANGUAGE.groups)] == [*found]


def test_the_truth_is_at_no_distance_from_itself():
    split = bigram(tokens=6, order=1, zeros=0.5, sequences=500, longest=50, world=0, task="language")
    p = split.truth[:, 1:]
    found = measured(p.tolist(), split.truth[:, 0].tolist(), p.clamp(min=1e-30).tolist())
    assert found.pop("nll") == pytest.approx(split.optimum["nll"], rel=1e-6)
    assert found == pytest.approx(dict.fromkeys(found, 0.0), abs=1e-6)


def test_of_tokens_it_is_the_mean_of_minus_log_probabilities():
    seen = MEASURES.outcomes(double([[[0.25, 0.75], [0.5, 0.5]]]).log(), torch.tensor([[1, 0]]))
    for found in (
        MEASURES.quality(seen, torch.tensor([[1, 0]])),
        MEASURES.label_noise(seen, torch.tensor([[1, 0]]), 0),
    ):
        assert found["nll"].item() == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)


def test_without_zeros_there_is_no_mean_at_them_and_a_nan_is_known_by_nobody():
    assert math.isnan(measured([[0.5, 0.5]], [1.0], [[0.5, 0.5]])["at_zeros"])
    assert all(math.isnan(value) for value in measured([[0.5, 0.5]], [1.0], [[math.nan, 0.5]]).values())
