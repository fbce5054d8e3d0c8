"""Digits beside digits: which examples have a second one, where it is, and what is asked."""

import pytest
import torch

from datasets.environments.pasted_digits import _exchanged, pasted_digits
from datasets.split import Split
from tests.datasets.environments.examples import digits
from tests.datasets.files import refusal
from tests.zoo import node

SOURCE = digits()


def made(**changed):
    return pasted_digits(source=SOURCE, **{"apart": 8, "asked": "base"} | changed).checked()


def test_half_have_a_second_digit_and_all_that_are_tested():
    split = made()
    assert split.domain.bincount().tolist() == [300, 300]
    assert (split.test_domain == 1).all()
    assert split.x.shape == (600, 1, 8, 16)
    assert torch.equal(split.x[..., 8:].flatten(1).any(1).long(), split.domain)
    assert torch.equal(split.x[..., :8], SOURCE.x)


def test_classes_are_of_the_one_digit_or_of_the_other_in_the_same_images():
    base, pasted = made(), made(asked="pasted")
    assert torch.equal(base.x, pasted.x)
    assert torch.equal(base.y, SOURCE.y)
    assert pasted.classes == (*base.classes, "none")
    assert torch.equal(pasted.y == 10, base.domain == 0)
    assert (pasted.test_y < 10).all()


@pytest.mark.parametrize("part", ["", "test_"])
def test_what_is_pasted_is_a_digit_of_the_class_that_is_said(part):
    """Images of the source are all different: each half tells which it is."""
    split = made(asked="pasted")
    images, y = getattr(SOURCE, f"{part}x").flatten(1), getattr(SOURCE, f"{part}y")
    right, told = getattr(split, f"{part}x")[..., 8:].flatten(1), getattr(split, f"{part}y")
    its = getattr(split, f"{part}domain") == 1
    which = (right[its][:, None] == images).all(2)
    assert (which.sum(1) == 1).all()
    assert torch.equal(y[which.long().argmax(1)], told[its])
    assert which.sum(0).max() == 1  # none is pasted twice
    assert not which.gather(1, its.nonzero()).any()  # nor beside itself


@pytest.mark.parametrize("count", [2, 3, 4, 5, 40])
def test_no_digit_is_pasted_beside_itself_however_the_draw_falls(count):
    """Of few examples most draws send some place to itself."""
    own = SOURCE._replace(
        x=SOURCE.x[:count], y=SOURCE.y[:count], test_x=SOURCE.test_x[:count], test_y=SOURCE.test_y[:count]
    )
    split = pasted_digits(source=own, apart=8, asked="base")
    assert (split.test_x[..., :8] != split.test_x[..., 8:]).flatten(1).any(1).all()
    assert torch.equal(split.test_x[..., 8:].sum(0), own.test_x.sum(0))  # each is pasted once


def test_whoever_was_to_get_its_own_digit_exchanges_it_and_no_other_does():
    for seed in range(40):
        drawn = torch.randperm(6, generator=torch.Generator().manual_seed(seed))
        targets = torch.tensor([0, 2, 3, 5])
        made = _exchanged(drawn, targets)
        assert made.sort().values.tolist() == list(range(6))
        assert not (made[targets] == targets).any()
        if not (drawn[targets] == targets).any():
            assert torch.equal(made, drawn)


def test_the_brighter_pixel_is_seen_where_both_are():
    beside, over = made(), made(apart=3)
    assert over.x.shape[-1] == 11
    assert torch.equal(over.x[..., :3], SOURCE.x[..., :3])
    assert torch.equal(over.x[..., 3:8], torch.maximum(SOURCE.x[..., 3:], beside.x[..., 8:13]))


def test_which_digits_go_together_says_nothing_of_classes():
    split = made(asked="pasted")
    its = split.domain == 1
    together = torch.zeros(10, 10).index_put((SOURCE.y[its], split.y[its]), torch.ones(int(its.sum())), accumulate=True)
    assert together.sum() == 300
    expected = together.sum(1, keepdim=True) * together.sum(0) / 300
    assert ((together - expected).square() / expected).sum() < 130  # chi squared of 81 degrees of freedom: p = 0.0004


def test_a_source_without_grey_digits_or_with_environments_is_refused(tmp_path):
    assert "source: must have the ten classes" in refusal("pasted_digits", tmp_path, source=node("mnist1d", "dataset"))
    grouped: Split = SOURCE._replace(domain=torch.zeros_like(SOURCE.y))
    with pytest.raises(ValueError, match="source: has environments"):
        pasted_digits(source=grouped, apart=8, asked="base")
