"""CIFAR-10 and CIFAR-100, and what people said of them, from small files in their real formats."""

import numpy as np
import pytest
import torch

from datasets.vision import torchvision
from tests.datasets.files import load, md5, pickled, pixels, refusal, write_csv

ANNOTATORS = {
    "aggre": "aggre_label",
    "random1": "random_label1",
    "random2": "random_label2",
    "random3": "random_label3",
    "worse": "worse_label",
}


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


def test_cifar10_batches_are_read_in_order(tmp_path, cifar10_files):
    split = load("cifar10", tmp_path)
    assert torch.equal(split.x, cifar10_files[:20])
    assert torch.equal(split.test_x, cifar10_files[20:])
    assert split.x.is_contiguous()
    assert split.y.tolist() == [i + j for i in range(5) for j in range(4)]
    assert split.test_y.tolist() == [5, 6, 7, 8]
    assert split.classes[5] == "dog"
    assert split.given is None


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
