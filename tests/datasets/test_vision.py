"""What all image sets of torchvision have in common: colours, downloads, and where they are kept."""

from urllib.error import URLError

import pytest
import torch

from datasets.vision import torchvision
from runner.console.errors import ConfigError
from runner.nodes.build import build
from tests.datasets.files import load, refusal
from tests.zoo import node


def test_torchvision_works_beside_any_torch():
    from torchvision.transforms import v2

    image, label = torchvision.datasets.FakeData(size=1, image_size=(3, 16, 16), num_classes=4)[0]
    tensor = v2.Compose([v2.ToImage(), v2.RandomHorizontalFlip(1.0), v2.ToDtype(torch.float32, scale=True)])(image)
    assert tensor.shape == (3, 16, 16)
    assert 0 <= label < 4
    logits = torchvision.models.resnet18(num_classes=4).eval()(tensor[None])
    assert logits.shape == (1, 4)
    assert logits.isfinite().all()


@pytest.mark.parametrize(("name", "files"), [("cifar10", "cifar10_files"), ("svhn", "svhn_files")])
def test_a_colours_mean_and_deviation_are_in_bytes(name, files, tmp_path, request):
    request.getfixturevalue(files)
    split = load(name, tmp_path)
    white = (255 - split.mean) / split.std
    assert white.shape == (3, 1, 1)
    expected = [(1 - m) / s for m, s in zip(node(name, "dataset")["mean"], node(name, "dataset")["std"], strict=True)]
    assert white.flatten().tolist() == pytest.approx(expected)


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "svhn", "medmnist", "kmnist"])
@pytest.mark.parametrize("error", [URLError("no route\nto host"), EOFError()], ids=["no route", "without words"])
def test_a_download_that_fails_is_one_line(name, error, tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise error

    for module in (torchvision.datasets.utils, torchvision.datasets.svhn):
        monkeypatch.setattr(module, "download_url", broken)
    for module in (torchvision.datasets.cifar, torchvision.datasets.mnist):
        monkeypatch.setattr(module, "download_and_extract_archive", broken)
    assert "could not download" in refusal(name, tmp_path, download=True)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize("name", ["mnist", "cifar10", "svhn", "medmnist"])
def test_a_data_root_that_cannot_be_written_to_is_named_before_a_download(name, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"exec.data_root: what is downloaded is kept in \S+/file, which cannot be"):
        build("dataset", node(name, "dataset"), data_root=str(tmp_path / "file"), download=True)
