"""Random numbers come from named streams, whatever the part, and follow the law that they should."""

import random

import numpy as np
import pytest
import torch
from scipy.special import betainc
from scipy.stats import beta as law
from scipy.stats import kstwo

from runner.data.streams import generator
from runner.parts.methods.draws import beta
from runner.training.run import run
from tests.objective.test_objectives import SUITS
from tests.objectives import CONF

GROUPS = ("loss", "method", "regularizer", "risk", "sampler", "augment", "noise_type", "imbalance_type")
SMALL = ["dataset.num_train=96", "dataset.num_test=32"]
ELSE = SUITS | {  # what some need that others do not
    "ensloss": ["classes=[0,1]"],
    "circle": ["model.head=cosine"],
    "custom": ["imbalance_type.counts=[20,10,10,10]", "imbalance=1"],
    "standard": ["dataset=digits"],
    "strong": ["dataset=digits"],
    "asymmetric": ["noise_type.pairs=[[0,1]]"],
    "asymmetric_sequential": ["noise_type.pairs=[[0,1]]"],
}
ABSENT = {"human", "open_set", "matrix", "bag"}  # they need files, or a bag or a matrix of one's own
EVERY = [(g, file.stem) for g in GROUPS for file in sorted((CONF / g).glob("*.yaml")) if file.stem not in ABSENT]
DRAWN = 2000


def states():
    return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()


def disturb(seed):
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


@pytest.mark.parametrize(("group", "name"), EVERY)
def test_no_part_reads_or_moves_a_global_stream(compose, measured, group, name):
    own = ELSE.get(name, [])
    size = [] if "dataset=digits" in own else SMALL
    arguments = compose(f"{group}={name}", "noise=0.3", "val_fraction=0.2", "imbalance=2", *size, *own)
    rows = []
    with torch.random.fork_rng(devices=[]):
        for seed in (1, 2):
            disturb(seed)
            before = states()
            rows.append(measured(run(**arguments)))
            assert states() == before
    assert rows[0]
    assert rows[0] == rows[1]


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
