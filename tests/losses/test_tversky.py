"""Tversky loss beside MONAI's."""

import pytest
import torch.nn.functional as F
from monai.losses.tversky import TverskyLoss

from tests.losses.examples import INDEX, K, agree, examples, loss


@pytest.mark.parametrize("smooth", [1e-3, 1.0])
@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.7), (0.5, 0.5), (1.0, 1.0), (2.0, 0.1)])
def test_tversky_is_monais(alpha, beta, smooth):
    logits, labels = examples()
    ours = loss("tversky", alpha=alpha, beta=beta, smooth=smooth)(logits, labels, INDEX)
    package = TverskyLoss(softmax=True, alpha=alpha, beta=beta, smooth_nr=smooth, smooth_dr=smooth, reduction="none")
    theirs = package(logits[..., None], F.one_hot(labels, K).double()[..., None])
    agree(ours, theirs.flatten(1).sum(-1), logits)
