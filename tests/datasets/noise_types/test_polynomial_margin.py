"""Polynomial-margin noise: labels are wrong where a reference is unsure."""

import numpy as np
import pytest
import torch

from tests.datasets.noise_types.flipping import K, N, Y, about, confusion


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_polynomial_margin_noise_is_where_the_reference_is_unsure(flip, kind):
    margin = torch.linspace(0, 1, N, dtype=torch.float64)
    p = torch.zeros(N, K, dtype=torch.float64)
    p[torch.arange(N), Y], p[torch.arange(N), (Y + 3) % K] = (1 + margin) / 2, (1 - margin) / 2
    np.save("p.npy", p.numpy())
    given = flip("polynomial_margin", 0.3, kind=kind, reference="p.npy")
    assert about((given != Y).double().mean().item(), 0.3, N)
    assert set(((given - Y) % K).tolist()) == {0, 3}
    shape = {1: (1 - margin**2) / 2, 2: 1 - margin**3, 3: 1 - (margin + margin**2 + margin**3) / 3}[kind]
    expected = 0.3 * shape / shape.mean()  # none exceeds 1 here
    for part, share in zip((given != Y).split(N // 10), expected.split(N // 10), strict=True):
        assert about(part.double().mean().item(), share.mean().item(), N // 10)


def test_a_label_that_the_reference_does_not_share_becomes_its_first_choice(flip):
    p = torch.zeros(100, 3)
    p[:, 0], p[:, 1] = 0.5, 0.49
    np.save("p.npy", p.numpy())
    labels = torch.tensor([2]).expand(100)
    given = flip("polynomial_margin", 0.9, labels=labels, classes=("a", "b", "c"), reference="p.npy")
    assert set(given.tolist()) <= {0, 2}


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_the_released_form_draws_labels_anew(flip, kind):
    """Also of examples that the reference is sure of, and whatever the label was: label_noise of pxiangwu/PLC."""
    margin = torch.linspace(0, 1, N, dtype=torch.float64)
    p = torch.zeros(N, K, dtype=torch.float64)
    p[torch.arange(N), Y], p[torch.arange(N), (Y + 3) % K] = (1 + margin) / 2, (1 - margin) / 2
    np.save("p.npy", p.numpy())
    given = flip("polynomial_margin", 0.8, kind=kind, form="released", reference="p.npy")
    assert about((given != Y).double().mean().item(), 0.8, N)
    assert set(((given - Y) % K).tolist()) == {0, 3}
    first = {1: (1 + margin**2) / 2, 2: margin**3, 3: (margin + margin**2 + margin**3) / 3}[kind]
    expected = 1 - 0.2 * first / first.mean()  # no chance of the first class exceeds 1 here
    for part, share in zip((given != Y).split(N // 10), expected.split(N // 10), strict=True):
        assert about(part.double().mean().item(), share.mean().item(), N // 10)
    assert (given != Y)[-N // 20 :].any()  # at margins of almost 1


def test_the_released_form_knows_no_label(flip):
    """Labels that the reference does not share are drawn as all others are, and always wrong; the rate counts them."""
    p = torch.zeros(N, 3)
    p[:, 0], p[:, 1] = 0.6, 0.4
    np.save("p.npy", p.numpy())
    labels = (torch.arange(N) % 4 == 0).long() * 2  # a quarter is of class 2
    said = {"labels": labels, "classes": ("a", "b", "c"), "form": "released", "reference": "p.npy"}
    given = flip("polynomial_margin", 0.4, **said)
    assert set(given.tolist()) == {0, 1}
    assert about((given != labels).double().mean().item(), 0.4, N)
    for of in (0, 2):  # 0.2 of those of the first class are wrong: 0.75 * 0.2 + 0.25 = 0.4
        assert about((given[labels == of] == 1).double().mean().item(), 0.2, int((labels == of).sum()))
    with pytest.raises(
        ValueError, match=r"noise=0\.2: noise_type\.form=released makes from 0\.25 to 1 of the labels wrong"
    ):
        flip("polynomial_margin", 0.2, **said)
    assert torch.equal(flip("polynomial_margin", 0.0, **said), labels)


def test_the_built_in_reference_learns_from_the_inputs(flip):
    """Two classes overlap and the third is far away, so that it is spared."""
    labels = torch.arange(N) % 3
    x = (
        torch.randn(N, 2, generator=torch.Generator().manual_seed(0))
        + torch.tensor([[0.0, 0], [1, 0], [0, 50]])[labels]
    )
    found = confusion(flip("polynomial_margin", 0.2, labels=labels, x=x, classes=("a", "b", "c")), labels, 3)
    assert found[2, :2].sum() < 0.01 * found[0, 1]
    assert about(1 - found.diagonal().sum().item() / N, 0.2, N)
    assert found[:2, 2].sum() < 0.01 * found[0, 1]


def test_more_noise_than_a_sure_reference_leaves_room_for_is_refused(flip):
    np.save("p.npy", np.tile([1.0, 0.0, 0.0], (3, 1)))
    with pytest.raises(ValueError, match="sure of too many"):
        flip("polynomial_margin", 0.1, labels=torch.arange(3), classes=("a", "b", "c"), reference="p.npy")
