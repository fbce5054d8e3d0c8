"""The generators of label noise: their rates, their classes, and that nothing else is drawn or touched."""

import gzip
import json
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from datasets.noise_types import _pairs
from datasets.noise_types.instance import truncated_normal
from datasets.noise_types.matrix import read_matrix
from datasets.noise_types.open_set import Replaced
from runner.console.errors import ConfigError
from runner.data.protocol import call
from runner.nodes.build import bind, build
from tests.zoo import ROOT, asked_by, node

OTHERS = {"candidates", "positive_unlabelled"}  # sets of classes; two classes only
TYPES = [
    file.stem
    for file in sorted((ROOT / "conf" / "noise_type").glob("*.yaml"))
    if file.stem not in OTHERS and "labels" in asked_by(file.stem)
]
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
GARMENTS = ("t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
N, K = 20_000, 10
Y = torch.arange(N) % K
X = torch.randn(N, 6, generator=torch.Generator().manual_seed(1)) + torch.eye(K)[Y, :6]
OTHER = node("blobs", "dataset") | {"num_train": 50, "dim": 6}


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


def wrong(given, labels=Y):
    return given.outside >= 0 if isinstance(given, Replaced) else given != labels


def about(found, rate, n):
    """Within four standard errors of a share of n independent ones."""
    return abs(found - rate) <= 4 * (rate * (1 - rate) / n) ** 0.5 + 1e-12


# what share of all labels ends up wrong at a rate of 0.4
REALISED = {
    "symmetric": 0.4, "symmetric_exact": 0.4, "symmetric_inclusive": 0.36, "pair": 0.4, "asymmetric": 0.2,
    "asymmetric_sequential": 0.184, "matrix": 0.2, "instance": 0.4, "polynomial_margin": 0.4, "human": 0.4,
    "open_set": 0.4, "bag": 0.4 * 0.75 * 0.9,
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_the_rate_is_the_one_that_is_promised(flip, name):
    found = wrong(flip(name, 0.4)).double().mean().item()
    assert abs(found - REALISED[name]) <= 4 * (0.25 / N) ** 0.5  # bounds of independent flips hold for the others, too


@pytest.mark.parametrize("name", TYPES)
def test_a_stream_gives_its_labels_again_and_another_one_others(flip, name):
    assert torch.equal(wrong(flip(name, 0.4)), wrong(flip(name, 0.4)))
    assert not torch.equal(wrong(flip(name, 0.4)), wrong(flip(name, 0.4, seed=1)))


@pytest.mark.parametrize("name", TYPES)
def test_labels_inputs_and_the_global_stream_are_left_alone(flip, name):
    labels, x, before = Y.clone(), X.clone(), torch.random.get_rng_state()
    flip(name, 0.4, labels=labels, x=x)
    assert torch.equal(labels, Y)
    assert torch.equal(x, X)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", [name for name in TYPES if name not in ("matrix", "human")])
def test_no_noise_is_no_noise(flip, name):
    assert not wrong(flip(name, 0.0)).any()


@pytest.mark.parametrize("name", ["matrix", "human"])
def test_a_file_whose_labels_would_not_be_used_is_refused(flip, name):
    with pytest.raises(ValueError, match=f"noise_type={name} takes noise as the share of labels"):
        flip(name, 0.0)


@pytest.mark.parametrize("name", [name for name in TYPES if name not in ("asymmetric_sequential", "instance")])
def test_more_noise_touches_the_same_examples_and_more(flip, name):
    low, high = (wrong(flip(name, rate)) for rate in (0.2, 0.4))
    assert (low <= high).all()
    assert high.sum() > low.sum()


@pytest.mark.parametrize("name", ["symmetric", "symmetric_exact"])
@pytest.mark.parametrize("rate", [0.2, 0.6, 1.0])
def test_symmetric_noise_spares_no_class_and_never_gives_the_true_one(flip, name, rate):
    given = flip(name, rate)
    assert about(wrong(given).double().mean().item(), rate, N)  # at 1, all are wrong
    moves = (given - Y)[wrong(given)] % K
    shares = moves.bincount(minlength=K)[1:] / len(moves)
    assert (shares - 1 / (K - 1)).abs().max() <= 4 * (1 / (K - 1) / len(moves)) ** 0.5


@pytest.mark.parametrize("rate", [0.2, 0.29, 0.6, 0.8])
def test_exact_counts_are_exact_in_every_class(flip, rate):
    labels = Y[: 10 * K * 10]  # a hundred of each
    flipped = wrong(flip("symmetric_exact", rate, labels=labels), labels)
    assert labels[flipped].bincount(minlength=K).tolist() == [round(100 * rate)] * K


def test_inclusive_noise_redraws_an_exact_count_of_all(flip):
    """At rate 1 the true class is as likely as any other."""
    given = flip("symmetric_inclusive", 1.0)
    assert about((given == Y).double().mean().item(), 1 / K, N)


def test_a_pair_is_the_next_class(flip):
    given = flip("pair", 0.4)
    assert set(((given - Y) % K).tolist()) == {0, 1}


def confusion(given, labels, k):
    return (labels * k + given).bincount(minlength=k * k).view(k, k)


MAPS = {
    CIFAR10: {9: 1, 2: 0, 3: 5, 5: 3, 4: 7},
    tuple("0123456789"): {7: 1, 2: 7, 5: 6, 6: 5, 3: 8},
    GARMENTS: {9: 7, 7: 5, 2: 6, 4: 3, 3: 4},
}


@pytest.mark.parametrize("classes", MAPS, ids=lambda names: names[0])
def test_asymmetric_noise_flips_exact_counts_along_the_published_pairs(flip, classes):
    labels = Y[:2000]
    found = confusion(flip("asymmetric", 0.4, labels=labels, classes=classes), labels, K)
    expected = 200 * torch.eye(K, dtype=torch.int64)
    for source, target in MAPS[classes].items():
        expected[source, source], expected[source, target] = 120, 80
    assert torch.equal(found, expected)


# class counts of 2,000 labels, 200 a class, after the released generator of Active-Passive-Losses; they do not depend
# on what was drawn
SEQUENTIAL = {
    0.1: [220, 220, 180, 202, 180, 198, 200, 220, 200, 180],
    0.2: [240, 240, 160, 208, 160, 192, 200, 240, 200, 160],
    0.3: [260, 260, 140, 218, 140, 182, 200, 260, 200, 140],
    0.4: [280, 280, 120, 232, 120, 168, 200, 280, 200, 120],
}


@pytest.mark.parametrize("rate", SEQUENTIAL)
def test_the_sequential_generator_gives_the_counts_of_the_released_one(flip, rate):
    given = flip("asymmetric_sequential", rate, labels=Y[:2000])
    assert given.bincount().tolist() == SEQUENTIAL[rate]


def test_the_sequential_generator_undoes_some_of_the_cats(flip):
    """The released generator was measured at 23.54% of cats, 39.54% of dogs and 18.31% of all on CIFAR-10's labels."""
    labels = torch.arange(50_000) % K
    shares = confusion(flip("asymmetric_sequential", 0.4, labels=labels), labels, K) / 5000
    back = 800  # of 2,800 draws among 5,000 dogs and 2,000 cats; its standard deviation is 18.5
    assert abs(shares[3, 5] - (2000 - back) / 5000) <= 4 * 18.5 / 5000
    assert abs(shares[5, 3] - 0.4) <= 4 * 18.5 / 5000
    assert abs(shares[3, 5] - 0.2354) < 0.02
    assert abs(shares[5, 3] - 0.3954) < 0.02
    assert abs(1 - shares.diagonal().mean() - 0.18308) < 0.004
    assert shares[9, 1] == shares[2, 0] == shares[4, 7] == 0.4


def test_a_chain_is_run_through_in_place_only(flip):
    """Ankle boots become sneakers, and some of these, sandals."""
    labels = Y[:2000]
    assert confusion(flip("asymmetric", 0.4, labels=labels, classes=GARMENTS), labels, K)[9, 5] == 0
    assert confusion(flip("asymmetric_sequential", 0.4, labels=labels, classes=GARMENTS), labels, K)[9, 5] > 0


def test_the_superclasses_of_cifar100_are_twenty_rings_of_five():
    lines = [line.split() for line in _pairs.CIFAR100.strip().splitlines()]
    names = sorted(name for line in lines for name in line)
    assert len(lines) == 20
    assert len(set(names)) == 100
    after = dict(_pairs.published(names))
    assert names[after[names.index("whale")]] == "beaver"
    assert names[after[names.index("beaver")]] == "dolphin"
    for k in range(100):
        ring = [k := after[k] for _ in range(5)]
        assert len(set(ring)) == 5


def test_blocks_are_five_consecutive_classes(flip):
    given = flip("asymmetric", 1.0, labels=torch.arange(10), pairs="blocks")
    assert given.tolist() == [1, 2, 3, 4, 0, 6, 7, 8, 9, 5]


def test_pairs_of_ones_own(flip):
    given = flip("asymmetric", 1.0, labels=torch.arange(3), classes=("a", "b", "c"), pairs=[[2, 0]])
    assert given.tolist() == [0, 1, 0]


@pytest.mark.parametrize("classes", [("3", "5"), ("a", "b", "c"), tuple("abcde")])
def test_what_is_suggested_in_the_place_of_published_pairs_can_be(flip, classes):
    labels = torch.arange(len(classes))
    with pytest.raises(ValueError, match="none for these class names") as error:
        flip("asymmetric", 1.0, labels=labels, classes=classes, pairs="published")
    suggested = str(error.value).partition("such as noise_type.pairs=")[2].partition(" ")[0]
    given = flip("asymmetric", 1.0, labels=labels, classes=classes, pairs=json.loads(suggested))
    assert given.tolist() == [1, 0, *range(2, len(classes))]
    if "noise_type.pairs=blocks" in str(error.value):
        assert flip("asymmetric", 1.0, labels=labels, classes=classes, pairs="blocks").tolist() == [1, 2, 3, 4, 0]
    else:
        with pytest.raises(ValueError, match="do not divide"):
            flip("asymmetric", 1.0, labels=labels, classes=classes, pairs="blocks")


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ("published", "none for these class names"),
        ("blocks", "do not divide 3"),
        ([[0, 3]], "within 0 to 2"),
        ([[0, 0]], "different classes"),
        ([[0]], "pairs"),
        ([], "pairs"),
        ([[0, 1], [0, 2]], "one other only"),
    ],
)
def test_pairs_that_cannot_be_are_refused(flip, pairs, said):
    with pytest.raises(ValueError, match=said):
        flip("asymmetric", 0.4, labels=torch.arange(3), classes=("a", "b", "c"), pairs=pairs)


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".npy"])
def test_a_matrix_is_followed_row_by_row(flip, suffix):
    rows = np.array([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]])
    if suffix == ".npy":
        np.save("mine.npy", rows)
    else:
        np.savetxt(f"mine{suffix}", rows, delimiter="," if suffix == ".csv" else " ")
    labels = torch.arange(30_000) % 3
    given = flip("matrix", 1.0, labels=labels, classes=("a", "b", "c"), file=f"mine{suffix}")
    shares = confusion(given, labels, 3) / 10_000
    for i in range(3):
        assert all(about(shares[i, j].item(), rows[i, j], 10_000) for j in range(3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 0\n0 1", "has shape (2, 2); must be 3 x 3"),
        ("1 0 0\n0 1 0\n0.5 0.4 0", "row 2 sums to 0.9"),
        ("1 0 0\n0 2 -1\n0 0 1", "row 1 holds -1, which is no probability"),
        ("1 0 0\n0 1 0\n0 nan 1", "row 2 holds nan, which is no probability"),
        ("1 0 0\n0 1\n0 0 1", "changed from 3 to 2 at row 2); must be 3 lines of 3 numbers without a header"),
        ("a b c\n1 0 0\n0 1 0\n0 0 1", "must be 3 lines of 3 numbers without a header"),
        ("\n", "it is empty"),
        ("1 0 0\n0 1\0 0\n0 0 1", "line 2 holds a zero"),
        ("PK\3\4", "it is an Excel or zip file"),
    ],
)
def test_what_is_no_transition_matrix_is_refused(flip, text, said):
    Path("mine.csv").write_text(text)
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        flip("matrix", 1.0, labels=torch.arange(3), classes=("a", "b", "c"), file="mine.csv")
    assert said in str(refusal.value)
    assert "mine.csv" in str(refusal.value)


