"""Images in class folders: found, decoded once, refused in one line."""

import os

import numpy as np
import pytest
import torch
from PIL import Image

from datasets import image_cache
from runner.compose.cell_config import contents
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.prepare import prepare
from runner.nodes.build import build
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
    assert split.source_index.tolist() == list(range(6))
    assert [split.source_names[i] for i in (0, 5)] == ["train/cat/a.png", "train/dog/c.png"]


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


@pytest.fixture
def shapes(tmp_path):
    """Two classes, ten images each, of the same names and without a test part; an image's red is its place."""
    for k, name in enumerate(("circle", "square")):
        for i in range(10):
            paint(tmp_path / "shapes" / name / f"{i:03}.png", (10 * k + i, 0, 0))
    return tmp_path / "shapes"


def test_images_are_numbered_before_they_are_split(shapes, home):
    split = load(shapes, home)
    assert torch.equal(split.source_index, split.x[:, 0, 0, 0])
    assert split.source_size == 20
    assert split.source_names[13] == "square/003.png"


def test_names_that_are_different_numbers_only_in_the_training_part_are_none(home, tmp_path):
    """That the number of an image does not depend on which images the split takes."""
    for i in range(10):
        paint(tmp_path / "flat" / "a" / f"{i}.png", (i, 0, 0))
        paint(tmp_path / "flat" / "b" / f"{i + 10}.png", (i + 10, 0, 0))
    in_test = load(tmp_path / "flat", home).test_x[0, 0, 0, 0].item()
    paint(tmp_path / "flat" / "b" / f"0{in_test}.png", (100, 0, 0))
    assert load(tmp_path / "flat", home).source_size == 21


def labels(compose, shapes, home, text, **said):
    """Given labels and places in the listing of what is trained on, with a label file of this text."""
    (home / "lab.csv").write_text(text)
    node = {"file": "lab.csv", "column": "mine", "clean": "null"} | said
    cell = compose(
        "dataset=image_folder", f"dataset.root={shapes}", f"exec.data_root={home}", "noise=1", "noise_type=human",
        *(f"noise_type.{key}={value}" for key, value in node.items()),
    )["cell"]  # fmt: skip
    prepared, _ = prepare(cell.data, [0], cell.exec)
    place = prepared.train.place[0]
    return prepared.train.given[0].tolist(), prepared.split.x[place, 0, 0, 0].tolist()


BY_PLACE = [i % 3 == 0 for i in range(20)]  # which of the shapes are square, people say


@pytest.mark.parametrize("by", ["order", "index", "file", "file and index"])
@pytest.mark.parametrize("names", [("0", "1"), ("circle", "square")])
def test_labels_of_ones_own_reach_their_images(compose, shapes, home, by, names):
    columns = {
        "order": ("mine", lambda i: ""),
        "index": ("mine,index", lambda i: f",{i}"),
        "file": ("mine,file", lambda i: f",{('circle', 'square')[i // 10]}/{i % 10:03}.png"),
        "file and index": ("mine,file,index", lambda i: f",./{('circle', 'square')[i // 10]}/{i % 10:03}.png,{99 - i}"),
    }
    header, key = columns[by]
    rows = [names[square] + key(i) for i, square in enumerate(BY_PLACE)]
    order = range(20) if by == "order" else range(19, -1, -1)
    given, places = labels(compose, shapes, home, "\n".join([header, *(rows[i] for i in order)]))
    assert given == [BY_PLACE[i] for i in places]
    assert len(places) == 16


@pytest.mark.parametrize("rows", [16, 19, 21])
def test_labels_without_an_index_must_be_as_many_as_the_images(compose, shapes, home, rows):
    with pytest.raises(ConfigError, match=f"has {rows} rows and no column file or index; without it there must be 20"):
        labels(compose, shapes, home, "mine\n" + "0\n" * rows)


def test_an_image_without_a_label_is_named(compose, shapes, home):
    with pytest.raises(ConfigError, match=r"has no label for 16 of 16 examples, the first is circle/00\d\.png"):
        labels(compose, shapes, home, "file,mine\nshapes/circle/000.png,circle\n")


