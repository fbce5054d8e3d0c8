"""Crammer and Singer's hinge loss beside scikit-learn's."""

import pytest
from sklearn.metrics import hinge_loss

from tests.losses.examples import INDEX, B, K, examples, loss


@pytest.mark.parametrize("margin", [0.5, 1.0, 4.0])
def test_crammer_singer_is_scikit_learns_hinge_loss(margin):
    """Whose margin is 1: the loss of margin m is m times that of z / m."""
    logits, labels = examples()
    ours = loss("crammer_singer", margin=margin)(logits, labels, INDEX)
    for i in range(B):
        theirs = hinge_loss(labels[i : i + 1], logits[i : i + 1].detach() / margin, labels=list(range(K)))
        assert ours[i].item() == pytest.approx(margin * theirs, abs=1e-10)
