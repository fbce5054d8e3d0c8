"""Estimates against accuracies: critics by hand, ranks that are known, and what training is for."""

import numpy as np
import pytest
import torch

from losses.scores.infonce import InfoNCE
from runner.data.streams import numbers
from runner.parts.calculations._critics import CRITICS, Critic, adam, train_both
from runner.parts.calculations._halves import halves, pairs, probed
from runner.parts.calculations.information_critics import compared, estimated


def normal(*shape, seed=0):
    return torch.from_numpy(numbers("test", seed).normal(size=shape))


@pytest.mark.parametrize("name", CRITICS)
def test_a_score_is_of_one_pair_alone(name):
    u, v, critic = normal(4, 3), normal(4, 3, seed=1), Critic(numbers("test", 2), name, 3, 5)
    scores = critic(u, v)
    by_hand = {
        "bilinear": lambda a, b: a @ critic.matrix @ b,
        "separable": lambda a, b: critic.networks[0](a[None])[0] @ critic.networks[1](b[None])[0],
        "joint": lambda a, b: critic.networks[0](torch.cat([a, b])[None])[0, 0],
    }[name]
    assert scores[2, 1].item() == pytest.approx(by_hand(u[2], v[1]).item(), rel=1e-12)
    assert scores.abs().max() < 1.5
    scores.sum().backward()
    assert all(one.grad is not None for one in critic.parameters())


def test_ranks_lags_and_ranges_are_known():
    found = compared(np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.9, 0.8]))
    assert found == pytest.approx(
        {"rank_correlation": 0.5, "best_estimate_lag": 0.1, "accuracy_range": 0.4, "estimate_range": 3.0}
    )
    assert compared(np.array([1.0, 2.0]), np.array([0.9, 0.2]))["rank_correlation"] == pytest.approx(-1)
    assert compared(np.ones(3), np.array([0.1, 0.2, 0.3]))["rank_correlation"] == 0


def test_an_estimate_is_a_mean_over_whole_batches():
    x, critic = normal(7, 64), Critic(numbers("test", 1), "bilinear", 32, 1)
    same = [lambda half: half] * 2
    both = [InfoNCE().decode(critic(*halves(x[start : start + 3]))).item() for start in (0, 3)]
    with torch.no_grad():
        assert estimated(same, critic, InfoNCE().decode, x, 3) == pytest.approx(np.mean(both), rel=1e-12)


def test_pairs_are_halves_of_one_image():
    x = torch.arange(10.0)[:, None] + torch.linspace(0, 0.5, 64)
    found = list(pairs(numbers("test", 0), x, 4, 5))
    assert len(found) == 5
    for upper, lower in found:
        assert upper.shape == lower.shape == (4, 32)
        assert torch.equal(upper[:, 0], lower[:, -1] - 0.5)
        assert (upper < 0.25 + torch.arange(10.0).max()).all()


def test_training_raises_the_bound_and_a_probe_reads_what_is_there():
    x = torch.cat([normal(40, 32)] * 2, 1)
    critic = Critic(numbers("test", 1), "bilinear", 32, 1)
    same = [lambda half: half] * 2
    with torch.no_grad():
        before = estimated(same, critic, InfoNCE().decode, x, 20)
    train_both(same, critic, InfoNCE().decode, pairs(numbers("test", 2), x, 20, 20), adam([critic], 0.01))
    with torch.no_grad():
        assert before < 0.5 < estimated(same, critic, InfoNCE().decode, x, 20) <= np.log(20)
    y = torch.arange(40) % 10
    assert probed((torch.eye(10)[y].double(), y), (torch.eye(10)[y].double(), y)) == 1
