"""Images in class folders: found, decoded once, refused in one line."""

import numpy as np
import pytest
import torch
from PIL import Image

from datasets import image_cache
from runner.build import build
from runner.errors import ConfigError
from tests.zoo import node


def load(root, home, **changed):
    return build("dataset", node("image_folder", "dataset") | {"root": str(root)} | changed, data_root=str(home))


def refusal(root, home, **changed):
    with pytest.raises(ConfigError) as refused:
        load(root, home, **changed)
    assert "\n" not in str(refused.value)
    assert not list(home.glob("cache/*.npy"))
    assert not list(home.glob("cache/.*"))
    return str(refused.value)


def paint(file, value, size=(6, 4), mode="RGB"):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(file)


@pytest.fixture
def folder(tmp_path):
    """Two classes, three images each for training and one for testing, of different sizes; a class is a colour."""
    for part, names in (("train", ("a", "b", "c")), ("test", ("d",))):
        for i, name in enumerate(names):
            paint(tmp_path / "pets" / part / "cat" / f"{name}.png", (200, 10 * i, 0), (6 + i, 4))
            paint(tmp_path / "pets" / part / "dog" / f"{name}.png", (0, 10 * i, 200), (4, 6 + i))
    return tmp_path / "pets"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_folders_are_classes_in_order_of_their_names(folder, home):
    split = load(folder, home, size=5)
    assert split.classes == ("cat", "dog")
    assert split.x.shape == (6, 3, 5, 5)
    assert split.x.dtype == torch.uint8
    assert split.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert split.test_y.tolist() == [0, 1]
    assert split.x[:, :, 2, 2].tolist() == [[200, 10 * i, 0] for i in range(3)] + [[0, 10 * i, 200] for i in range(3)]
    assert split.source_index is None


def test_images_are_decoded_once(folder, home, monkeypatch):
    first = load(folder, home, size=5)
    monkeypatch.setattr(image_cache, "_decode", None)
    again = load(folder, home, size=5)
    assert torch.equal(first.x, again.x)
    assert len(list(home.glob("cache/*.npy"))) == 1


def test_a_folder_that_has_changed_is_decoded_anew(folder, home):
    load(folder, home, size=5)
    paint(folder / "train" / "cat" / "a.png", (1, 2, 3))
    assert load(folder, home, size=5).x[0, :, 0, 0].tolist() == [1, 2, 3]


def test_what_is_done_to_the_images_in_memory_never_reaches_the_file(folder, home):
    load(folder, home, size=5).x.zero_()
    assert load(folder, home, size=5).x.max() == 200


def test_images_are_scaled_to_cover_and_cropped_in_the_middle(home, tmp_path):
    wide = np.zeros((4, 12, 3), dtype=np.uint8)
    wide[:, 4:8] = 255  # what is left of the middle third
    for part in ("train", "test"):
        for name in ("a", "b"):
            (tmp_path / "w" / part / name).mkdir(parents=True)
            Image.fromarray(wide).save(tmp_path / "w" / part / name / "x.png")
    assert (load(tmp_path / "w", home, size=4).x == 255).all()


def test_grey_has_one_channel(folder, home):
    assert load(folder, home, size=5, colour="grey").x.shape == (6, 1, 5, 5)


def test_mean_and_deviation_are_those_of_the_training_pixels_or_given(folder, home):
    split = load(folder, home, size=5)
    pixels = split.x.double()
    assert split.mean.flatten().tolist() == pytest.approx(pixels.mean((0, 2, 3)).tolist())
    assert split.std.flatten().tolist() == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist())
    given = load(folder, home, size=5, mean=[0.1, 0.2, 0.3], std=[1.0, 1.0, 1.0])
    assert given.mean.flatten().tolist() == pytest.approx([25.5, 51, 76.5])
    with pytest.raises(ConfigError, match="must be 3 numbers"):
        load(folder, home, size=5, mean=[0.1])


def test_without_a_test_folder_a_share_of_each_class_is_for_testing(home, tmp_path):
    for k, name in enumerate(("a", "b")):
        for i in range(10):
            paint(tmp_path / "flat" / name / f"{i + 100 * k}.png", (i, k, 0))
    split = load(tmp_path / "flat", home, size=None, test_size=0.2)
    assert split.y.bincount().tolist() == [8, 8]
    assert split.test_y.bincount().tolist() == [2, 2]
    assert split.x.shape[2:] == (4, 6)
    seen = torch.cat([split.x[:, 0, 0, 0] + 100 * split.x[:, 1, 0, 0].long(), split.test_x[:, 0, 0, 0].long()])
    assert len(seen) == 20
    assert torch.equal(split.source_index, split.x[:, 0, 0, 0] + 100 * split.x[:, 1, 0, 0].long())


def test_images_of_several_sizes_need_a_size(folder, home):
    assert "set size" in refusal(folder, home, size=None)


def test_a_broken_image_is_named_and_nothing_is_cached(folder, home):
    file = folder / "train" / "dog" / "b.png"
    file.write_bytes(file.read_bytes()[:40])
    assert f"{file} is not an image that can be read" in refusal(folder, home, size=5)
    file.write_text("no image at all")
    assert f"{file} is not an image that can be read" in refusal(folder, home, size=5)


def test_being_stopped_leaves_nothing_half_made(folder, home, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(image_cache, "_decode", stopped)
    with pytest.raises(KeyboardInterrupt):
        load(folder, home, size=5)
    assert list((home / "cache").iterdir()) == []


def test_folders_that_cannot_be_are_refused(folder, home, tmp_path):
    assert "there is no such folder" in refusal("gone", home)
    (tmp_path / "empty" / "a").mkdir(parents=True)
    assert "has 1 class folders" in refusal(tmp_path / "empty", home)
    (tmp_path / "empty" / "b").mkdir()
    assert "has no images" in refusal(tmp_path / "empty", home)
    (folder / "test" / "frog").mkdir()
    assert "has the class frog, which" in refusal(folder, home)
    for file in (folder / "test").rglob("*.png"):
        file.unlink()
    for name in ("cat", "dog", "frog"):
        (folder / "test" / name).rmdir()
    (folder / "test").rmdir()
    assert "but none of test, val" in refusal(folder, home)


def test_a_class_without_training_images_is_refused(folder, home):
    (folder / "train" / "ant").mkdir()
    with pytest.raises(ValueError, match="class ant has no training example"):
        load(folder, home, size=5).checked()


def test_streamed_images_train_as_those_in_memory(compose, measured, folder, home):
    from runner.experiment import run

    def rows(stream):
        said = ["dataset=image_folder", f"dataset.root={folder}", "dataset.size=8", f"exec.data_root={home}"]
        return measured(run(**compose(*said, f"exec.stream={stream}", "epochs=3", "batch_size=4", seeds=[0, 1])))

    assert rows("true") == rows("false")
