"""Half a cosine."""

import pytest
from torch.optim.lr_scheduler import CosineAnnealingLR

from tests.parts.factors import EPOCHS, STEPS, epoch_by_epoch, step_by_step, torchs


def test_it_is_torchs():
    theirs = torchs(CosineAnnealingLR, EPOCHS, T_max=EPOCHS, eta_min=0.1)
    assert epoch_by_epoch("cosine", final=0.1) == pytest.approx(theirs, rel=1e-9)
    n = STEPS * EPOCHS
    theirs = torchs(CosineAnnealingLR, n + 1, T_max=n, eta_min=0.1)
    assert step_by_step("cosine", final=0.1, per="step") == pytest.approx(theirs[1:], rel=1e-9)
