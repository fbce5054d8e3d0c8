"""5000 images of MNIST: their split, their numbers and their labels."""

import pytest
import torch

from tests.datasets.files import load


@pytest.fixture(scope="module")
def mnist5k():
    return load("mnist5k")


def test_mnist5k_is_split_by_class_and_stays_bytes(mnist5k):
    assert mnist5k.x.shape == (4000, 1, 28, 28)
    assert mnist5k.x.dtype == torch.uint8
    assert mnist5k.y.bincount().tolist() == [400] * 10
    assert mnist5k.test_y.bincount().tolist() == [100] * 10
    assert mnist5k.classes == tuple("0123456789")


def test_mnist5k_has_about_the_moments_of_mnist(mnist5k):
    inputs = (mnist5k.x.float() - mnist5k.mean) / mnist5k.std
    assert abs(inputs.mean().item()) < 0.01
    assert abs(inputs.std().item() - 1) < 0.01


def test_mnist5k_images_are_upright_and_carry_their_own_labels(mnist5k):
    """A zero is empty in the middle, a one is full there and narrow: rows and columns are not exchanged."""
    mean = [mnist5k.x[mnist5k.y == k, 0].float().mean(0) for k in range(2)]
    assert mean[0][13:15, 13:15].mean() < 20
    assert mean[1][13:15, 13:15].mean() > 150
    rows, columns = (mean[1].sum(axis) / mean[1].sum() for axis in (1, 0))
    place = torch.arange(28.0)
    spread = [(share * (place - (share * place).sum()) ** 2).sum() for share in (rows, columns)]
    assert spread[0] > 2 * spread[1]


def test_mnist5k_numbers_its_images_by_the_rows_of_the_file(mnist5k):
    """There are 500 of each class in turn in the file."""
    assert torch.equal(mnist5k.source_index // 500, mnist5k.y)
    assert len(set(mnist5k.source_index.tolist())) == 4000
