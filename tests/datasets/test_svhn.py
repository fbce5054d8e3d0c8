"""SVHN, from small files in its real format."""

import torch

from tests.datasets.files import load, refusal


def test_svhn_is_read_with_ten_as_zero(tmp_path, svhn_files):
    split = load("svhn", tmp_path)
    assert torch.equal(split.x, svhn_files["train"])
    assert torch.equal(split.test_x, svhn_files["test"])
    assert split.y.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]


def test_svhns_extra_images_follow_the_training_images(tmp_path, svhn_files):
    split = load("svhn", tmp_path, extra=True)
    assert torch.equal(split.x, torch.cat([svhn_files["train"], svhn_files["extra"]]))
    assert split.y[10:].tolist() == [1, 2, 3]
    assert len(split.test_y) == 4


def test_svhns_missing_extra_file_is_named(tmp_path, svhn_files):
    (tmp_path / "extra_32x32.mat").unlink()
    assert str(tmp_path / "extra_32x32.mat") in refusal("svhn", tmp_path, extra=True)
