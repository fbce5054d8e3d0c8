"""Image sets that torchvision or Zenodo has, from small files in their real formats."""

import csv
import gzip
import hashlib
import io
import os
import pickle
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import scipy.io
import torch

from datasets import mnist
from datasets.human_labels import Examples, human_labels, labels_of
from datasets.vision import torchvision
from runner.console.errors import ConfigError
from runner.nodes.build import build
from tests.datasets.test_data import write_idx
from tests.zoo import node

ANNOTATORS = {
    "aggre": "aggre_label",
    "random1": "random_label1",
    "random2": "random_label2",
    "random3": "random_label3",
    "worse": "worse_label",
}


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(256, size=shape, dtype=np.uint8)


def md5(file):
    return hashlib.md5(file.read_bytes()).hexdigest()


def load(dataset, /, root, download=False, **changed):
    return build("dataset", node(dataset, "dataset") | changed, data_root=str(root), download=download)


def refusal(dataset, /, root, **changed):
    """The line in which a data set is refused."""
    with pytest.raises(ConfigError) as refused:
        load(dataset, root, **changed)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def pickled(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(content, protocol=2))


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
def cifar100_files(tmp_path, monkeypatch):
    """Ten training images of the fine classes 90 to 99, twenty superclasses in turn."""
    kind = torchvision.datasets.CIFAR100
    folder = tmp_path / kind.base_folder
    for name, n in (("train", 10), ("test", 5)):
        labels = {"fine_labels": list(range(90, 90 + n)), "coarse_labels": list(range(10, 10 + n))}
        pickled(folder / name, {"data": pixels(n, 3072), **labels})
    names = {"fine_label_names": [f"fine {k}" for k in range(100)]}
    pickled(folder / "meta", names | {"coarse_label_names": [f"coarse {k}" for k in range(20)]})
    monkeypatch.setattr(kind, "train_list", [["train", md5(folder / "train")]])
    monkeypatch.setattr(kind, "test_list", [["test", md5(folder / "test")]])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": md5(folder / "meta")})


def test_kmnist_is_read_from_its_own_folder(tmp_path):
    images = torch.from_numpy(pixels(4, 28, 28))
    for part in mnist.PARTS:
        array = images if "images" in part else torch.arange(4, dtype=torch.uint8)
        write_idx(tmp_path / "KMNIST" / "raw" / part, array)
    split = load("kmnist", tmp_path)
    assert torch.equal(split.x[:, 0], images)
    assert split.classes[3] == "tsu"


def test_cifar10_batches_are_read_in_order(tmp_path, cifar10_files):
    split = load("cifar10", tmp_path)
    assert torch.equal(split.x, cifar10_files[:20])
    assert torch.equal(split.test_x, cifar10_files[20:])
    assert split.x.is_contiguous()
    assert split.y.tolist() == [i + j for i in range(5) for j in range(4)]
    assert split.test_y.tolist() == [5, 6, 7, 8]
    assert split.classes[5] == "dog"
    assert split.given is None


@pytest.mark.parametrize(("name", "files"), [("cifar10", "cifar10_files"), ("svhn", "svhn_files")])
def test_a_colours_mean_and_deviation_are_in_bytes(name, files, tmp_path, request):
    request.getfixturevalue(files)
    split = load(name, tmp_path)
    white = (255 - split.mean) / split.std
    assert white.shape == (3, 1, 1)
    expected = [(1 - m) / s for m, s in zip(node(name, "dataset")["mean"], node(name, "dataset")["std"], strict=True)]
    assert white.flatten().tolist() == pytest.approx(expected)


def test_two_numbers_for_three_colours_are_refused(tmp_path):
    assert "mean=[0.5, 0.5]: must be three numbers" in refusal("cifar10", tmp_path, mean=[0.5, 0.5])


@pytest.mark.parametrize(("labels", "first", "classes"), [("fine", 90, 100), ("coarse", 10, 20)])
def test_cifar100_has_fine_or_coarse_labels(labels, first, classes, tmp_path, cifar100_files):
    split = load("cifar100", tmp_path, labels=labels)
    assert split.y.tolist() == list(range(first, first + 10))
    assert split.test_y.tolist() == list(range(first, first + 5))
    assert split.classes == tuple(f"{labels} {k}" for k in range(classes))


def test_half_a_batch_is_refused_where_nothing_may_be_downloaded(tmp_path, cifar10_files):
    file = tmp_path / "cifar-10-batches-py" / "data_batch_2"
    file.write_bytes(file.read_bytes()[:-100])
    line = refusal("cifar10", tmp_path)
    assert str(file.parent) in line
    assert "exec.download=false" in line


