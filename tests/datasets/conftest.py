"""Files of data sets in their real formats, and labels flipped."""

import numpy as np
import pytest
import scipy.io
import torch

from datasets.vision import torchvision
from runner.data.protocol import call
from runner.nodes.build import bind
from tests.datasets.files import md5, pickled, pixels
from tests.datasets.noise_types.flipping import CIFAR10, OTHER, K, X, Y
from tests.zoo import node


@pytest.fixture
def cifar10_files(tmp_path, monkeypatch):
    """Five batches of four images and a test batch, under their checksums; gives the images (24, 3, 32, 32)."""
    kind = torchvision.datasets.CIFAR10
    folder = tmp_path / kind.base_folder
    images = pixels(24, 3, 32, 32)
    for i, name in enumerate([f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]):
        part = images[4 * i : 4 * i + 4].reshape(4, 3072)
        pickled(folder / name, {"data": part, "labels": [(i + j) % 10 for j in range(4)], "batch_label": name})
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    pickled(folder / "batches.meta", {"label_names": names, "num_vis": 3072})
    for which in ("train_list", "test_list"):
        monkeypatch.setattr(kind, which, [[name, md5(folder / name)] for name, _ in getattr(kind, which)])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": md5(folder / "batches.meta")})
    return torch.from_numpy(images)


@pytest.fixture
def svhn_files(tmp_path, monkeypatch):
    """Matlab files of images (32, 32, 3, N) with the digits 1 to N; a zero is written as 10."""
    parts = {}
    for seed, (part, n) in enumerate({"train": 10, "test": 4, "extra": 3}.items()):
        images = pixels(n, 3, 32, 32, seed=seed)
        digits = np.arange(1, n + 1, dtype=np.uint8)[:, None]
        file = tmp_path / f"{part}_32x32.mat"
        scipy.io.savemat(file, {"X": images.transpose(2, 3, 1, 0), "y": digits})
        parts[part] = images
        monkeypatch.setitem(torchvision.datasets.SVHN.split_list, part, ["http://nowhere", file.name, md5(file)])
    return {part: torch.from_numpy(images) for part, images in parts.items()}


@pytest.fixture
def flip(tmp_path, monkeypatch):
    """flip(name, rate, seed=0, labels=Y, **arguments of the type) -> given labels."""
    monkeypatch.chdir(tmp_path)
    np.save("T.npy", 0.5 * np.eye(K) + 0.5 * np.roll(np.eye(K), 3, axis=1))
    np.savez("people.npz", label=(Y.numpy() + 1) % K)

    def given(name, rate, seed=0, labels=Y, x=X, classes=CIFAR10, index=None, told=None, **changed):
        files = {
            "matrix": {"file": "T.npy"},
            "human": {"file": "people.npz", "column": "label", "clean": None},
            "open_set": {"source": OTHER},
        }
        settings = {key: value for key, value in node(name, "noise_type").items() if key != "defaults"}
        return call(
            bind("noise_type", settings | files.get(name, {}) | changed, data_root=str(tmp_path)),
            labels=labels,
            num_classes=len(classes),
            rate=rate,
            generator=torch.Generator().manual_seed(seed),
            x=x,
            source_index=torch.arange(len(labels)) if index is None else index,
            source_size=len(labels) if index is None else None,
            source_names=None,
            tell=[].append if told is None else told.append,
            classes=classes,
            mean=torch.zeros(1),
            std=torch.ones(1),
        )

    return given
