"""Weston and Watkins' hinge loss beside torch's."""

import pytest
import torch.nn.functional as F

from tests.losses.examples import INDEX, K, agree, examples, loss


@pytest.mark.parametrize("margin", [0.5, 1.0, 4.0])
def test_weston_watkins_is_torchs_multi_margin_loss(margin):
    logits, labels = examples()
    theirs = F.multi_margin_loss(logits, labels, margin=margin, reduction="none")
    agree(loss("weston_watkins", margin=margin, form="mean")(logits, labels, INDEX), theirs, logits)
    agree(loss("weston_watkins", margin=margin, form="sum")(logits, labels, INDEX), K * theirs, logits)
