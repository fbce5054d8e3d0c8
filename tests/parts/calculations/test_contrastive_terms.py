"""Three contrastive terms: views and how near they come, by hand, and partial correlations that are known."""

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations import contrastive_terms as module
from runner.parts.calculations._concentration import augmented_distance, concentration, views
from runner.parts.calculations._network import tensor
from runner.parts.calculations.contrastive_terms import contrastive_terms, correlated, left, means

SMALL = {
    "moves": [0, 1], "erased": [0.0, 0.5], "contrasts": [0.0, 0.5], "train_size": 200, "hidden": 16, "size": 8,
    "temperature": 0.5, "epochs": 1, "batch_size": 50, "lr": 0.005, "distance": 2.0, "images": 4, "seen": 2,
}  # fmt: skip


def seen(moves, erased, contrast, x, seed=0):
    return views(numbers("calculation", seed), x, np.array([[moves, erased, contrast]]))[0]


def test_without_strength_a_view_is_the_image():
    x = torch.rand(5, 64, dtype=torch.float64)
    assert torch.equal(seen(0, 0, 0, x), x)


def test_a_moved_image_is_elsewhere_and_what_leaves_it_is_lost():
    corner, middle = torch.zeros(2, 400, 64, dtype=torch.float64)
    corner[:, 0] = 1.0
    middle[:, 3 * 8 + 4] = 1.0
    share = seen(1, 0, 0, middle).mean(0).view(8, 8)
    assert share[2:5, 3:6].numpy() == pytest.approx(np.full((3, 3), 1 / 9), abs=0.05)
    assert share.sum() == pytest.approx(1)
    assert seen(1, 0, 0, corner).sum() == pytest.approx(400 * 4 / 9, abs=40)


def test_pixels_are_erased_in_their_share_and_contrast_is_of_whole_images():
    x = torch.ones(200, 64, dtype=torch.float64)
    assert (seen(0, 0.3, 0, x) == 0).double().mean().item() == pytest.approx(0.3, abs=0.02)
    found = seen(0, 0, 0.5, x)
    assert found.std(1).max() < 1e-12
    assert 0.5 <= found.min() < 0.55 < 1.45 < found.max() <= 1.5


def test_ways_have_their_own_strengths():
    x = torch.ones(50, 64, dtype=torch.float64)
    found = views(numbers("calculation", 0), x, np.array([[0, 0, 0], [0, 0.5, 0], [2, 0, 0]]))
    assert torch.equal(found[0], x)
    assert 0.4 < found[1].mean() < 0.6
    assert found[2].amin() == 0


def test_the_distance_of_images_is_that_of_their_nearest_views():
    x = tensor(np.array([[[0.0], [4.0]], [[5.0], [9.0]], [[20.0], [-3.0]]]))
    assert augmented_distance(x).tolist() == [[0, 1, 3], [1, 0, 8], [3, 8, 0]]


def test_all_that_concentrate_are_near_each_other():
    """0 is near 1 and 2, but these two are not near each other; 3 is alone."""
    distances = tensor(np.array([[0.0, 1, 1, 9], [1, 0, 3, 9], [1, 3, 0, 9], [9, 9, 9, 0]]))
    assert concentration(distances, 1.0) == 0.5
    assert concentration(distances, 0.5) == 0.25
    assert concentration(distances, 3.0) == 0.75
    assert concentration(distances, 9.0) == 1.0


def test_means_of_classes():
    labels = torch.arange(10).repeat(2)
    features = torch.arange(20.0, dtype=torch.float64).view(1, 20, 1)
    assert means(features, labels)[0, :, 0].tolist() == [k + 5.0 for k in range(10)]


def test_partial_correlations_leave_out_what_the_other_terms_say():
    draws = numbers("calculation", 0)
    a, b, noise = draws.normal(size=(3, 500))
    terms = {"concentration": a, "alignment": a + b, "divergence": noise}
    found = correlated(2 * b, terms)  # (a + b) - a: less of the first, given the second
    assert found["concentration_correlation"] == pytest.approx(-1)
    assert found["alignment_correlation"] == pytest.approx(1)
    assert found["divergence_correlation"] == 0.0
    assert found["explained"] == pytest.approx(1)
    known = correlated(a + noise, {"concentration": a, "alignment": b, "divergence": b**2})
    assert known["concentration_correlation"] == pytest.approx(0.5**0.5, abs=0.05)
    assert known["explained"] == pytest.approx(0.5, abs=0.07)
    assert known["accuracy_range"] == np.ptp(a + noise)


def test_what_does_not_vary_has_no_correlation():
    found = correlated(np.arange(6.0), dict.fromkeys(("concentration", "alignment", "divergence"), np.ones(6)))
    assert found["concentration_correlation"] == found["explained"] == 0.0
    assert not left(np.full(6, 0.1), np.empty((6, 0))).any()


def test_training_draws_classes_apart_and_views_together(monkeypatch):
    """Without strength two views are one image; moved images are mapped alike by training alone."""
    monkeypatch.setattr(module, "correlated", lambda accuracy, terms: terms | {"accuracy": accuracy})
    sizes = SMALL | {"erased": [0.0], "contrasts": [0.0], "epochs": 15}
    before, after = (contrastive_terms(numbers("calculation", 0), **sizes | {"lr": lr}) for lr in (1e-9, 0.01))
    assert (after["accuracy"] > before["accuracy"] + 0.05).all()
    assert after["accuracy"].min() > 0.5
    assert (after["divergence"] > before["divergence"] + 0.2).all()
    assert after["alignment"][0] == 0.0 > after["alignment"][1] > -2.0
    assert -after["alignment"][1] < 1 - after["divergence"].max()  # twice that is the distance of other images
    assert after["concentration"] == pytest.approx(before["concentration"])
    assert 0.25 <= after["concentration"][0] <= after["concentration"][1] <= 1