@pytest.mark.parametrize(("name", "key"), [("matrix", "file"), ("polynomial_margin", "reference")])
@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda file: np.save(file, np.eye(3) + 1j), "it holds complex128"),
        (lambda file: np.save(file, np.eye(3).astype("M8[s]")), "it holds datetime64"),
        (lambda file: np.save(file, np.zeros(3, dtype=[("a", "f8"), ("b", "f8"), ("c", "f8")])), "it holds [('a'"),
        (lambda file: file.touch(), "EOF"),
        (lambda file: file.write_text("1 0 0\n0 1 0"), "the magic string is not correct"),
        (lambda file: np.save(file, np.eye(3) - 0.5), "row 0 holds -0.5, which is no probability"),
        (lambda file: np.save(file, np.full((3, 3), np.nan)), "row 0 holds nan, which is no probability"),
        (lambda file: np.save(file, np.eye(4)), "has shape (4, 4); must"),
    ],
)
def test_what_holds_no_probabilities_is_refused_by_its_key(flip, tmp_path, name, key, write, said):
    file = tmp_path / "mine.npy"
    write(file)
    with pytest.raises(ValueError, match=re.escape(f"noise_type.{key}={file}: ")) as refusal:
        flip(name, 0.5, labels=torch.arange(3), classes=("a", "b", "c"), **{key: str(file)})
    assert said in str(refusal.value)


