"""One rare class."""

import pytest

from tests.datasets.imbalance_types.subsampling import Y, subsample


def test_the_rare_class_can_be_chosen():
    assert Y[subsample("binary", rare=9)].bincount().tolist() == [500] * 9 + [50]
    with pytest.raises(ValueError, match=r"rare=10: must be a class, 0 to 9"):
        subsample("binary", rare=10)