def everywhere(image, root, home, ending, **changed):
    """The training inputs of two classes, every image of which is this one."""
    for part, name in (("train", "a"), ("train", "b"), ("test", "a"), ("test", "b")):
        (root / part / name).mkdir(parents=True)
        image.save(root / part / name / f"x.{ending}", exif=image.info.get("exif", b""))
    return load(root, home, size=None, **changed).x


@pytest.mark.parametrize(("kind", "ending"), [("u2", "png"), ("u2", "tif"), (">u2", "tif"), ("i4", "pgm")])
def test_sixteen_bits_are_scaled_to_eight(home, tmp_path, kind, ending):
    image = Image.fromarray(np.array([[0, 257, 100 * 257], [65535, 128, 129]], dtype=kind))
    assert everywhere(image, tmp_path / "grey", home, ending, colour="grey")[0, 0].tolist() == [
        [0, 1, 100],
        [255, 0, 1],
    ]
    assert everywhere(image, tmp_path / "rgb", home, ending)[0, :, 0, 2].tolist() == [100] * 3


@pytest.mark.parametrize("kind", ["i4", "f4"])
def test_pixels_of_an_unknown_range_are_refused(folder, home, kind):
    file = folder / "train" / "dog" / "z.tif"
    Image.fromarray(np.ones((4, 4), dtype=kind)).save(file)
    assert f"{file}: pixels of the mode {kind[0].upper()} have no range" in refusal(folder, home)


