"""Logit adjustment after training: what is predicted, and that training is ERM's."""

import pytest
import torch
from torch import nn

from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.methods.logit_adjusted import LogitAdjusted
from runner.training.run import run
from tests.zoo import make

COUNTS = torch.tensor([70.0, 25.0, 5.0, 0.0])


def parts():
    torch.manual_seed(0)
    network = nn.Linear(3, 4)
    return network, Criterion(make("ce", num_train=8, num_classes=4)), Penalties({})


@pytest.mark.parametrize("tau", [0.0, 1.0, 2.5])
def test_logit_adjustment_subtracts_the_scaled_log_prior(tau):
    x = torch.randn(6, 3)
    seen = LogitAdjusted(*parts(), COUNTS, tau=tau).predict(x)
    plain = ERM(*parts()).predict(x)
    prior = torch.tensor([70, 25, 5, 1]) / 101
    torch.testing.assert_close(seen, plain - tau * prior.log())


def test_logit_adjustment_gives_the_released_codes_numbers():
    """A row of google-research/logit_adjustment main.py, transcribed, in float64, for classes of 50, 20, 5 and 2."""
    logits = [-4.620823600468352, -0.7465017225155286, -2.1216333570925725, 1.9990187095623522]
    adjusted = [-4.189041184044354, 0.6015714257803144, 0.612734152311611, 5.64967695081759]
    counts = torch.tensor([50, 20, 5, 2], dtype=torch.float64)
    method = LogitAdjusted(nn.Identity(), nn.Identity(), Penalties({}), counts, tau=1.0)
    seen = method.predict(torch.tensor([logits], dtype=torch.float64))
    torch.testing.assert_close(seen, torch.tensor([adjusted], dtype=torch.float64), rtol=0, atol=1e-9)


def test_post_hoc_adjustment_trains_as_erm_and_lifts_the_tail(compose, measured):
    """On overlapping blobs thinned out 20 to 1: the same objectives, a better recall of the worst class."""
    said = ["dataset.distance=0.5", "imbalance=20", "epochs=5"]
    plain, adjusted = (measured(run(**compose(*said, f"method={m}"))) for m in ("erm", "logit_adjusted"))
    last = (0, 5)
    assert plain[last]["train/objective"] == adjusted[last]["train/objective"]
    assert adjusted[last]["test/balanced_accuracy"] > plain[last]["test/balanced_accuracy"]
    assert adjusted[last]["test/worst_class_recall"] > plain[last]["test/worst_class_recall"]
