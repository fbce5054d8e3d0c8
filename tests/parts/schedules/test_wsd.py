"""Warm-up, stable, decay."""

import pytest
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, SequentialLR

from tests.parts.factors import EPOCHS, STEPS, schedule, step_by_step, torchs

N, STABLE = STEPS * EPOCHS, STEPS * EPOCHS // 2


@pytest.mark.parametrize("shape", ["linear", "cosine"])
def test_it_is_a_row_of_torchs(shape):
    def row(optimizer):
        fall = {
            "linear": lambda: LinearLR(optimizer, 1.0, 0.1, N - STABLE),
            "cosine": lambda: CosineAnnealingLR(optimizer, N - STABLE, 0.1),
        }[shape]
        return SequentialLR(optimizer, [ConstantLR(optimizer, 1.0), fall()], [STABLE])

    ours = step_by_step("wsd", decay=0.5, shape=shape, final=0.1, warmup=0.0)
    assert ours == pytest.approx(torchs(row, N + 1)[1:], rel=1e-9)


def test_the_square_root_falls_fast_at_first():
    falls = schedule("wsd", decay=0.4, shape="sqrt", warmup=0.0)
    assert [falls(t, 10) for t in (6.0, 7.0, 10.0)] == pytest.approx([1.0, 0.5, 0.0])


def test_it_grows_first_and_may_never_fall():
    assert [schedule("wsd", decay=0.0, warmup=4.0)(t, 10) for t in (1.0, 4.0, 10.0)] == [0.25, 1.0, 1.0]


def test_it_may_fall_from_the_start():
    linear = schedule("linear")
    falls = schedule("wsd", decay=1.0, warmup=0.0)
    assert [falls(t, 10) for t in (0.5, 5.0, 10.0)] == pytest.approx([linear(t, 10) for t in (0.5, 5.0, 10.0)])
