"""Which losses are symmetric and which bounded: exactly those that claim it."""

import math

import pytest

from runner.catalog.examples import example_loss
from runner.catalog.properties import alone, bounds, calibration, convex, stateful, symmetric
from tests.zoo import BINARY, LOSSES, node

SYMMETRIC = {
    "anl_ce", "anl_fl", "apl", "mae", "nce", "nce_mae", "nce_rce", "nfl", "nfl_mae", "nfl_rce", "ngce", "nmae", "nnce",
    "nnfl", "normalized", "nrce", "rce",
}  # fmt: skip
BOUNDED = SYMMETRIC | {
    "ael", "agce", "aldr_kl", "amse", "anorm", "aul", "dice", "dmi", "eps_softmax_ce", "eps_softmax_fl",
    "eps_softmax_mae", "forward_correction", "gce", "gce_truncated", "gjs", "jal_ce", "js", "ldr_kl", "logit_clip",
    "mse_softmax", "nce_ael", "nce_agce", "nce_aul", "peer", "tversky", "z_loss",
}  # fmt: skip
STATEFUL = {"aldr_kl", "elr", "gce_truncated"}
MIXING = {"dmi", "nlnl", "peer"}


def fresh(name):
    return lambda n, k: example_loss(node(name), num_train=n, num_classes=k)


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in BINARY])
def test_claims(name):
    assert alone(fresh(name)) == (name not in MIXING)
    if name not in MIXING:
        assert symmetric(fresh(name)) == (name in SYMMETRIC)
    assert math.isfinite(bounds(fresh(name))[1]) == (name in BOUNDED)
    assert stateful(fresh(name)) == (name in STATEFUL)


def test_bounds_are_the_known_ones():
    assert bounds(fresh("gce")) == pytest.approx((0, 1 / 0.7))
    assert bounds(fresh("mae")) == pytest.approx((0, 1))
    assert bounds(fresh("ce"))[1] == math.inf


def test_convexity_finds_counterexamples():
    assert convex(fresh("ce"))
    assert not convex(fresh("mae"))


def test_calibration_sees_a_loss_that_is_not():
    """Learning the complement of the label ends at the least likely class."""
    import torch.nn.functional as F
    from torch import nn

    class Complement(nn.Module):
        def forward(self, logits, labels, index):
            return F.cross_entropy(-logits, labels, reduction="none")

    assert calibration(fresh("ce")) == 1.0
    assert calibration(lambda n, k: Complement()) < 0.2
