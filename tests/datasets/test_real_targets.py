"""What every noise type of real targets obeys."""

import pytest
import torch

from tests.datasets.noise_types.real_targets import TARGETS, TYPES, D, N, X, about, changed, given

SHARES = {"censored": 1 - 0.7**2}  # of the examples that are chosen, those of which a target changes; else all


@pytest.mark.parametrize("name", TYPES)
def test_a_stream_gives_its_targets_again_and_another_one_others(name):
    first = given(name, 0.4)
    assert first.dtype == torch.float32
    assert first.shape == (N, D)
    assert first.isfinite().all()
    assert torch.equal(first, given(name, 0.4))
    assert not torch.equal(first, given(name, 0.4, seed=1))


@pytest.mark.parametrize("name", TYPES)
def test_targets_inputs_and_the_global_stream_are_left_alone(name):
    targets, x, before = TARGETS.clone(), X.clone(), torch.random.get_rng_state()
    given(name, 0.4, targets=targets, x=x)
    assert torch.equal(targets, TARGETS)
    assert torch.equal(x, X)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", TYPES)
def test_no_noise_is_no_noise(name):
    assert torch.equal(given(name, 0.0), TARGETS)


@pytest.mark.parametrize("name", TYPES)
def test_more_noise_changes_the_same_examples_and_more(name):
    low, high = (changed(given(name, rate)) for rate in (0.2, 0.4))
    assert (low <= high).all()
    assert high.sum() > low.sum()


@pytest.mark.parametrize("name", [name for name in TYPES if name != "shuffled"])
def test_more_noise_changes_them_alike(name):
    low, high = given(name, 0.2), given(name, 0.4)
    assert torch.equal(low[changed(low)], high[changed(low)])


@pytest.mark.parametrize("rate", [0.1, 0.4, 1.0])
@pytest.mark.parametrize("name", TYPES)
def test_the_rate_is_the_one_that_is_promised(name, rate):
    count = N / 4 if name == "bag_mean" else N  # bags are chosen
    assert about(changed(given(name, rate)).double().mean(), rate * SHARES.get(name, 1.0), count)
