"""Targets that are cut at a limit."""

import pytest
import torch

from tests.datasets.noise_types.real_targets import TARGETS, given


@pytest.mark.parametrize(("side", "share"), [("above", 0.2), ("below", 0.8)])
def test_each_target_is_cut_at_its_own_quantile(side, share):
    found = given("censored", 1.0, quantile=0.8, side=side)
    limit = TARGETS.quantile(0.8, 0)
    cut = found != TARGETS
    assert torch.equal(found[cut], limit.expand_as(found)[cut])
    assert cut.double().mean(0).tolist() == pytest.approx([share] * 2, abs=1e-3)
    assert ((found <= limit) if side == "above" else (found >= limit)).all()


def test_what_is_not_recorded_so_keeps_targets_beyond_the_limit():
    found = given("censored", 0.5, quantile=0.8)
    assert (found > TARGETS.quantile(0.8, 0)).any()
