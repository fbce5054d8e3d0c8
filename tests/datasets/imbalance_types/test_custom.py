"""Class sizes of one's own."""

import pytest
import torch

from runner.nodes.build import bind
from tests.datasets.imbalance_types.subsampling import K, Y, subsample
from tests.zoo import node


@pytest.mark.parametrize(
    ("counts", "said"),
    [([1, 2], "must be 10 sizes"), ([501] + [1] * 9, "class 0 has only 500"), ([0] + [1] * 9, "leaves class 0")],
)
def test_sizes_that_cannot_be_are_refused(counts, said):
    with pytest.raises(ValueError, match=said):
        subsample("custom", counts=counts)


def test_sizes_of_ones_own_leave_no_room_for_a_ratio():
    make = bind("imbalance_type", node("custom", "imbalance_type") | {"counts": [1] * 10})
    with pytest.raises(ValueError, match="leave imbalance at 1"):
        make(labels=Y, num_classes=K, ratio=2.0, generator=torch.Generator())