@pytest.mark.parametrize("name", ["T.csv.gz", "T.CSV.GZ"])
def test_a_matrix_may_be_packed(name, tmp_path):
    (tmp_path / name).write_bytes(gzip.compress(b"1 0\n0 1"))
    assert read_matrix(tmp_path / name, 2, [].append).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    "text",
    [
        "0.5 0.5 0\n0 1 0\n0 0.25 0.75",
        "0.5, 0.5, 0\n0, 1, 0\n0, 0.25, 0.75\n",
        "0.5;0.5;0\n0;1;0\n0;0.25;0.75",
        "0,5;0,5;0\n0;1;0\n0;0,25;0,75",
        "0,5\t0,5\t0\n0\t1\t0\n0\t0,25\t0,75",
        "0,5 0,5 0\n0 1 0\n0 0,25 0,75",
        "# of mine\n0.5,0.5,0,\n0,1,0,\n\n0,0.25,0.75,",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_matrix_is_read_however_it_is_written(text, encoding, tmp_path):
    (tmp_path / "T.csv").write_text(text, encoding=encoding)
    told = []
    found = read_matrix(tmp_path / "T.csv", 3, told.append)
    assert found.tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0.25, 0.75]]
    assert told == [f"{tmp_path}/T.csv: a 3 x 3 matrix, 0.75 of the labels stay"]


