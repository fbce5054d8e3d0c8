"""MNIST and its like, from small files in their real format."""

import gzip
import struct

import pytest
import torch

from datasets import mnist
from datasets.vision import torchvision
from runner.console.errors import ConfigError
from tests.datasets.files import load, pixels
from tests.zoo import node


def write_idx(file, array):
    """An idx file of bytes, as LeCun's page describes it."""
    header = struct.pack(">HBB", 0, 8, array.dim()) + struct.pack(f">{array.dim()}I", *array.shape)
    raw = header + array.numpy().tobytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(raw) if file.suffix == ".gz" else raw)


@pytest.fixture
def images():
    g = torch.Generator().manual_seed(0)
    return [torch.randint(256, shape, generator=g, dtype=torch.uint8) for shape in ((6, 28, 28), (4, 28, 28))]


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")])
def test_idx_files_are_read(name, folder, suffix, images, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "DEBIAN", tmp_path / "none")
    labels = [torch.arange(n, dtype=torch.uint8) for n in (6, 4)]
    for part, array in zip(mnist.PARTS, (images[0], labels[0], images[1], labels[1]), strict=True):
        write_idx(tmp_path / folder / "raw" / (part + suffix), array)
    split = load(name, tmp_path)
    assert torch.equal(split.x[:, 0], images[0])
    assert torch.equal(split.test_x[:, 0], images[1])
    assert split.test_y.tolist() == [0, 1, 2, 3]
    white = (255 - split.mean) / split.std
    assert white.item() == pytest.approx((1 - node(name, "dataset")["mean"]) / node(name, "dataset")["std"])


def test_debians_files_are_found(images, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "DEBIAN", tmp_path / "debian")
    for part in mnist.PARTS:
        write_idx(
            tmp_path / "debian" / f"{part}.gz", images[1] if "images" in part else torch.arange(4, dtype=torch.uint8)
        )
    assert load("fashion_mnist", tmp_path / "empty").x.shape == (4, 1, 28, 28)


def test_half_a_file_is_named(images, tmp_path):
    for part in mnist.PARTS:
        write_idx(
            tmp_path / "MNIST" / "raw" / part, images[1] if "images" in part else torch.arange(4, dtype=torch.uint8)
        )
    file = tmp_path / "MNIST" / "raw" / mnist.PARTS[0]
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ConfigError, match=f"{file.name} is damaged"):
        load("mnist", tmp_path)


def test_missing_files_say_where_they_were_looked_for_and_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "DEBIAN", tmp_path / "debian")
    with pytest.raises(ConfigError) as refusal:
        load("fashion_mnist", tmp_path)
    line = str(refusal.value)
    assert str(tmp_path / "FashionMNIST" / "raw") in line
    assert str(tmp_path / "debian") in line
    assert "exec.download=true" in line
    assert "apt-get install dataset-fashion-mnist" in line


def test_a_download_that_fails_is_one_line(tmp_path, monkeypatch):
    def broken(self):
        raise RuntimeError("no route\nto host")

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", broken)
    with pytest.raises(ConfigError, match="could not download") as refusal:
        load("mnist", tmp_path, download=True)
    assert "\n" not in str(refusal.value)


def test_kmnist_is_read_from_its_own_folder(tmp_path):
    images = torch.from_numpy(pixels(4, 28, 28))
    for part in mnist.PARTS:
        array = images if "images" in part else torch.arange(4, dtype=torch.uint8)
        write_idx(tmp_path / "KMNIST" / "raw" / part, array)
    split = load("kmnist", tmp_path)
    assert torch.equal(split.x[:, 0], images)
    assert split.classes[3] == "tsu"
