"""The generators of label noise: their rates, their classes, and that nothing else is drawn or touched."""

import re

import numpy as np
import pytest
import torch

from runner.console.errors import ConfigError
from tests.datasets.noise_types.flipping import K, N, X, Y, about, wrong
from tests.zoo import ROOT, asked_by

OTHERS = {"candidates", "positive_unlabelled"}  # sets of classes; two classes only
TYPES = [
    file.stem
    for file in sorted((ROOT / "conf" / "noise_type").glob("*.yaml"))
    if file.stem not in OTHERS and "labels" in asked_by(file.stem)
]


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


@pytest.mark.parametrize(("name", "key"), [("matrix", "file"), ("human", "file"), ("polynomial_margin", "reference")])
def test_a_file_that_is_not_there_is_named(flip, name, key):
    with pytest.raises(FileNotFoundError, match=rf"noise_type\.{key}=gone\.npy: there is no such file"):
        flip(name, 1.0, **{key: "gone.npy"})


def test_an_unknown_type_is_refused_with_the_nearest_name():
    from runner.compose.command_line import compose_cells

    with pytest.raises(ConfigError, match="did you mean asymmetric"):
        compose_cells(["noise_type=asymetric"], multirun=False)