def test_what_is_transparent_shows_the_colour_beneath(home, tmp_path):
    """As torchvision's ImageFolder has it."""
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    assert everywhere(image, tmp_path / "clear", home, "png")[0, :, 0, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_images_are_turned_as_their_exif_says(home, tmp_path, ending):
    upright = np.zeros((16, 32, 3), dtype=np.uint8)
    upright[:8] = 255  # the upper half is white
    image = Image.fromarray(upright).transpose(Image.Transpose.ROTATE_90)
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned clockwise
    image.info["exif"] = exif.tobytes()
    x = everywhere(image, tmp_path / "phone", home, ending)
    assert x.shape[2:] == (16, 32)
    assert (x[:, :, :6] > 250).all()
    assert (x[:, :, 10:] < 5).all()


def test_what_was_decoded_in_another_way_is_decoded_anew(folder, home, monkeypatch):
    monkeypatch.setattr(image_cache, "DECODING", 0)
    load(folder, home).x.zero_()
    monkeypatch.undo()
    load(folder, home)
    assert len(list(home.glob("cache/*.npy"))) == 2


def test_images_of_several_sizes_need_a_size(folder, home):
    assert "set size" in refusal(folder, home, size=None)


def test_a_broken_image_is_named_and_nothing_is_cached(folder, home):
    file = folder / "train" / "dog" / "b.png"
    file.write_bytes(file.read_bytes()[:40])
    assert f"{file} is not an image that can be read" in refusal(folder, home, size=5)
    file.write_text("no image at all")
    assert f"{file} is not an image that can be read" in refusal(folder, home, size=5)


def test_broken_images_are_counted(folder, home):
    first, second = folder / "train" / "cat" / "a.png", folder / "train" / "dog" / "b.png"
    for file in (first, second):
        file.write_text("no image at all")
    for size in (5, None):
        line = refusal(folder, home, size=size)
        assert f"{first} is not an image that can be read" in line
    assert "the first of 2 such files among 8" in refusal(folder, home, size=5)
    for file in folder.rglob("*.png"):
        file.write_text("no image at all")
    assert f"none of 6 images can be read, {first} the first" in refusal(folder, home, size=None)


def test_being_stopped_leaves_nothing_half_made(folder, home, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(image_cache, "_decode", stopped)
    with pytest.raises(KeyboardInterrupt):
        load(folder, home, size=5)
    assert list((home / "cache").iterdir()) == []


def test_folders_that_cannot_be_are_refused(folder, home, tmp_path):
    assert "there is no such folder" in refusal("gone", home)
    (tmp_path / "empty").mkdir()
    assert f"{tmp_path / 'empty'} is empty" in refusal(tmp_path / "empty", home)
    (tmp_path / "empty" / "a").mkdir(parents=True)
    assert "has 1 class folder; must be" in refusal(tmp_path / "empty", home)
    (tmp_path / "empty" / "b").mkdir()
    assert "has no images" in refusal(tmp_path / "empty", home)
    (folder / "test" / "frog").mkdir()
    assert "has the class frog, which" in refusal(folder, home)
    for file in (folder / "test").rglob("*.png"):
        file.unlink()
    for name in ("cat", "dog", "frog"):
        (folder / "test" / name).rmdir()
    (folder / "test").rmdir()
    assert "but none of test, testing" in refusal(folder, home)


def test_a_class_without_training_images_is_refused(folder, home):
    (folder / "train" / "ant").mkdir()
    with pytest.raises(ValueError, match="class ant has no training example"):
        load(folder, home, size=5).checked()


def test_a_class_of_one_image_is_named(shapes, home):
    paint(shapes / "hexagon" / "000.png", 0)
    assert "class hexagon has a single example" in refusal(shapes, home)


def test_a_split_that_leaves_too_few_is_refused(shapes, home):
    assert "test_size=0.01: leaves too few of 20 examples of 2 classes" in refusal(shapes, home, test_size=0.01)


def test_a_tilde_is_the_users_home(folder, home, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert torch.equal(load("~/pets", home, size=5).x, load(folder, home, size=5).x)
    (cell,) = compose_cells(["dataset=image_folder", "dataset.root='~/pets'"], multirun=False)
    assert cell.identity["files"] == {"dataset.root": contents(folder)}  # what is in it names the cell
    assert "root=~nobody/pets: there is no such folder" in refusal("~nobody/pets", folder / "nowhere")


@pytest.fixture
def linked(folder, tmp_path):
    """Where the folder's links may lead."""
    paint(tmp_path / "elsewhere" / "secret.png", (1, 2, 3))
    return tmp_path / "elsewhere"


@pytest.mark.parametrize("place", ["train/cat/z.png", "train/ant", "test/dog/z.png", "train/dog/deeper/z.png"])
def test_a_link_that_leads_out_is_refused_unless_it_is_asked_for(folder, home, linked, place):
    link = folder / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(linked / "secret.png" if link.suffix else linked)
    line = refusal(folder, home, size=5)
    assert f"{link} is a link that leads out of {folder}; dataset.follow_links=true follows it" in line
    split = load(folder, home, size=5, follow_links=True)
    assert [1, 2, 3] in [*split.x[:, :, 2, 2].tolist(), *split.test_x[:, :, 2, 2].tolist()]


def test_the_folders_of_train_and_test_may_be_no_links_either(folder, home, tmp_path):
    (folder / "test").rename(tmp_path / "test")
    (folder / "test").symlink_to(tmp_path / "test")
    assert f"{folder / 'test'} is a link that leads out of" in refusal(folder, home, size=5)


def test_links_within_the_folder_are_followed(folder, home, tmp_path):
    (folder / "train" / "cat" / "z.png").symlink_to("../dog/a.png")
    (folder / "train" / "cat" / "y.png").symlink_to(folder / "test" / "dog" / "d.png")
    (tmp_path / "way").symlink_to(folder)  # the folder itself may be reached by one
    assert len(load(tmp_path / "way", home, size=5).x) == 8


@pytest.mark.parametrize("there", ["gone.png", "z.png"])
def test_a_link_to_nothing_is_named(folder, home, there):
    (folder / "train" / "cat" / "z.png").symlink_to(there)
    assert f"{folder / 'train' / 'cat' / 'z.png'} is not an image that can be read (" in refusal(folder, home, size=5)
    assert "1 images cannot be read" in load(folder, home, size=5, unreadable="skip").read[-1]


def test_what_is_no_file_is_no_image(folder, home):
    (folder / "train" / "cat" / "y.png").mkdir()
    os.mkfifo(folder / "train" / "cat" / "z.png")  # to read it would be to wait for ever
    (folder / "train" / "cat" / "zz.png").symlink_to("z.png")
    assert len(load(folder, home, size=5).x) == 6


def test_formats_that_run_programs_are_not_opened(folder, home):
    """EPS, which Pillow gives to Ghostscript, whatever the file is called."""
    file = folder / "train" / "dog" / "b.png"
    Image.new("RGB", (4, 4)).save(file, format="EPS")
    assert f"{file} is not an image that can be read" in refusal(folder, home, size=5)


def test_streamed_images_train_as_those_in_memory(compose, measured, folder, home):
    from runner.training.run import run

    def rows(stream):
        said = ["dataset=image_folder", f"dataset.root={folder}", "dataset.size=8", f"exec.data_root={home}"]
        return measured(run(**compose(*said, f"exec.stream={stream}", "epochs=3", "batch_size=4", seeds=[0, 1])))

    assert rows("true") == rows("false")


def test_what_is_read_and_what_is_left_out_is_said(folder, home):
    (folder / "train" / "cat" / "notes.txt").write_text("")
    (folder / "train" / "cat" / "a.heic").write_text("")
    paint(folder / "train" / "dog" / "._b.png", 3)
    paint(folder / "train" / "dog" / ".ipynb_checkpoints" / "c.png", 3)
    paint(folder / "train" / "dog" / "__MACOSX" / "d.png", 3)
    paint(folder / "train" / "stray.png", 3)
    paint(folder / "val" / "cat" / "e.png", 3)
    paint(folder / "docs" / "e.png", 3)
    assert load(folder, home, size=5).read == (
        f"{folder}/train: 6 images of 2 classes: cat 3, dog 3; "
        "left out: 1 .heic, 1 .txt, 3 hidden, 1 in no class folder",
        f"{folder}/test: 2 images of 2 classes: cat 1, dog 1",
        f"{folder}/docs: left out, for it is no part",
        f"{folder}/val: left out, for test/ is for testing",
    )


@pytest.mark.parametrize("ending", ["jfif", "jpe", "gif", "webp", "PNG", "tiff", "bmp", "ppm"])
def test_every_ending_of_a_format_that_is_read_is_an_image(folder, home, ending):
    Image.new("RGB", (6, 4), 3).save(folder / "train" / "cat" / "z.png")
    image = Image.open(folder / "train" / "cat" / "z.png")
    kind = {"jfif": "jpeg", "jpe": "jpeg", "PNG": "png"}.get(ending, ending)
    image.save(folder / "train" / "cat" / f"y.{ending}", format=kind)
    assert len(load(folder, home, size=5).y) == 8


@pytest.mark.parametrize(
    ("link", "to", "count"),
    [
        ("train/dog/more", "train/cat", "3 images are others"),
        ("test/cat/more", "train/cat", "3 images are others"),
        ("train/dog/z.png", "train/cat/a.png", "1 image is another"),
    ],
)
def test_images_that_are_there_twice_by_links_are_counted(folder, home, link, to, count):
    assert not any("once more" in line for line in load(folder, home, size=5).read)
    (folder / link).symlink_to(folder / to)
    first = folder / link if link.endswith(".png") else folder / link / "a.png"
    said = f"{count} once more, by links: {first} is {folder}/train/cat/a.png"
    assert load(folder, home, size=5).read[-1] == said


def test_a_name_with_a_line_break_does_not_cut_what_is_said_of_it(folder, home):
    (folder / "train" / "cat" / "b\nc.png").write_bytes(b"none")
    assert r"b\nc.png is not an image that can be read" in refusal(folder, home, size=5)


def test_linked_folders_within_the_folder_are_searched(folder, home):
    (folder / "train" / "cat" / "more").symlink_to(folder / "train" / "cat" / "real")
    paint(folder / "train" / "cat" / "real" / "z.png", 3)
    (folder / "train" / "cat" / "real" / "loop").symlink_to(folder / "train" / "cat")
    assert len(load(folder, home, size=5).y) == 7


@pytest.mark.parametrize(("train", "test"), [("Train", "Test"), ("TRAIN", "VALID"), ("training", "testing")])
def test_parts_have_their_usual_names_in_any_case(folder, home, train, test):
    (folder / "train").rename(folder / train)
    (folder / "test").rename(folder / test)
    split = load(folder, home, size=5)
    assert split.classes == ("cat", "dog")
    assert (len(split.y), len(split.test_y)) == (6, 2)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["test"], "has test/ but none of train, training, trn"),
        (["val", "more"], "has val/ but none of train"),
        (["train", "Train", "test"], "has both Train/ and train/"),
        (["train", "training", "test"], "has both train/ and training/"),
    ],
)
def test_classes_that_are_called_like_parts_are_refused(home, tmp_path, names, said):
    for name in names:
        for i in range(3):
            paint(tmp_path / "root" / name / "cat" / f"{i}.png", i)
    assert said in refusal(tmp_path / "root", home)


