"""Gradient information optimization: the released estimate, and what is selected."""

import pytest
import torch

from datasets.curations.gio import divergence, gio
from tests.datasets.curations.cases import case, clouds, stream

USUAL = {"k": 3, "estimator": "kth", "uniform": 5, "lr": 0.05, "start": "example", "components": 64}


def selected(share, seed=0, **changed):
    x, _, mean, std = clouds()
    return gio(x, mean, std, stream(seed), share=share, **USUAL | changed).kept


def test_the_estimate_is_that_of_the_released_code():
    inputs, expected = case("gio_kl")
    found = divergence(inputs["X"], inputs["D"], inputs["k"], "all")
    assert found.item() == pytest.approx(expected["kl"], abs=1e-7)


@pytest.mark.parametrize("estimator", ["kth", "all"])
def test_the_estimate_grows_with_the_distance_of_two_distributions(estimator):
    draw = torch.Generator().manual_seed(0)
    points, like = torch.randn(2, 400, 2, generator=draw, dtype=torch.float64)
    near, far = (divergence(points, like + shift, 5, estimator) for shift in (0.0, 3.0))
    assert near + 1 < far
    if estimator == "kth":
        assert near.abs() < 0.2, "of one distribution it is 0"


@pytest.mark.parametrize("estimator", ["kth", "all"])
def test_so_many_are_selected_in_order_and_each_once(estimator):
    kept = selected(0.25, estimator=estimator)
    assert len(kept) == 15
    assert (kept.diff() > 0).all()
    assert torch.equal(kept, selected(0.25, estimator=estimator)), "the stream decides"
    assert not torch.equal(kept, selected(0.25, seed=1, estimator=estimator))


def test_all_is_all():
    assert torch.equal(selected(1.0), torch.arange(60))


def test_what_is_selected_is_nearer_to_all_than_the_first_of_one_cloud():
    x, labels, mean, std = clouds(120)
    points = ((x - mean) / std).double()
    kept = gio(x, mean, std, stream(), share=0.25, **USUAL).kept
    one = (labels == 0).nonzero()[:30, 0]
    assert divergence(points, points[kept], 3, "kth") < divergence(points, points[one], 3, "kth")
    assert labels[kept].bincount(minlength=3).min() > 0


def test_few_components_are_the_largest_ones():
    x, _, mean, std = clouds()
    flat = torch.cat([x, x.new_zeros(60, 3)], 1)
    mean, std = torch.cat([mean, mean.new_zeros(3)]), torch.cat([std, std.new_ones(3)])
    whole, fewer = (gio(flat, mean, std, stream(), share=0.2, **USUAL | {"components": c}).kept for c in (9, 6))
    assert len(whole) == len(fewer) == 12


def test_symbols_are_refused():
    x = torch.ones(8, 3, dtype=torch.int64)
    with pytest.raises(ValueError, match="curation: is for inputs that are quantities"):
        gio(x, torch.zeros(()), torch.ones(()), stream(), share=0.5, **USUAL)
