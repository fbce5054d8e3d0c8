"""One cycle of the learning rate."""

import pytest
from torch.optim.lr_scheduler import OneCycleLR

from tests.parts.factors import EPOCHS, STEPS, step_by_step, torchs


@pytest.mark.parametrize(("shape", "theirs"), [("cosine", "cos"), ("linear", "linear")])
@pytest.mark.parametrize("rise", [0.3, 0.5])
def test_it_is_torchs_from_the_second_step_on(shape, theirs, rise):
    n = STEPS * EPOCHS
    torchs_cycle = torchs(
        OneCycleLR, n + 1, max_lr=1.0, total_steps=n + 1, pct_start=(rise * n + 1) / (n + 1), anneal_strategy=theirs,
        div_factor=20.0, final_div_factor=50.0,
    )  # fmt: skip
    ours = step_by_step("one_cycle", rise=rise, start=0.05, final=0.001, shape=shape)
    assert ours == pytest.approx(torchs_cycle[1:], rel=1e-9)


def test_its_numbers_are_torchs():
    n = STEPS * EPOCHS
    theirs = torchs(OneCycleLR, n + 1, max_lr=1.0, total_steps=n + 1, pct_start=(0.3 * n + 1) / (n + 1))
    assert step_by_step("one_cycle") == pytest.approx(theirs[1:], rel=1e-9)
