"""Logit adjustment after training, beside the network's own predictions."""

import torch

from runner.parts.calibrators.logit_adjustment import PostHocLogitAdjustment
from runner.training.run import run

COUNTS = torch.tensor([[50, 20, 5, 2]], dtype=torch.float64)


def test_it_gives_the_released_codes_numbers():
    """A row of google-research/logit_adjustment main.py, transcribed, in float64, for classes of 50, 20, 5 and 2."""
    logits = [-4.620823600468352, -0.7465017225155286, -2.1216333570925725, 1.9990187095623522]
    adjusted = [-4.189041184044354, 0.6015714257803144, 0.612734152311611, 5.64967695081759]
    seen = PostHocLogitAdjustment(COUNTS, tau=1.0).calibrated(torch.tensor([[logits]], dtype=torch.float64))
    torch.testing.assert_close(seen, torch.tensor([[adjusted]], dtype=torch.float64), rtol=0, atol=1e-9)


def test_it_is_the_method_of_that_name_and_needs_no_validation_examples(compose, measured):
    said = ["imbalance=20", "epochs=2", "dataset.distance=0.5"]
    own, beside = (
        measured(run(**compose(*said, each, seeds=[0, 1])))
        for each in ("method=logit_adjusted", "calibrator=logit_adjustment")
    )
    for at, row in own.items():
        for name in ("accuracy", "balanced_accuracy", "nll"):
            torch.testing.assert_close(row[f"test/{name}"], beside[at][f"calibrated/{name}"], rtol=1e-6, atol=1e-6)
        assert beside[at]["calibrated/balanced_accuracy"] != beside[at]["test/balanced_accuracy"]