def test_files_that_are_there_are_not_downloaded(tmp_path, cifar10_files, monkeypatch):
    def download(self):
        raise AssertionError

    monkeypatch.setattr(torchvision.datasets.CIFAR10, "download", download)
    assert len(load("cifar10", tmp_path, download=True).y) == 20


def test_half_a_batch_is_downloaded_again(tmp_path, cifar10_files, monkeypatch):
    file = tmp_path / "cifar-10-batches-py" / "data_batch_2"
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "download", lambda self: file.write_bytes(whole))
    assert torch.equal(load("cifar10", tmp_path, download=True).x, cifar10_files[:20])


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


@pytest.fixture
def people(tmp_path, cifar10_files):
    """The columns of CIFAR-10N for the small CIFAR-10, each annotator wrong in another place."""
    clean = np.array([i + j for i in range(5) for j in range(4)])
    columns = {"clean_label": clean}
    for place, column in enumerate(ANNOTATORS.values()):
        columns[column] = clean.copy()
        columns[column][place] = 9
    return columns


@pytest.mark.parametrize("annotator", ANNOTATORS)
def test_cifar10n_is_given_what_its_annotator_said(annotator, tmp_path, people):
    torch.save(people, tmp_path / "CIFAR-10_human.pt")
    split = load("cifar10n", tmp_path, annotator=annotator)
    assert split.given.tolist() == people[ANNOTATORS[annotator]].tolist()
    assert split.y.tolist() == people["clean_label"].tolist()


def write_csv(file, columns):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    raw = text.getvalue().encode()
    file.write_bytes(gzip.compress(raw) if file.suffix == ".gz" else raw)


def test_the_index_of_a_file_says_whose_labels_they_are(tmp_path, people):
    order = np.random.default_rng(0).permutation(20)
    file = tmp_path / "elsewhere.csv.gz"
    write_csv(file, {"index": order} | {name: column[order] for name, column in people.items()})
    split = load("cifar10n", tmp_path, file=str(file), annotator="worse")
    assert split.given.tolist() == people["worse_label"].tolist()


def test_labels_in_another_order_are_refused_with_the_number_of_differences(tmp_path, people):
    people["clean_label"][[0, 3]] = people["clean_label"][[3, 0]]
    torch.save(people, tmp_path / "CIFAR-10_human.pt")
    assert "differ from the data set's in 2 of 20 places" in refusal("cifar10n", tmp_path)


def test_labels_of_too_few_images_are_refused(tmp_path, people):
    torch.save({name: column[:-1] for name, column in people.items()}, tmp_path / "CIFAR-10_human.pt")
    assert "has 19 rows and no column index; without it there must be 20" in refusal("cifar10n", tmp_path)
    people["index"] = np.arange(20)
    torch.save({name: column[:-1] for name, column in people.items()}, tmp_path / "CIFAR-10_human.pt")
    assert "has no label for 1 of 20 examples, the first is number 19" in refusal("cifar10n", tmp_path)


@pytest.mark.parametrize("name", ["cifar10n", "cifar100n"])
def test_missing_human_labels_say_where_they_come_from(name, tmp_path):
    assert "github.com/UCSC-REAL/cifar-10-100n" in refusal(name, tmp_path)


@pytest.mark.parametrize(("labels", "first", "said"), [("fine", 90, 7), ("coarse", 10, 3)])
def test_cifar100n_is_given_fine_or_coarse_labels(labels, first, said, tmp_path, cifar100_files):
    columns = {
        "clean_label": np.arange(90, 100),
        "noisy_label": np.array([7, *range(91, 100)]),
        "clean_coarse_label": list(range(10, 20)),  # lists, as in the official file
        "noisy_coarse_label": [3, *range(11, 20)],
    }
    torch.save(columns, tmp_path / "CIFAR-100_human.pt")
    split = load("cifar100n", tmp_path, labels=labels)
    assert split.given.tolist() == [said, *range(first + 1, first + 10)]
    assert split.y.tolist() == list(range(first, first + 10))


TABLE = {"index": np.array([2, 0, 1]), "said": np.array([5, 6, 7]), "true": np.array([5, 6, 8])}


def write_npy(file, columns):
    rows = list(zip(*columns.values(), strict=True))
    np.save(file, np.array(rows, dtype=[(name, "u1") for name in columns]))


def matched(file, classes=tuple("0123456789"), *, size, index=None, names=None, **changed):
    """The labels of the column `said`, for examples numbered from 0 or as `index` has it."""
    index = torch.arange(size) if index is None else index
    return labels_of(file, "said", None, Examples(torch.zeros(len(index)), classes, index, size, names), **changed)


