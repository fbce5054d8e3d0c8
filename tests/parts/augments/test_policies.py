"""The policies that AutoAugment found."""

import pytest
from torchvision.transforms import AutoAugmentPolicy, v2

from runner.parts.augments.policies import policy
from tests.parts.augments.test_trivial_augment import title


@pytest.mark.parametrize("name", ["cifar10", "imagenet", "svhn"])
def test_they_are_torchvisions(name):
    theirs = v2.AutoAugment(AutoAugmentPolicy(name))._policies
    ours = [[(title(operation), p, m) for operation, p, m in pair] for pair in policy(name)]
    assert ours == [[(operation, p, m or 0) for operation, p, m in pair] for pair in theirs]
