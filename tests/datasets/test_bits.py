"""What is not told of several labels at once, and how often."""

import pytest
import torch

from runner.nodes.build import bind
from tests.zoo import ROOT, asked_by, written

N, L = 8_000, 6
BITS = (torch.rand(N, L, generator=torch.Generator().manual_seed(1)) < 0.3).float()
TYPES = [file.stem for file in sorted((ROOT / "conf" / "noise_type").glob("*.yaml")) if "bits" in asked_by(file.stem)]


def flip(name, rate, seed=0, bits=BITS):
    made = bind("noise_type", written(name, "noise_type"))
    return made(bits=bits, rate=rate, generator=torch.Generator().manual_seed(seed))


def about(found, rate, n):
    """Within four standard errors of a share of n independent ones."""
    return abs(found.double().mean().item() - rate) <= 4 * (rate * (1 - rate) / n) ** 0.5 + 1e-12


@pytest.mark.parametrize("name", TYPES)
def test_a_stream_gives_its_bits_again_and_another_one_others(name):
    first = flip(name, 0.4)
    assert first.dtype == torch.float32
    assert first.shape == (N, L)
    assert torch.equal(first, flip(name, 0.4))
    assert not torch.equal(first, flip(name, 0.4, seed=1))


@pytest.mark.parametrize("name", TYPES)
def test_bits_and_the_global_stream_are_left_alone(name):
    bits, before = BITS.clone(), torch.random.get_rng_state()
    flip(name, 0.4, bits=bits)
    assert torch.equal(bits, BITS)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", TYPES)
def test_no_noise_is_no_noise(name):
    assert torch.equal(flip(name, 0.0), BITS)


@pytest.mark.parametrize("name", TYPES)
def test_more_noise_changes_the_same_bits_and_more(name):
    low, high = flip(name, 0.2), flip(name, 0.4)
    changed = low != BITS
    assert torch.equal(low[changed], high[changed])
    assert (high != BITS).sum() > changed.sum()


@pytest.mark.parametrize("name", ["missing_bits", "noisy_bits"])
def test_each_bit_is_changed_at_the_rate(name):
    changed = flip(name, 0.4) != BITS
    for side in (BITS == 1, BITS == 0):
        assert about(changed[side], 0.4, int(side.sum()))
    pairs = changed[:, 0] & changed[:, 1]  # and independently
    assert about(pairs, 0.16, N)


def test_missing_bits_are_unknown_and_noisy_ones_the_other_side():
    missing, noisy = flip("missing_bits", 0.4), flip("noisy_bits", 0.4)
    assert set(missing[missing != BITS].tolist()) == {-1.0}
    assert torch.equal(noisy[noisy != BITS], 1 - BITS[noisy != BITS])


def test_a_single_positive_is_one_of_its_own_each_as_likely():
    bits = torch.tensor([1.0, 0.0, 1.0, 1.0]).repeat(N, 1)
    given = flip("single_positive", 1.0, bits=bits)
    assert ((given == 1).sum(1) == 1).all()
    assert ((given == -1).sum(1) == 3).all()
    assert all(about(given[:, k] == 1, 1 / 3, N) for k in (0, 2, 3))


def test_single_positives_are_of_the_share_of_examples():
    assert about((flip("single_positive", 0.4) == -1).any(1), 0.4, N)


def test_of_an_example_without_labels_nothing_stays_known():
    given = flip("single_positive", 1.0, bits=torch.zeros(5, 3))
    assert (given == -1).all()


@pytest.mark.parametrize("name", TYPES)
def test_what_is_not_known_stays_so(name):
    bits = torch.full((10, 3), -1.0)
    assert torch.equal(flip(name, 1.0, bits=bits), bits)
