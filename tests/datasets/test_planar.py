"""Points of a plane: what is said of the truth is true of it."""

import math

import pytest
import torch

from datasets.planar import HALF, cells, centres, log_density, planar, wasserstein

SIZES = {"deviation": 0.1, "outliers": 0.0, "num_train": 4000, "side": 32, "world": 0, "task": "density"}
SHAPES = {"ring": 8, "grid": 9, "moons": 32, "spiral": 32}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_density_is_one_and_its_modes_are_within_the_square(shape):
    middle = centres(shape)
    assert middle.shape == (SHAPES[shape], 2)
    assert middle.abs().max() < HALF - 0.5
    whole = log_density(cells(200), middle, 0.1).exp().sum() * (2 * HALF / 200) ** 2
    assert whole.item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_points_are_from_it(shape):
    split = planar(shape=shape, **SIZES)
    near = torch.cdist(split.x.double(), centres(shape)).min(1).values
    assert (near < 0.3).double().mean().item() > 0.985  # 1 - exp(-4.5) of one mode
    log_p, point, sample, centre = split.truth.double().split([1, 2, 2, 2], 1)
    torch.testing.assert_close(log_p[:, 0], log_density(point, centres(shape), 0.1), rtol=1e-5, atol=1e-3)
    torch.testing.assert_close(point.float(), split.test_x)
    spread = ((sample - centre) / 0.1).square().mean()
    assert spread.item() == pytest.approx(1, abs=0.15)
    assert not split.y.any()
    assert not split.test_y.any()


def test_the_places_that_are_looked_at_are_all_cells_in_random_order():
    found = planar(shape="ring", **SIZES).test_x
    assert {tuple(each) for each in found.tolist()} == {tuple(each) for each in cells(32).float().tolist()}
    assert (found[:-1, 0] <= found[1:, 0]).double().mean() < 0.7


def test_outliers_are_anywhere_and_of_training_alone():
    split = planar(shape="ring", **SIZES | {"outliers": 0.25})
    far = torch.cdist(split.x.double(), centres("ring")).min(1).values > 0.3
    covered = 8 * math.pi * 0.3**2 / (2 * HALF) ** 2
    assert far.double().mean().item() == pytest.approx(0.25 * (1 - covered), abs=0.03)
    plain = planar(shape="ring", **SIZES)
    torch.testing.assert_close(split.x[~far].norm(dim=1).mean(), plain.x.norm(dim=1).mean(), rtol=0, atol=0.03)


def test_cells_between_which_modes_fall_are_refused():
    with pytest.raises(
        ValueError, match=r"side=31: cells are wider than 2\.5 deviations; must be at least 32 with 0\.1"
    ):
        planar(shape="ring", **SIZES | {"side": 31})


def test_another_world_has_other_points_and_the_same_truth():
    one, other = (planar(shape="grid", **SIZES | {"world": world}) for world in (0, 1))
    assert not torch.equal(one.x, other.x)
    assert one.optimum["w2"] != other.optimum["w2"]
    assert one.optimum["w2"] == pytest.approx(other.optimum["w2"], rel=0.5)


def test_the_distance_of_a_shift_is_its_length():
    x = torch.randn(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert wasserstein(x, x[torch.randperm(50)] + torch.tensor([0.3, 0.4])) == pytest.approx(0.5)
