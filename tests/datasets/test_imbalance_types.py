"""How classes are subsampled: sizes, chance, and refusals."""

import pytest
import torch

from tests.datasets.imbalance_types.subsampling import PROFILES, Y, subsample
from tests.zoo import ROOT

TYPES = sorted(file.stem for file in (ROOT / "conf" / "imbalance_type").glob("*.yaml"))


@pytest.mark.parametrize("name", TYPES)
def test_class_sizes_are_those_of_the_profile(name):
    kept = subsample(name)
    assert Y[kept].bincount().tolist() == PROFILES[name]
    assert torch.equal(kept, kept.unique())  # ascending, none twice


@pytest.mark.parametrize("name", TYPES)
def test_who_stays_is_the_streams_choice(name):
    assert torch.equal(subsample(name), subsample(name))
    assert not torch.equal(subsample(name), subsample(name, seed=1))


@pytest.mark.parametrize("name", [name for name in TYPES if name != "custom"])
def test_a_ratio_of_one_keeps_everything(name):
    assert torch.equal(subsample(name, ratio=1.0), torch.arange(5000))


@pytest.mark.parametrize("name", [name for name in TYPES if name != "custom"])
def test_a_ratio_that_empties_a_class_is_refused(name):
    with pytest.raises(ValueError, match=r"imbalance=501 leaves class \d without an example"):
        subsample(name, ratio=501.0)
