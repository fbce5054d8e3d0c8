"""Batches that have equally many examples of each environment."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.data.inputs import Inputs
from runner.data.loader import Keys, Loader
from runner.data.streams import generator
from runner.objective.sampling import samplers_of
from runner.parts.augments.none import NoAugment
from runner.training.run import run
from tests.data.test_targets import prepared, shifted, split_of
from tests.parts.sampling import sampler
from tests.zoo import node

N = 60
DOMAIN = torch.tensor([0] * 40 + [1] * 15 + [2] * 5)


def drawn(epochs=1):
    draw, stream = sampler("domain_balanced", DOMAIN, domain=DOMAIN), generator("order", 0)
    return [draw(DOMAIN, stream) for _ in range(epochs)]


@pytest.mark.parametrize("batch_size", [3, 12, 30])
def test_a_batch_has_equally_many_of_each(batch_size):
    for batch in drawn()[0].split(batch_size):
        assert set(DOMAIN[batch].bincount().tolist()) == {batch_size // 3}


@pytest.mark.parametrize("batch_size", [4, 7, 16])
def test_where_their_number_does_not_divide_it_they_differ_by_two_at_most(batch_size):
    """But the last batch, which is smaller."""
    for batch in drawn()[0].split(batch_size)[:-1]:
        counts = DOMAIN[batch].bincount(minlength=3)
        assert counts.max() - counts.min() <= 2  # a round is cut at either end of a batch


def test_all_of_an_environment_come_by_before_one_comes_again():
    (places,) = drawn()
    times = places.bincount(minlength=N)
    assert times[:40].max() == 1
    assert times[:40].sum() == 20
    assert set(times[40:55].tolist()) == {1, 2}
    assert set(times[55:].tolist()) == {4}


def test_each_seed_has_its_own_environments():
    split = split_of(torch.randn(N, 2))._replace(domain=DOMAIN)
    made = prepared(split, shifted, val_fraction=0.5)
    samplers = samplers_of(node("domain_balanced", "sampler"), made, 0, 6)
    inputs = Inputs(split.x, split.mean, split.std, torch.device("cpu"), 0)
    for batch in Loader(inputs, made.train, Keys((0, 3), (0, 3)), 6, samplers, NoAugment(), {}):
        for i in range(2):
            of_batch = DOMAIN[made.train.place[i][batch.index[i]]]
            assert set(of_batch.bincount(minlength=3).tolist()) == {2}
    assert not torch.equal(made.train.place[0], made.train.place[1])


def test_a_data_set_without_environments_is_refused(compose):
    with pytest.raises(ConfigError, match=r"^sampler \(.*domain_balanced\): this data set has no environments"):
        next(run(**compose("sampler=domain_balanced")))