def test_names_of_classes_are_the_same_in_both_parts(folder, home):
    (folder / "train" / "cat").rename(folder / "train" / "caf\u00e9")
    (folder / "test" / "cat").rename(folder / "test" / "cafe\u0301 ")
    split = load(folder, home, size=5)
    assert split.classes == ("caf\u00e9", "dog")
    assert split.test_y.tolist() == [0, 1]
    assert "taken for caf\u00e9" in split.read[0]
    (folder / "test" / "dog").rename(folder / "test" / "Dog")
    assert "which differ in case alone; dataset.alike=merge" in refusal(folder, home / "other", size=5)
    assert load(folder, home, size=5, alike="merge").classes == ("caf\u00e9", "dog")


def test_unreadable_images_are_skipped_if_that_is_said(folder, home):
    whole = load(folder, home, size=5)
    (folder / "train" / "cat" / "b.png").write_bytes(b"none")
    (folder / "test" / "dog" / "e.png").write_bytes(b"none")
    assert "b.png is not an image that can be read" in refusal(folder, home / "other", size=5)
    for _ in range(2):  # decoded, and from the cache
        split = load(folder, home, size=5, unreadable="skip")
        assert split.y.tolist() == [0, 0, 1, 1, 1]
        assert split.source_index.tolist() == [0, 2, 3, 4, 5]
        assert torch.equal(split.x, whole.x[[0, 2, 3, 4, 5]])
        assert torch.equal(split.test_x, whole.test_x)
        assert split.read[-1].startswith(
            f"{folder}: 2 images cannot be read and are left out, the first is {folder}/train/cat/b"
        )
    assert "b.png is not an image" in refusal(folder, home / "other", size=5)


