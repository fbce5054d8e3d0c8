"""Pairs of Student vectors: their density is the ratio of densities, its mean the information."""

import math

import pytest
import torch

from datasets.pairs.student import _density, shared
from tests.datasets.files import load, refusal


@pytest.mark.parametrize(("dim", "df", "mi"), [(1, 1.0, 0.5), (5, 3.0, 2.0), (2, 30.0, 0.1)])
def test_the_mean_density_is_the_information(dim, df, mi):
    split = load("student_pairs", dim=dim, df=df, mi=mi, num_train=40000, num_test=100).checked()
    density = split.y[:, 0].double()
    assert density.mean().item() == pytest.approx(mi, abs=5 * density.std().item() / math.sqrt(len(density)))
    assert split.optimum == {"absolute_error": 0.0, "estimate": mi}


def test_the_density_is_the_ratio_of_densities():
    """Of numbers without correlation, whose joint density is that of two independent ones but for the divisor."""
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 20, 1, generator=draw, dtype=torch.float64)
    alone = torch.distributions.StudentT(torch.tensor(4.0, dtype=torch.float64))
    squares = (x.square() + y.square())[:, 0]
    joint = -math.log(2 * math.pi) - 3 * (squares / 4).log1p()  # of t with 4 degrees of freedom in the plane
    expected = joint - alone.log_prob(x)[:, 0] - alone.log_prob(y)[:, 0]
    torch.testing.assert_close(_density(x, y, 0.0, 4.0), expected)


def test_with_many_degrees_of_freedom_they_are_gaussian():
    gaussian, student = (load(name, dim=2, mi=1.0, num_train=50, num_test=50, **more) for name, more in (
        ("gaussian_pairs", {}),
        ("student_pairs", {"df": 1e7}),
    ))  # fmt: skip
    torch.testing.assert_close(student.x, gaussian.x, rtol=0.01, atol=0.01)
    torch.testing.assert_close(student.y, gaussian.y, rtol=0.01, atol=0.01)


def test_less_than_the_divisor_tells_is_refused():
    assert shared(1, 1.0) == pytest.approx(0.2242, abs=1e-4)  # of Czyz et al.: log(8 pi) - 3
    assert math.log(8 * math.pi) - 3 == pytest.approx(shared(1, 1.0))
    line = refusal("student_pairs", "nowhere", dim=1, df=1.0, mi=0.1)
    assert line.endswith("mi=0.1: must be at least 0.2242, which pairs of df=1 have without correlation")
