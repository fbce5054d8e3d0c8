"""The data sets, from files in their real formats where a download would be needed."""

import gzip
import re
import struct

import pytest
import torch

from datasets import mnist
from datasets.split import fingerprint, view
from datasets.vision import torchvision
from runner.console.errors import ConfigError
from runner.nodes.build import build
from tests.zoo import ROOT, node


def load(name, root="nowhere", download=False, **changed):
    return build("dataset", node(name, "dataset") | changed, data_root=str(root), download=download)


def test_digits_are_split_by_class_and_stay_bytes():
    split = load("digits")
    assert split.x.shape == (1437, 1, 8, 8)
    assert split.test_x.shape == (360, 1, 8, 8)
    assert split.x.dtype == torch.uint8
    assert split.y.bincount().min() >= 139
    assert split.test_y.bincount().tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]
    normal = (split.x.float() - split.mean) / split.std
    assert abs(normal.mean().item()) < 1e-3
    assert abs(normal.std().item() - 1) < 1e-3
    assert fingerprint(*split[:4]) == fingerprint(*load("digits")[:4])


def test_blobs_are_as_large_as_asked():
    split = load("blobs", num_train=10, num_test=4, num_classes=3, dim=5)
    assert split.x.shape == (10, 5)
    assert split.test_y.tolist() == [1, 2, 0, 1]
    assert len(split.classes) == 3


def test_a_view_has_only_its_classes_numbered_anew():
    split = load("blobs", num_train=40, num_test=20, num_classes=4)
    seen = view(split, [3, 1])
    assert seen.classes == ("blob 3", "blob 1")
    assert torch.equal(seen.x[seen.y == 0], split.x[split.y == 3])
    assert torch.equal(seen.test_x[seen.test_y == 1], split.test_x[split.test_y == 1])
    assert len(seen.y) == 20


def test_a_view_is_of_a_source_as_large_as_before():
    assert view(load("digits"), [3, 5]).numbers()[1] == 1797
    index, size = view(load("blobs", num_train=40, num_classes=4), [3, 1]).numbers()
    assert index.tolist() == [i for i in range(40) if i % 2]
    assert size == 40


@pytest.mark.parametrize("classes", [[1], [1, 1], [0, 4], []])
def test_a_view_that_cannot_be_is_refused(classes):
    with pytest.raises(ValueError, match="must be"):
        view(load("blobs"), classes)


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


def test_torchvision_works_beside_any_torch():
    from torchvision.transforms import v2

    image, label = torchvision.datasets.FakeData(size=1, image_size=(3, 16, 16), num_classes=4)[0]
    tensor = v2.Compose([v2.ToImage(), v2.RandomHorizontalFlip(1.0), v2.ToDtype(torch.float32, scale=True)])(image)
    assert tensor.shape == (3, 16, 16)
    assert 0 <= label < 4
    logits = torchvision.models.resnet18(num_classes=4).eval()(tensor[None])
    assert logits.shape == (1, 4)
    assert logits.isfinite().all()


def blobs(**changed):
    return load("blobs", num_train=8, num_test=4, num_classes=4)._replace(**changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"y": torch.tensor([0, 1, 2, 3, 0, 1, 2, 4])}, "training label 4, out of the range 0 to 3"),
        ({"test_y": torch.tensor([0, 1, 2, -1])}, "test label -1"),
        ({"given": torch.tensor([0, 1, 2, 3, 0, 1, 2, 9])}, "given label 9"),
        ({"y": torch.tensor([0, 1, 2, 2, 0, 1, 2, 2])}, "class blob 3 has no training example"),
        ({"y": torch.zeros(0, dtype=torch.int64)}, "no training examples"),
        ({"test_x": torch.zeros(3, 8)}, "3 test inputs but 4 labels"),
        ({"classes": ("one",)}, "1 class;"),
    ],
)
def test_a_data_set_that_cannot_be_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        blobs(**changed).checked()
    assert blobs().checked()


def test_a_view_takes_along_what_belongs_to_its_examples():
    split = blobs(given=torch.arange(8) % 4, domain=torch.arange(8), test_domain=torch.arange(4))
    seen = view(split, [3, 1])
    assert seen.source_index.tolist() == seen.domain.tolist() == [1, 3, 5, 7]
    assert seen.given.tolist() == seen.y.tolist() == [1, 0, 1, 0]
    assert seen.test_domain.tolist() == [1, 3]


def test_a_view_that_the_data_sets_own_labels_leave_is_refused():
    with pytest.raises(ValueError, match="confuse these classes with others"):
        view(blobs(given=torch.tensor([1, 2, 3, 0] * 2)), [0, 1])


def test_every_data_set_is_in_the_table_with_its_sizes():
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| \[`(\w+)`\]\(\.\./conf/dataset/\1\.yaml\) (.*)$", page, re.MULTILINE))
    files = {file.stem: file.read_text(encoding="utf-8") for file in (ROOT / "conf" / "dataset").glob("*.yaml")}
    assert sorted(rows) == sorted(files)
    for name, text in files.items():
        sizes = re.findall(r"\d+,\d{3}|\d+x\d+", text.splitlines()[0])
        assert [size for size in sizes if size not in rows[name]] == [], name