WRITERS = {
    ".pt": lambda file, columns: torch.save(columns, file),
    ".npz": lambda file, columns: np.savez(file, **columns),
    ".npy": write_npy,
    ".csv": write_csv,
    ".csv.gz": write_csv,
}


@pytest.mark.parametrize("ending", WRITERS)
def test_human_labels_are_read_from_every_format(ending, tmp_path):
    file = tmp_path / f"labels{ending}"
    WRITERS[ending](file, TABLE)
    said = human_labels(file, "said", "true")
    assert said == (["5", "6", "7"], ["5", "6", "8"], None, ["2", "0", "1"], {})


@pytest.mark.parametrize("name", ["a/x.png", "b\\y.png", "y.png"])
def test_names_under_another_heading_are_not_passed_over(tmp_path, name):
    write_csv(tmp_path / "labels.csv", {"image": [name, "z.png"], "said": [5, 6]})
    with pytest.raises(ValueError, match=r"its column image has names of files; call it file, .* such as a/x.png"):
        matched(tmp_path / "labels.csv", size=2, names={0: "a/x.png", 1: "b/y.png"})


def test_without_an_index_the_rows_are_in_order(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [5, 6, 7]})
    assert human_labels(tmp_path / "labels.csv", "said", None) == (["5", "6", "7"], None, None, None, {})
    assert matched(tmp_path / "labels.csv", size=3).tolist() == [5, 6, 7]


def test_a_plain_array_is_the_column_label(tmp_path):
    np.save(tmp_path / "labels.npy", np.array([5, 6, 7], dtype=np.int32))
    assert human_labels(tmp_path / "labels.npy", "label", None).labels == ["5", "6", "7"]


def test_arrays_saved_beside_an_older_numpy_are_read(tmp_path):
    file = tmp_path / "labels.pt"
    torch.save(TABLE, file, _use_new_zipfile_serialization=False)
    raw = file.read_bytes()
    assert b"cnumpy._core.multiarray\n" in raw
    file.write_bytes(raw.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"))
    assert human_labels(file, "said", None).labels == ["5", "6", "7"]


class Trap:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("trap.pt", lambda file, trap: torch.save({"said": trap}, file)),
        ("trap.npy", lambda file, trap: np.save(file, np.array([trap], dtype=object), allow_pickle=True)),
        ("trap.npz", lambda file, trap: np.savez(file, said=np.array([trap], dtype=object))),
    ],
)
def test_a_file_that_would_run_code_is_refused_and_runs_none(name, write, tmp_path):
    write(tmp_path / name, Trap(tmp_path / "sprung"))
    with pytest.raises(ValueError, match="could run code"):
        human_labels(tmp_path / name, "said", None)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("ending", WRITERS)
def test_half_a_file_of_labels_is_refused(ending, tmp_path):
    file = tmp_path / f"labels{ending}"
    WRITERS[ending](file, TABLE)
    file.write_bytes(file.read_bytes()[: -8 if ending != ".csv" else -4])
    with pytest.raises(ValueError, match=r"labels.* is damaged"):
        human_labels(file, "said", None)


@pytest.mark.parametrize(("column", "clean"), [("mean", None), ("said", "mean")])
def test_a_missing_column_is_answered_with_those_there_are(column, clean, tmp_path):
    write_csv(tmp_path / "labels.csv", TABLE)
    with pytest.raises(ValueError, match="no column mean; its columns are: index, said, true"):
        human_labels(tmp_path / "labels.csv", column, clean)


PETS = ("cat", "dog", "frog")