def test_images_of_another_size_are_not_skipped(folder, home):
    assert "set size" in refusal(folder, home, size=None, unreadable="skip")


@pytest.mark.parametrize("used", [10, 12])
def test_sixteen_bits_of_which_few_are_used_are_asked_about(home, tmp_path, used):
    for name in ("a", "b"):
        for i in range(5):
            file = tmp_path / "root" / name / f"{i}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.array([[0, 2**used - 1]], dtype="u2")).save(file)
    line = refusal(tmp_path / "root", home, size=None, colour="grey")
    assert f"hold nothing above {2**used - 1}" in line
    assert f"dataset.bits={used} takes {2**used - 1} for white" in line
    shades = load(tmp_path / "root", home, size=None, colour="grey", bits=used).x.unique().tolist()
    assert shades == [0, 255]
    assert load(tmp_path / "root", home, size=None, colour="grey", bits=16).x.max() < 32


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({"std": [0, 0, 0]}, r"\(0, inf\)"),
        ({"std": [-1, 1, 1]}, r"\(0, inf\)"),
        ({"mean": [123, 117, 104]}, r"\[0, 1\]"),
    ],
)
def test_means_and_deviations_out_of_range_are_refused(folder, home, changed, allowed):
    with pytest.raises(ConfigError, match=allowed):
        load(folder, home, size=5, **changed)


def test_a_data_root_that_cannot_be_written_to_is_named(folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ConfigError, match=r"exec.data_root: decoded images are kept in \S+/file/cache, which cannot be written to"
    ):
        load(folder, tmp_path / "file", size=5)


def test_images_that_no_file_can_hold_are_refused(folder, home):
    assert "size=100000000: 8 images of this size are more than a file can hold" in refusal(folder, home, size=10**8)