def test_a_matrix_that_was_rounded_is_scaled_and_that_is_said(tmp_path):
    (tmp_path / "T.csv").write_text("0.333 0.333 0.333\n0 1 0\n0 0 1")
    told = []
    assert torch.equal(read_matrix(tmp_path / "T.csv", 3, told.append)[0], torch.full((3,), 1 / 3, dtype=torch.float64))
    assert told[0].endswith("rows are scaled to sum to 1, which row 0 missed by 0.001")


@pytest.mark.parametrize(("name", "key"), [("matrix", "file"), ("human", "file"), ("polynomial_margin", "reference")])
def test_a_file_that_is_not_there_is_named(flip, name, key):
    with pytest.raises(FileNotFoundError, match=rf"noise_type\.{key}=gone\.npy: there is no such file"):
        flip(name, 1.0, **{key: "gone.npy"})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"column": "lable"}, "noise_type.column=lable: people.npz has no column lable; its columns are: label"),
        ({"clean": "true"}, "noise_type.clean=true: people.npz has no column true; its columns are: label; null where"),
        ({"classes": ("a", "b")}, "noise_type.file=people.npz: its column label holds "),
    ],
)
def test_what_a_label_file_lacks_is_named_by_its_key(flip, changed, said):
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        flip("human", 1.0, **changed)


def test_flip_rates_of_instances_are_a_truncated_normal():
    rates = truncated_normal(0.1, 0.1, 100_000, torch.Generator().manual_seed(0))
    assert 0 <= rates.min() < 0.001
    assert abs(rates.mean().item() - 0.12876) < 0.001  # 0.1 + 0.1 phi(1) / (1 - Phi(-1)), the upper end being far
    middle = truncated_normal(0.5, 0.1, 100_000, torch.Generator().manual_seed(0))
    assert abs(middle.mean().item() - 0.5) < 0.002
    assert abs(middle.std().item() - 0.1) < 0.002


def test_an_instance_is_mistaken_for_what_its_input_says(flip):
    """Examples of one input and one class are mistaken for the same few classes, and of another input for others."""
    labels = torch.zeros(4000, dtype=torch.int64)
    x = 50 * torch.randn(2, 6, generator=torch.Generator().manual_seed(4)).repeat_interleave(2000, 0)
    given = flip("instance", 0.4, labels=labels, x=x)
    found = [part[part > 0].bincount(minlength=K) for part in given.split(2000)]
    assert all(about((part > 0).double().mean().item(), 0.4, 2000) for part in given.split(2000))
    assert all(counts.max() > 0.9 * counts.sum() for counts in found)
    assert found[0].argmax() != found[1].argmax()