@pytest.mark.parametrize(
    ("cells", "strange"),
    [
        (["cat", "cow"], "cow"),
        (["dog", "frok"], r"frok \(did you mean frog\?\)"),
        (["", "1"], "an empty field"),
        (["1.5", "1"], "1.5"),
        (["1", "-1"], "-1"),
        (["1", "3"], "3"),
        (["1", "9" * 30], "9" * 30),
        (["1", "cat"], "both names and numbers"),
    ],
)
def test_a_label_that_is_no_class_is_refused_with_its_column(cells, strange, tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": cells, "note": ["fine", "words"]})
    with pytest.raises(ValueError, match=f"column said holds {strange}, and classes are 0 to 2, or by name cat, dog, "):
        matched(tmp_path / "labels.csv", PETS, size=2)


@pytest.mark.parametrize(
    ("classes", "cells", "meant"),
    [
        (PETS, ["frog", "cat"], [2, 0]),
        (PETS, ["2", "0 "], [2, 0]),
        (("1", "2", "3"), ["3", "1"], [2, 0]),
        (("1", "2", "3"), ["2", "0"], [2, 0]),
        (("0", "1", "2"), ["2", "0"], [2, 0]),
    ],
)
def test_a_class_is_called_by_its_name_or_its_number(classes, cells, meant, tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": cells})
    assert matched(tmp_path / "labels.csv", classes, size=2).tolist() == meant


def test_a_name_that_is_the_number_of_another_class_is_refused(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [1, 2]})
    with pytest.raises(ValueError, match="holds 1, the name of one class and the number of another"):
        matched(tmp_path / "labels.csv", ("1", "2", "3"), size=2)


def test_labels_that_are_neither_numbers_nor_text_are_refused(tmp_path):
    np.savez(tmp_path / "labels.npz", said=np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="column said must hold whole numbers or text, not float64"):
        human_labels(tmp_path / "labels.npz", "said", None)


@pytest.mark.parametrize(
    "values",
    [
        torch.zeros(3, requires_grad=True),
        torch.zeros(3, dtype=torch.bfloat16),
        torch.zeros(3, dtype=torch.int64).to_sparse(),
        [[0], [1, 2], [3]],
        torch.zeros(3, 2, dtype=torch.int64),
    ],
    ids=["gradient", "bfloat16", "sparse", "ragged", "several"],
)
def test_what_is_not_one_label_a_row_is_refused(tmp_path, values):
    torch.save({"said": values}, tmp_path / "labels.pt")
    with pytest.raises(ValueError, match="column said must hold one "):
        matched(tmp_path / "labels.pt", size=6 if torch.is_tensor(values) and values.dim() == 2 else 3)


def test_columns_that_are_not_asked_for_may_hold_anything(tmp_path):
    torch.save({"said": [5, 6], "made": 2026, "votes": [[5], [6, 7]]}, tmp_path / "labels.pt")
    assert matched(tmp_path / "labels.pt", size=2, names={0: "a/x.png", 1: "b/y.png"}).tolist() == [5, 6]


@pytest.mark.parametrize("name", ["labels.CSV", "labels.Csv.GZ"])
def test_an_ending_of_a_label_file_may_be_in_capitals(tmp_path, name):
    raw = b"said\n5\n6\n"
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("GZ") else raw)
    assert matched(tmp_path / name, size=2).tolist() == [5, 6]


def test_rows_of_empty_cells_are_none(tmp_path):
    (tmp_path / "labels.csv").write_text("file,said\na/x.png,5\n , \n,\nb/y.png,6\n")
    told = []
    found = matched(tmp_path / "labels.csv", size=2, names={0: "a/x.png", 1: "b/y.png"}, tell=told.append)
    assert found.tolist() == [5, 6]
    assert told == [f"{tmp_path}/labels.csv: 2 rows, whose by the column file; said: 2 classes: 5 1, 6 1"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"said\n5\n6\x00\n", r"cannot be read as a table \(line 3 holds a zero"),
        ("said\n5\n6\n".encode("utf-16-le"), r"cannot be read as a table \(it holds zeros, as no text does\)"),
        (b"PK\x03\x04", r"cannot be read as a table \(it is an Excel or zip file"),
        (b'file,said\na/x.png,"5\nb/y.png,6\n"\n', "the first is b/y.png; cells hold line breaks, as where"),
    ],
)
def test_a_file_of_labels_that_is_no_table_is_refused(tmp_path, raw, said):
    (tmp_path / "labels.csv").write_bytes(raw)
    with pytest.raises(ValueError, match=said):
        matched(tmp_path / "labels.csv", size=2, names={0: "a/x.png", 1: "b/y.png"})


@pytest.mark.parametrize("index", [[0, 0, 1], [0, 1, -1], [0, 1, "x"], [0, 1, "2" * 5000]])
def test_an_index_that_is_none_is_refused(index, tmp_path):
    write_csv(tmp_path / "labels.csv", TABLE | {"index": index})
    with pytest.raises(ValueError, match="index must hold different numbers from 0"):
        matched(tmp_path / "labels.csv", size=3)


def test_an_example_that_is_named_twice_is_refused(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [0, 1], "file": ["a/x.png", "./a/x.png"]})
    with pytest.raises(ValueError, match="column file must hold different names"):
        matched(tmp_path / "labels.csv", size=1, names={0: "a/x.png"})


def test_without_names_of_ones_own_a_column_of_files_says_nothing(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [0, 1], "file": ["x", "x"]})
    assert matched(tmp_path / "labels.csv", size=2).tolist() == [0, 1]


