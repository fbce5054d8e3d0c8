"""Noise and imbalance around other people's data sets: the runner's own labels, and an account of what was done."""

import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

from datasets.imbalance_types.exponential import exponential
from datasets.vision import torchvision
from runner.console.errors import ConfigError
from runner.data.protocol import protocol
from runner.data.torch_datasets import Imbalanced, NoisyLabels, labels_of
from runner.nodes.build import bind, build
from tests.zoo import node

SPLIT = build("dataset", node("digits", "dataset"))
PLAIN = TensorDataset(SPLIT.x, SPLIT.y)


def runners(noise_type, *, noise=0.4, imbalance=1.0, seed=3, **arguments):
    """The runner's training examples of that seed."""
    return protocol(
        SPLIT._replace(source_index=None, mean=torch.zeros(1), std=torch.ones(1)),
        [seed],
        noise=noise,
        noise_type=bind("noise_type", node(noise_type, "noise_type") | arguments, data_root="."),
        noise_seed=None,
        split_seed=None,
        imbalance=imbalance,
        imbalance_type=exponential,
        val_fraction=0.0,
        val_labels="given",
    ).train


@pytest.mark.parametrize("noise_type", ["symmetric", "symmetric_exact", "pair", "instance", "polynomial_margin", "bag"])
@pytest.mark.parametrize("imbalance", [1.0, 10.0])
def test_labels_are_the_runners_own(noise_type, imbalance):
    thinned = Imbalanced(PLAIN, ratio=imbalance, seed=3)
    noisy = NoisyLabels(thinned, noise_type=noise_type, rate=0.4, seed=3)
    theirs = runners(noise_type, imbalance=imbalance)
    assert torch.equal(noisy.given, theirs.given[0])
    assert torch.equal(noisy.true, theirs.true[0])
    assert torch.equal(noisy.index, theirs.place[0])


def test_open_set_inputs_come_in_as_in_the_runner():
    other = TensorDataset(SPLIT.x.flip(0), SPLIT.y)
    noisy = NoisyLabels(PLAIN, noise_type="open_set", rate=0.4, seed=3, source=other)
    replaced = (noisy.true < 0).nonzero()[:, 0]
    assert 0.35 < len(replaced) / len(PLAIN) < 0.45
    place = int(replaced[0])
    assert torch.equal(noisy[place][0], other[int(noisy.outside[place])][0])
    assert noisy[place][1] == SPLIT.y[place]
    kept = int((noisy.true >= 0).nonzero()[0, 0])
    assert torch.equal(noisy[kept][0], SPLIT.x[kept])


def test_items_have_their_input_and_the_given_label():
    noisy = NoisyLabels(PLAIN, rate=0.6)
    assert len(noisy) == len(PLAIN)
    for place in (0, 5, len(noisy) - 1):
        x, label = noisy[place]
        assert torch.equal(x, SPLIT.x[place])
        assert label == noisy.given[place]


def test_what_else_an_item_holds_stays():
    noisy = NoisyLabels(TensorDataset(SPLIT.x, SPLIT.y, torch.arange(len(SPLIT.y))), rate=0.6)
    assert len(noisy[7]) == 3
    assert noisy[7][2] == 7


def test_the_transition_is_what_was_realised():
    noisy = NoisyLabels(PLAIN, noise_type="pair", rate=0.4)
    assert torch.allclose(noisy.transition.sum(1), torch.ones(10))
    flipped = (noisy.given != noisy.true)[noisy.true == 4].double().mean().item()
    assert noisy.transition[4, 5].item() == pytest.approx(flipped)


