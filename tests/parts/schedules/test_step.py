"""A factor at given epochs."""

import pytest
from torch.optim.lr_scheduler import MultiStepLR

from tests.parts.factors import EPOCHS, epoch_by_epoch, torchs


def test_it_is_torchs():
    theirs = torchs(MultiStepLR, EPOCHS, milestones=[6, 11], gamma=0.2)
    assert epoch_by_epoch("step", milestones=[0.3, 0.55], gamma=0.2) == pytest.approx(theirs, rel=1e-12)