def test_numbers_that_may_have_gaps_do_not_say_how_many_rows_there_are(tmp_path):
    write_csv(tmp_path / "labels.csv", {"said": [0, 1, 2, 3]})
    assert matched(tmp_path / "labels.csv", size=None, index=torch.tensor([3, 1])).tolist() == [3, 1]


def test_columns_of_different_lengths_are_refused(tmp_path):
    np.savez(tmp_path / "labels.npz", said=np.arange(3), true=np.arange(4))
    with pytest.raises(ValueError, match="not of one length"):
        human_labels(tmp_path / "labels.npz", "said", "true")


def test_another_format_is_refused_with_those_there_are(tmp_path):
    (tmp_path / "labels.txt").write_text("5")
    with pytest.raises(ValueError, match=r"must be one of \.pt, \.npz, \.npy, \.csv, \.csv\.gz"):
        human_labels(tmp_path / "labels.txt", "said", None)


def test_a_missing_file_of_labels_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        human_labels(tmp_path / "nowhere.csv", "said", None)


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


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (range(1, 7), "holds 1 to 6, and the first example is 0: noise_type.first=1 takes 1 for the first"),
        (range(1, 6), "holds 1 to 5, and the first example is 0"),
        ([0, 1, 2, 3, 4, 999], "holds 999, and examples are 0 to 5"),
        ([1, 2, 3, 5, 4, 9], "holds 9, and examples are 0 to 5"),
    ],
)
def test_numbers_that_no_example_has_are_refused(tmp_path, numbers, said):
    write_csv(tmp_path / "l.csv", {"index": list(numbers), "said": [k % 3 for k, _ in enumerate(numbers)]})
    with pytest.raises(ValueError, match=said):
        matched(tmp_path / "l.csv", size=6, index=torch.tensor([2, 3]))


def test_numbers_from_one_are_taken_as_is_said(tmp_path):
    write_csv(tmp_path / "l.csv", {"index": range(1, 7), "said": range(6)})
    index = torch.tensor([4, 0])
    assert matched(tmp_path / "l.csv", size=6, index=index, first=1).tolist() == [4, 0]
    write_csv(tmp_path / "l.csv", {"index": range(1, 6), "said": range(5)})
    assert matched(tmp_path / "l.csv", size=6, index=torch.tensor([4]), first=0).tolist() == [3]
    write_csv(tmp_path / "l.csv", {"index": range(6), "said": range(6)})
    with pytest.raises(ValueError, match="holds 0, and examples are 1 to 6"):
        matched(tmp_path / "l.csv", size=6, index=index, first=1)


def test_names_that_no_example_has_are_said(tmp_path):
    write_csv(tmp_path / "l.csv", {"file": ["a.png", "b.png", "tset.png"], "said": [0, 1, 2]})
    told = []
    names = {0: "a.png", 1: "b.png"}
    assert matched(
        tmp_path / "l.csv", size=None, index=torch.tensor([1, 0]), names=names, tell=told.append
    ).tolist() == [1, 0]
    assert told == [
        f"{tmp_path}/l.csv: 3 rows, whose by the column file, 1 of no training example, the first is tset.png; "
        "said: 3 classes: 0 1, 1 1, 2 1"
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_file_of_labels_is_read_however_it_is_written(tmp_path, separator, encoding, ending):
    lines = [["index", "said"], ["0", "caf\u00e9"], ["1", "cafe\u0301 "], ["2", "dog"]]
    (tmp_path / f"l.{ending}").write_text("\n".join(map(separator.join, lines)), encoding=encoding)
    assert matched(tmp_path / f"l.{ending}", ("caf\u00e9", "dog"), size=3).tolist() == [0, 0, 1]


def test_labels_of_another_encoding_are_refused(tmp_path):
    (tmp_path / "l.csv").write_bytes("index,said\n0,caf\u00e9\n".encode("cp1252"))
    with pytest.raises(ValueError, match="is not UTF-8; save it as such"):
        matched(tmp_path / "l.csv", size=1)


@pytest.mark.parametrize("name", ["mnist", "cifar10", "svhn", "medmnist"])
def test_a_data_root_that_cannot_be_written_to_is_named_before_a_download(name, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"exec.data_root: what is downloaded is kept in \S+/file, which cannot be"):
        build("dataset", node(name, "dataset"), data_root=str(tmp_path / "file"), download=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("worse,worse\n0,1\n", "has two columns of the name worse"),
        ("index,worse\n", "has a header but no rows"),
        ("index,worse\n0,1\n1\n", "is damaged: it has 2 columns, and a row of 1: 1"),
    ],
)
def test_what_is_wrong_with_a_file_of_labels_is_said(content, said, tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=said):
        human_labels(file, "worse", None)
