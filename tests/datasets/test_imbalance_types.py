"""How classes are thinned out: sizes, chance, and refusals."""

import pytest
import torch

from runner.nodes.build import bind
from tests.zoo import ROOT, node

TYPES = sorted(file.stem for file in (ROOT / "conf" / "imbalance_type").glob("*.yaml"))
K = 10
Y = torch.arange(5000) % K
PROFILES = {  # of ten classes of 500, at a ratio of 10
    "exponential": [500, 387, 299, 232, 179, 139, 107, 83, 64, 50],
    "step": [500] * 5 + [50] * 5,
    "binary": [500, 50] + [500] * 8,
    "custom": [7, 500, 1] + [20] * 7,
}


def thin(name, ratio=10.0, seed=0, labels=Y, k=K, **changed):
    settings = node(name, "imbalance_type") | ({"counts": PROFILES["custom"]} if name == "custom" else {}) | changed
    stream = torch.Generator().manual_seed(seed)
    ratio = 1.0 if name == "custom" else ratio
    return bind("imbalance_type", settings)(labels=labels, num_classes=k, ratio=ratio, generator=stream)


@pytest.mark.parametrize("name", TYPES)
def test_class_sizes_are_those_of_the_profile(name):
    kept = thin(name)
    assert Y[kept].bincount().tolist() == PROFILES[name]
    assert torch.equal(kept, kept.unique())  # ascending, none twice


@pytest.mark.parametrize("name", TYPES)
def test_who_stays_is_the_streams_choice(name):
    assert torch.equal(thin(name), thin(name))
    assert not torch.equal(thin(name), thin(name, seed=1))


@pytest.mark.parametrize("name", [name for name in TYPES if name != "custom"])
def test_a_ratio_of_one_keeps_everything(name):
    assert torch.equal(thin(name, ratio=1.0), torch.arange(5000))


@pytest.mark.parametrize("name", [name for name in TYPES if name != "custom"])
def test_a_ratio_that_empties_a_class_is_refused(name):
    with pytest.raises(ValueError, match=r"imbalance=501 leaves class \d without an example"):
        thin(name, ratio=501.0)


def test_the_long_tail_of_cifar10_is_the_published_one():
    """Cui et al.; 12,406 examples at a ratio of 100 and, of a hundred classes of 500, 10,847."""
    labels = torch.arange(50_000) % 10
    sizes = labels[thin("exponential", ratio=100.0, labels=labels)].bincount().tolist()
    assert sizes == [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    hundred = torch.arange(50_000) % 100
    assert len(thin("exponential", ratio=100.0, labels=hundred, k=100)) == 10_847


def test_the_share_of_rare_classes_can_be_chosen():
    assert Y[thin("step", share=0.1)].bincount().tolist() == [500] * 9 + [50]


def test_the_rare_class_can_be_chosen():
    assert Y[thin("binary", rare=9)].bincount().tolist() == [500] * 9 + [50]
    with pytest.raises(ValueError, match=r"rare=10: must be a class, 0 to 9"):
        thin("binary", rare=10)


@pytest.mark.parametrize(
    ("counts", "said"),
    [([1, 2], "must be 10 sizes"), ([501] + [1] * 9, "class 0 has only 500"), ([0] + [1] * 9, "leaves class 0")],
)
def test_sizes_that_cannot_be_are_refused(counts, said):
    with pytest.raises(ValueError, match=said):
        thin("custom", counts=counts)


def test_sizes_of_ones_own_leave_no_room_for_a_ratio():
    make = bind("imbalance_type", node("custom", "imbalance_type") | {"counts": [1] * 10})
    with pytest.raises(ValueError, match="leave imbalance at 1"):
        make(labels=Y, num_classes=K, ratio=2.0, generator=torch.Generator())
