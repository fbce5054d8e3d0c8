"""Isotonic regression."""

import pytest
import torch
from sklearn.isotonic import IsotonicRegression

from runner.parts.risks.isotonic import isotonic


@pytest.mark.parametrize("n", [1, 2, 40])
def test_isotonic_regression_is_that_of_scikit_learn(n):
    values = torch.randn(n, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) + torch.arange(n) / 20
    theirs = IsotonicRegression().fit_transform(range(n), values.numpy())
    torch.testing.assert_close(isotonic(values), torch.from_numpy(theirs), rtol=0, atol=1e-12)