def test_instances_are_worked_on_in_chunks_without_a_difference(flip, monkeypatch):
    whole = flip("instance", 0.4)
    monkeypatch.setattr("datasets.noise_types.instance.CHUNK", 37)
    assert (flip("instance", 0.4) == whole).double().mean() > 0.9999  # sums may round otherwise


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_polynomial_margin_noise_is_where_the_reference_is_unsure(flip, kind):
    margin = torch.linspace(0, 1, N, dtype=torch.float64)
    p = torch.zeros(N, K, dtype=torch.float64)
    p[torch.arange(N), Y], p[torch.arange(N), (Y + 3) % K] = (1 + margin) / 2, (1 - margin) / 2
    np.save("p.npy", p.numpy())
    given = flip("polynomial_margin", 0.3, kind=kind, reference="p.npy")
    assert about((given != Y).double().mean().item(), 0.3, N)
    assert set(((given - Y) % K).tolist()) == {0, 3}
    shape = {1: (1 - margin**2) / 2, 2: 1 - margin**3, 3: 1 - (margin + margin**2 + margin**3) / 3}[kind]
    expected = 0.3 * shape / shape.mean()  # none exceeds 1 here
    for part, share in zip((given != Y).split(N // 10), expected.split(N // 10), strict=True):
        assert about(part.double().mean().item(), share.mean().item(), N // 10)


def test_a_label_that_the_reference_does_not_share_becomes_its_first_choice(flip):
    p = torch.zeros(100, 3)
    p[:, 0], p[:, 1] = 0.5, 0.49
    np.save("p.npy", p.numpy())
    labels = torch.tensor([2]).expand(100)
    given = flip("polynomial_margin", 0.9, labels=labels, classes=("a", "b", "c"), reference="p.npy")
    assert set(given.tolist()) <= {0, 2}


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_the_released_form_draws_labels_anew(flip, kind):
    """Also of examples that the reference is sure of, and whatever the label was: label_noise of pxiangwu/PLC."""
    margin = torch.linspace(0, 1, N, dtype=torch.float64)
    p = torch.zeros(N, K, dtype=torch.float64)
    p[torch.arange(N), Y], p[torch.arange(N), (Y + 3) % K] = (1 + margin) / 2, (1 - margin) / 2
    np.save("p.npy", p.numpy())
    given = flip("polynomial_margin", 0.8, kind=kind, form="released", reference="p.npy")
    assert about((given != Y).double().mean().item(), 0.8, N)
    assert set(((given - Y) % K).tolist()) == {0, 3}
    first = {1: (1 + margin**2) / 2, 2: margin**3, 3: (margin + margin**2 + margin**3) / 3}[kind]
    expected = 1 - 0.2 * first / first.mean()  # no chance of the first class exceeds 1 here
    for part, share in zip((given != Y).split(N // 10), expected.split(N // 10), strict=True):
        assert about(part.double().mean().item(), share.mean().item(), N // 10)
    assert (given != Y)[-N // 20 :].any()  # at margins of almost 1


def test_the_released_form_knows_no_label(flip):
    """Labels that the reference does not share are drawn as all others are, and always wrong; the rate counts them."""
    p = torch.zeros(N, 3)
    p[:, 0], p[:, 1] = 0.6, 0.4
    np.save("p.npy", p.numpy())
    labels = (torch.arange(N) % 4 == 0).long() * 2  # a quarter is of class 2
    said = {"labels": labels, "classes": ("a", "b", "c"), "form": "released", "reference": "p.npy"}
    given = flip("polynomial_margin", 0.4, **said)
    assert set(given.tolist()) == {0, 1}
    assert about((given != labels).double().mean().item(), 0.4, N)
    for of in (0, 2):  # 0.2 of those of the first class are wrong: 0.75 * 0.2 + 0.25 = 0.4
        assert about((given[labels == of] == 1).double().mean().item(), 0.2, int((labels == of).sum()))
    with pytest.raises(
        ValueError, match=r"noise=0\.2: noise_type\.form=released makes from 0\.25 to 1 of the labels wrong"
    ):
        flip("polynomial_margin", 0.2, **said)
    assert torch.equal(flip("polynomial_margin", 0.0, **said), labels)


def test_the_built_in_reference_learns_from_the_inputs(flip):
    """Two classes overlap and the third is far away, so that it is spared."""
    labels = torch.arange(N) % 3
    x = (
        torch.randn(N, 2, generator=torch.Generator().manual_seed(0))
        + torch.tensor([[0.0, 0], [1, 0], [0, 50]])[labels]
    )
    found = confusion(flip("polynomial_margin", 0.2, labels=labels, x=x, classes=("a", "b", "c")), labels, 3)
    assert found[2, :2].sum() < 0.01 * found[0, 1]
    assert about(1 - found.diagonal().sum().item() / N, 0.2, N)
    assert found[:2, 2].sum() < 0.01 * found[0, 1]


def test_more_noise_than_a_sure_reference_leaves_room_for_is_refused(flip):
    np.save("p.npy", np.tile([1.0, 0.0, 0.0], (3, 1)))
    with pytest.raises(ValueError, match="sure of too many"):
        flip("polynomial_margin", 0.1, labels=torch.arange(3), classes=("a", "b", "c"), reference="p.npy")


PEOPLE = {"aggre_label": 90, "random_label1": 172, "worse_label": 402}  # of 1,000: the rates of CIFAR-10N's file


@pytest.fixture
def people(flip):
    """A file with the columns of CIFAR-10N's, a thousand rows in another order, so many of them wrong."""
    order = np.random.default_rng(0).permutation(1000)
    columns = {"index": order, "clean_label": order % K}
    for name, count in PEOPLE.items():
        columns[name] = np.where(order < count, (order + 1) % K, order % K)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    with gzip.open("people.csv.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")
    return partial(flip, "human", file="people.csv.gz", clean="clean_label", labels=Y[:1000])


@pytest.mark.parametrize("column", PEOPLE)
def test_peoples_labels_are_found_by_number(people, column):
    given = people(1.0, column=column)
    assert (given != Y[:1000]).sum() == PEOPLE[column]
    assert torch.equal(given[: PEOPLE[column]], (Y[: PEOPLE[column]] + 1) % K)


def test_what_is_read_of_peoples_labels_is_said(people):
    told = []
    people(1.0, column="worse_label", told=told)
    (line,) = told
    assert ": 1000 rows, whose by the column index; worse_label: 10 classes: 0 " in line


def test_peoples_labels_of_some_examples_in_another_order(people):
    index = torch.arange(0, 1000, 7).flip(0)
    given = people(1.0, column="worse_label", labels=Y[index], index=index)
    assert torch.equal(given != Y[index], index < 402)


def test_peoples_labels_in_another_order_are_refused(people):
    with pytest.raises(ValueError, match="another order"):
        people(1.0, column="worse_label", index=torch.arange(1000).flip(0))


def test_peoples_labels_that_are_no_class_are_refused(people):
    with pytest.raises(ValueError, match="classes are 0 to 4"):
        people(1.0, column="worse_label", clean=None, classes=CIFAR10[:5])


def test_open_set_noise_replaces_inputs_and_keeps_labels(flip):
    found = flip("open_set", 0.4)
    assert torch.equal(found.given, Y)
    assert torch.equal(found.pool, build("dataset", OTHER).x)
    assert set(found.outside[found.outside >= 0].tolist()) == set(range(50))


def test_open_set_inputs_of_another_shape_are_refused(flip):
    with pytest.raises(ValueError, match=r"must be .*\(7,\)"):
        flip("open_set", 0.4, x=torch.zeros(N, 7))


def test_a_bag_keeps_the_counts_of_its_labels(flip):
    """Where one bag holds everything, all labels are dealt out anew and none is lost."""
    given = flip("bag", 1.0, labels=Y[:1000], size=1000)
    assert torch.equal(given.bincount(), Y[:1000].bincount())
    assert about((given == Y[:1000]).double().mean().item(), 0.1, 1000)


def test_a_label_stays_in_its_bag(flip):
    """Labels are all different here, so that bags can be told from what was dealt."""
    labels = torch.arange(1000)
    given = flip("bag", 1.0, labels=labels, size=2)
    swapped = given != labels
    assert torch.equal(given[given], labels)  # in a bag of two, who has mine, has I whose
    assert about(swapped.double().mean().item(), 0.5, 500)


def test_an_unknown_type_is_refused_with_the_nearest_name():
    from runner.compose.command_line import compose_cells

    with pytest.raises(ConfigError, match="did you mean asymmetric"):
        compose_cells(["noise_type=asymetric"], multirun=False)