def test_flipping_before_thinning_is_another_protocol_and_says_so():
    first = NoisyLabels(Imbalanced(PLAIN, ratio=10), rate=0.4)
    second = Imbalanced(NoisyLabels(PLAIN, rate=0.4), ratio=10)
    assert torch.equal(first.true.bincount(), second.true.bincount())
    assert torch.equal(first.index, second.index)
    assert not torch.equal(first.given, second.given)
    assert first.steps == ("exponential imbalance 10, seed 0", "symmetric noise 0.4, seed 0")
    assert second.steps == first.steps[::-1]
    assert "noise 0.4, seed 0 -> exponential imbalance 10" in repr(second)
    place = int((second.given != second.true).nonzero()[0, 0])
    assert second[place][1] == second.given[place]
    assert torch.equal(second[place][0], SPLIT.x[second.index[place]])


def test_arguments_of_a_type_can_be_changed():
    own = Imbalanced(PLAIN, imbalance_type="custom", counts=[20] * 10)
    assert own.true.bincount().tolist() == [20] * 10
    flipped = NoisyLabels(own, noise_type="asymmetric", rate=1.0, pairs=[[0, 1]])
    assert flipped.given.bincount(minlength=2).tolist()[:2] == [0, 40]


def test_a_wrong_name_or_argument_is_refused():
    with pytest.raises(ConfigError, match="did you mean symmetric"):
        NoisyLabels(PLAIN, noise_type="symetric", rate=0.4)
    with pytest.raises(ConfigError, match="did you mean pairs"):
        NoisyLabels(PLAIN, noise_type="asymmetric", rate=0.4, pair="published")


class Listed(Dataset):
    """Labels are nowhere but in the items."""

    def __len__(self):
        return 20

    def __getitem__(self, place):
        return torch.zeros(1), place % 2


def test_labels_are_found_wherever_they_are(tmp_path):
    fake = torchvision.datasets.FakeData(size=12, num_classes=3)
    assert labels_of(fake).tolist() == [int(fake[i][1]) for i in range(12)]
    assert labels_of(Listed()).tolist() == [0, 1] * 10
    assert labels_of(Subset(PLAIN, [3, 5])).tolist() == SPLIT.y[[3, 5]].tolist()
    assert labels_of(NoisyLabels(Listed(), rate=1.0)).tolist() == [1, 0] * 10
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        torchvision.utils.save_image(torch.zeros(3, 4, 4), tmp_path / name / "a.png")
    folder = torchvision.datasets.ImageFolder(tmp_path)
    assert labels_of(folder).tolist() == [0, 1]
    assert NoisyLabels(folder, noise_type="asymmetric", rate=1.0).given.tolist() == [1, 0]
    turned = torchvision.datasets.ImageFolder(tmp_path, target_transform=lambda k: 1 - k)
    assert labels_of(turned).tolist() == [1, 0]


def test_a_label_file_is_of_the_innermost_data_set(tmp_path):
    said = {"rate": 1.0, "noise_type": "human", "column": "label", "clean": None, "data_root": str(tmp_path)}
    np.save(tmp_path / "labels.npy", np.arange(len(PLAIN)) % 7)
    thinned = NoisyLabels(Imbalanced(PLAIN, ratio=10), **said, file="labels.npy")
    assert torch.equal(thinned.given, thinned.index % 7)
    np.save(tmp_path / "more.npy", np.arange(len(PLAIN) + 1) % 7)
    with pytest.raises(ValueError, match=f"there must be {len(PLAIN)}, one for each example"):
        NoisyLabels(PLAIN, **said, file="more.npy")


def test_workers_see_the_same_labels():
    noisy = NoisyLabels(Imbalanced(PLAIN, ratio=10), rate=0.4)
    loader = DataLoader(noisy, batch_size=64, num_workers=2, multiprocessing_context="spawn")
    assert torch.equal(torch.cat([labels for _, labels in loader]), noisy.given)


def test_a_pickled_one_is_the_same():
    noisy = NoisyLabels(Imbalanced(PLAIN, ratio=10), rate=0.4)
    again = pickle.loads(pickle.dumps(noisy))
    assert torch.equal(again.given, noisy.given)
    assert again.steps == noisy.steps
    assert torch.equal(again[5][0], noisy[5][0])
