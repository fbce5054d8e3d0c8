"""Instance-dependent noise: what an example is mistaken for depends on its input."""

import torch

from datasets.noise_types.instance import truncated_normal
from tests.datasets.noise_types.flipping import K, about


def test_flip_rates_of_instances_are_a_truncated_normal():
    rates = truncated_normal(0.1, 0.1, 100_000, torch.Generator().manual_seed(0))
    assert 0 <= rates.min() < 0.001
    assert abs(rates.mean().item() - 0.12876) < 0.001  # 0.1 + 0.1 phi(1) / (1 - Phi(-1)), the upper end being far
    middle = truncated_normal(0.5, 0.1, 100_000, torch.Generator().manual_seed(0))
    assert abs(middle.mean().item() - 0.5) < 0.002
    assert abs(middle.std().item() - 0.1) < 0.002


def test_an_instance_is_mistaken_for_what_its_input_says(flip):
    """Examples of one input and one class are mistaken for the same few classes, and of another input for others."""
    labels = torch.zeros(4000, dtype=torch.int64)
    x = 50 * torch.randn(2, 6, generator=torch.Generator().manual_seed(4)).repeat_interleave(2000, 0)
    given = flip("instance", 0.4, labels=labels, x=x)
    found = [part[part > 0].bincount(minlength=K) for part in given.split(2000)]
    assert all(about((part > 0).double().mean().item(), 0.4, 2000) for part in given.split(2000))
    assert all(counts.max() > 0.9 * counts.sum() for counts in found)
    assert found[0].argmax() != found[1].argmax()


def test_instances_are_worked_on_in_chunks_without_a_difference(flip, monkeypatch):
    whole = flip("instance", 0.4)
    monkeypatch.setattr("datasets.noise_types.instance.CHUNK", 37)
    assert (flip("instance", 0.4) == whole).double().mean() > 0.9999  # sums may round otherwise
