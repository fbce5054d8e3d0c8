"""Vector scaling: the minimum of a reference case, and what becomes of seeds that have none."""

import torch
from torch.nn.functional import cross_entropy

from runner.parts.calibrators.vector import VectorScaling
from tests.parts.calibrators.cases import case, overconfident


def test_it_is_the_solved_case():
    logits, labels, expected = case("vector_scaling_solved")
    scaling = VectorScaling(bound=100.0)
    scaling.fit(logits, labels)
    torch.testing.assert_close(scaling.w[0], torch.tensor(expected["w"], dtype=torch.float64), rtol=0, atol=1e-6)
    torch.testing.assert_close(
        scaling.b[0], torch.tensor(expected["b_centred"], dtype=torch.float64), rtol=0, atol=1e-6
    )
    nll = cross_entropy(scaling.calibrated(logits)[0], labels[0]).item()
    assert abs(nll - expected["nll"]) < 1e-9
    assert scaling.at_bound.tolist() == [False]


def test_classes_that_can_be_told_apart_stop_at_the_bound():
    logits, _ = overconfident()
    scaling = VectorScaling(bound=20.0)
    scaling.fit(logits, logits.argmax(2))
    assert scaling.at_bound.tolist() == [True]
    assert scaling.w.abs().max() <= 20
