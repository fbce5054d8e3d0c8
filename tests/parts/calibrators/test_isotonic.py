"""Isotonic regression of the confidence: a reference case, and what is measured of it."""

import torch

from runner.parts.calibrators.isotonic import TopLabelIsotonic
from runner.parts.measures.classification import Classification
from tests.parts.calibrators.cases import case, overconfident


def test_it_is_the_case_of_scikit_learn():
    logits, labels, expected = case("isotonic_top_label")
    calibrator = TopLabelIsotonic()
    calibrator.fit(logits, labels)
    confidence = logits.softmax(2).amax(2)[0]
    torch.testing.assert_close(confidence, torch.tensor(expected["confidence"], dtype=torch.float64), rtol=0, atol=1e-9)
    fitted = torch.tensor(expected["fitted"], dtype=torch.float64)
    torch.testing.assert_close(calibrator.calibrated(logits)[0], fitted, rtol=0, atol=1e-9)


def test_the_prediction_stays_and_what_needs_all_probabilities_is_not_measured():
    logits, labels = overconfident(seeds=2)
    measures = Classification(4, None, 20, 100)
    plain = measures.quality(measures.outcomes(logits, labels), labels)
    calibrator = TopLabelIsotonic()
    calibrator.fit(logits, labels)
    found = calibrator.quality(measures, calibrator.outcomes(measures, logits, labels), labels)
    assert plain.keys() - found.keys() == {"nll", "brier"}
    assert torch.equal(found["accuracy"], plain["accuracy"])
    assert (found["ece"] < 0.01).all(), "what it was fitted to"
    assert (plain["ece"] > 0.1).all()
