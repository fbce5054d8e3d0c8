"""The share by which two are mixed follows its law."""

import numpy as np
import pytest
import torch
from scipy.special import betainc
from scipy.stats import beta as law
from scipy.stats import kstwo

from runner.data.streams import generator
from runner.parts.methods.draws import beta, dirichlet

DRAWN = 2000


@pytest.mark.parametrize("alpha", [1e-9, 1e-6, 1e-4, 0.002, 0.01, 0.1, 0.2, 1.0, 4.0, 100.0, 1e4, 1e6, 1e9])
def test_the_share_of_two_follows_its_law(alpha):
    """The largest distance from the distribution function, where float32 can tell a share from 0 and from 1."""
    drawn = beta(alpha, DRAWN)(generator("share", str(alpha)), 64).double().numpy()
    places = np.unique(np.clip(law.ppf(np.linspace(0.001, 0.999, 999), alpha, alpha), 1e-6, 1 - 1e-6))
    shares = (drawn[:, None] <= places).mean(0)
    assert abs(shares - betainc(alpha, alpha, places)).max() < kstwo.isf(1e-4, DRAWN)


def test_the_smallest_and_largest_alpha_give_shares():
    ends = [beta(alpha, DRAWN)(generator("share"), 64) for alpha in (1e-300, 1e300)]
    assert set(ends[0].tolist()) <= {0.0, 1.0}
    assert set(ends[1].tolist()) == {0.5}


def test_the_share_is_one_number_of_the_stream_alone():
    one, more = beta(0.3)(generator("share"), 64), beta(0.3, 2)(generator("share"), 7)
    assert one.shape == ()
    assert one == more[0] != more[1]


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("alpha", [0.01, 0.2, 1.0, 4.0, 1e4, 1e6])
def test_shares_of_several_follow_their_law(alpha, count):
    """Each by itself, which has the law Beta(alpha, alpha (count - 1))."""
    stream = generator("shares", str(alpha))
    drawn = torch.stack([dirichlet(alpha, count)(stream, 64) for _ in range(DRAWN)]).double().numpy()
    assert abs(drawn.sum(1) - 1).max() < 1e-6
    others = alpha * (count - 1)
    places = np.unique(np.clip(law.ppf(np.linspace(0.001, 0.999, 999), alpha, others), 1e-6, 1 - 1e-6))
    for share in drawn.T:
        below = (share[:, None] <= places).mean(0)
        assert abs(below - betainc(alpha, others, places)).max() < kstwo.isf(1e-4, DRAWN)


def test_the_smallest_and_largest_alpha_give_shares_of_several():
    ends = [dirichlet(alpha, 3)(generator("shares"), 64) for alpha in (1e-300, 1e300)]
    assert sorted(ends[0].tolist()) == [0, 0, 1]
    torch.testing.assert_close(ends[1], torch.full((3,), 1 / 3))


def test_the_share_of_one_is_all():
    assert dirichlet(0.3, 1)(generator("shares"), 64).tolist() == [1]
