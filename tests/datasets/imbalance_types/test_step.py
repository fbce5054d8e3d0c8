"""Frequent and rare classes."""

from tests.datasets.imbalance_types.subsampling import Y, subsample


def test_the_share_of_rare_classes_can_be_chosen():
    assert Y[subsample("step", share=0.1)].bincount().tolist() == [500] * 9 + [50]
