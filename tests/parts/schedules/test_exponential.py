"""The same factor in every epoch."""

import pytest
from torch.optim.lr_scheduler import ExponentialLR

from tests.parts.factors import EPOCHS, STEPS, epoch_by_epoch, schedule, torchs


def test_per_epoch_it_is_torchs():
    assert epoch_by_epoch("exponential", gamma=0.7) == pytest.approx(
        torchs(ExponentialLR, EPOCHS, gamma=0.7), rel=1e-12
    )


def test_per_step_it_is_torchs_with_the_root_of_the_factor():
    falls = schedule("exponential", gamma=0.7, per="step")
    ours = [falls(n / STEPS, EPOCHS) for n in range(1, STEPS * EPOCHS)]
    theirs = torchs(ExponentialLR, STEPS * EPOCHS, gamma=0.7 ** (1 / STEPS))
    assert ours == pytest.approx(theirs[1:], rel=1e-12)
