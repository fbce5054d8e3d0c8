"""MedMNIST, from small files in its real format."""

from pathlib import Path

import numpy as np
import pytest
import torch

from datasets.vision import torchvision
from tests.datasets.files import load, pixels, refusal


def write_medmnist(file, shape=(28, 28), **changed):
    """Six training, three validation and two test images of the classes 0 to 2."""
    arrays = {}
    for seed, (part, n) in enumerate({"train": 6, "val": 3, "test": 2}.items()):
        arrays[f"{part}_images"] = pixels(n, *shape, seed=seed)
        arrays[f"{part}_labels"] = (np.arange(n, dtype=np.uint8) % 3)[:, None]
    arrays |= changed
    np.savez(file, **arrays)
    return arrays


def test_medmnist_in_grey_has_one_channel(tmp_path):
    arrays = write_medmnist(tmp_path / "breastmnist.npz")
    split = load("medmnist", tmp_path, name="breastmnist")
    assert torch.equal(split.x[:, 0], torch.from_numpy(arrays["train_images"]))
    assert torch.equal(split.test_x[:, 0], torch.from_numpy(arrays["test_images"]))
    assert split.y.tolist() == [0, 1, 2, 0, 1, 2]
    assert split.classes == ("0", "1", "2")


def test_medmnist_in_colour_is_normalised_channel_by_channel(tmp_path):
    arrays = write_medmnist(tmp_path / "pathmnist.npz", (28, 28, 3))
    split = load("medmnist", tmp_path, name="pathmnist")
    assert torch.equal(split.x[:, 2], torch.from_numpy(arrays["train_images"][..., 2]))
    normal = (split.x - split.mean) / split.std
    assert normal.mean((0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=1e-5)


def test_medmnists_validation_images_are_left_out_unless_asked_for(tmp_path):
    arrays = write_medmnist(tmp_path / "bloodmnist.npz")
    assert len(load("medmnist", tmp_path).y) == 6
    split = load("medmnist", tmp_path, with_val=True)
    assert torch.equal(split.x[6:, 0], torch.from_numpy(arrays["val_images"]))
    assert split.y[6:].tolist() == [0, 1, 2]


def test_medmnist_in_another_size_is_another_file(tmp_path):
    write_medmnist(tmp_path / "bloodmnist_64.npz", (64, 64, 3))
    assert load("medmnist", tmp_path, size=64).x.shape == (6, 3, 64, 64)
    assert str(tmp_path / "bloodmnist.npz") in refusal("medmnist", tmp_path)


def test_several_labels_an_image_are_refused(tmp_path):
    assert "chestmnist has several labels an image" in refusal("medmnist", tmp_path, name="chestmnist")


@pytest.mark.parametrize(
    "changed",
    [
        {"val_labels": np.zeros((2, 1), np.uint8)},
        {"train_labels": np.zeros((6, 2), np.uint8)},
        {"train_images": np.zeros((6, 28, 28), np.float32)},
        {"train_images": np.zeros((6, 28, 28, 28), np.uint8)},
        {"train_labels": np.array([None] * 6)},
    ],
    ids=["too few", "two an image", "not bytes", "volumes", "objects"],
)
def test_a_file_that_is_not_of_medmnist_is_refused(changed, tmp_path):
    write_medmnist(tmp_path / "bloodmnist.npz", **changed)
    assert "bloodmnist.npz is damaged or not of MedMNIST" in refusal("medmnist", tmp_path)


def test_a_flipped_byte_of_medmnist_is_noticed(tmp_path):
    file = tmp_path / "bloodmnist.npz"
    write_medmnist(file)
    raw = bytearray(file.read_bytes())
    raw[1000] ^= 255
    file.write_bytes(raw)
    assert "damaged" in refusal("medmnist", tmp_path)


@pytest.fixture
def zenodo(tmp_path_factory, monkeypatch):
    """Stands in for the network: a function of how many bytes come through, None for all; gives the addresses asked."""
    remote = tmp_path_factory.mktemp("remote") / "remote.npz"
    write_medmnist(remote)

    def serve(size=None):
        asked = []

        def download_url(url, root, filename):
            asked.append(url)
            Path(root, filename).write_bytes(remote.read_bytes()[:size])

        monkeypatch.setattr(torchvision.datasets.utils, "download_url", download_url)
        return asked

    return serve


@pytest.mark.parametrize("before", [None, b"half"], ids=["nothing", "half a file"])
def test_medmnist_is_downloaded_from_zenodo(before, tmp_path, zenodo):
    root = tmp_path / "new"
    if before:
        root.mkdir()
        (root / "bloodmnist.npz").write_bytes(before)
    asked = zenodo()
    assert len(load("medmnist", root, download=True).y) == 6
    assert asked == ["https://zenodo.org/records/10519652/files/bloodmnist.npz"]
    assert [file.name for file in root.iterdir()] == ["bloodmnist.npz"]
    load("medmnist", root, download=True)
    assert len(asked) == 1


def test_a_download_that_breaks_off_leaves_nothing(tmp_path, zenodo):
    zenodo(size=-100)
    assert "bloodmnist.npz is not all there" in refusal("medmnist", tmp_path, download=True)
    assert not list(tmp_path.iterdir())
