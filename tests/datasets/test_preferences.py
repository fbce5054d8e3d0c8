"""Preferences that are made up: rows as they say, winners by Bradley-Terry, and pairs the wrong way round."""

import pytest
import torch

from datasets.noise_types.swapped_pairs import swapped_pairs
from datasets.preferences import preferences
from losses.preference._rows import rows_of

SIZES = {"contexts": 3, "responses": 4, "features": 0, "num_train": 20000, "scale": 1.0, "beta": 0.5, "longest": 6}
ASKED = SIZES | {"deterministic": False, "world": 0, "task": "preference"}


@pytest.fixture(scope="module")
def made():
    return preferences(**ASKED).checked()


def test_a_row_tells_its_context(made):
    rows, contexts = rows_of(made.y), rows_of(made.test_y)
    which = made.x.argmax(1)
    assert made.x.shape == (20000, 3)
    assert torch.equal(made.test_x, torch.eye(3))
    for name in ("reference", "reward", "seen", "length", "optimum"):
        assert torch.equal(getattr(rows, name), getattr(contexts, name)[which])
    assert (rows.winner != rows.loser).all()
    each = torch.arange(len(which))
    torch.testing.assert_close(rows.margin, rows.reward[each, rows.winner] - rows.reward[each, rows.loser])
    assert {*rows.length.unique().tolist()} <= {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
    assert made.optimum["reward"] == pytest.approx(contexts.reward.max(1).values.mean().item())


def test_the_best_policy_is_the_reference_tilted_by_the_reward(made):
    rows = rows_of(made.test_y.double())
    torch.testing.assert_close(rows.reference.exp().sum(1), torch.ones(3).double(), rtol=1e-6, atol=0)
    torch.testing.assert_close(rows.optimum, (rows.reference + rows.reward / 0.5).log_softmax(1), rtol=1e-5, atol=1e-5)


def test_winners_are_by_bradley_terry(made):
    """Of each pair of responses in either order, how often the first wins: within five standard errors."""
    rows, which = rows_of(made.y), made.x.argmax(1)
    context = rows_of(made.test_y.double())
    for c, a, b in ((0, 0, 1), (1, 2, 3), (2, 0, 3)):
        wins, losses = ((which == c) & (rows.winner == one) & (rows.loser == other) for one, other in ((a, b), (b, a)))
        n = int(wins.sum() + losses.sum())
        chance = (context.reward[c, a] - context.reward[c, b]).sigmoid().item()
        assert wins.sum().item() / n == pytest.approx(chance, abs=5 * (chance * (1 - chance) / n) ** 0.5)


def test_pairs_are_drawn_by_the_reference_without_replacement(made):
    rows, which = rows_of(made.y), made.x.argmax(1)
    p = rows_of(made.test_y.double()).reference[0].exp()
    pair = p[0] * p[1] * (1 / (1 - p[0]) + 1 / (1 - p[1]))
    both = (which == 0) & (torch.minimum(rows.winner, rows.loser) == 0) & (torch.maximum(rows.winner, rows.loser) == 1)
    n = int((which == 0).sum())
    assert both.sum().item() / n == pytest.approx(pair.item(), abs=5 * (pair * (1 - pair) / n).item() ** 0.5)


def test_the_better_always_wins_where_that_is_asked():
    rows = rows_of(preferences(**ASKED | {"deterministic": True, "num_train": 100}).y)
    assert (rows.margin > 0).all()


def test_contexts_with_features_tell_of_each_other():
    made = preferences(**ASKED | {"features": 2, "contexts": 50, "num_train": 100})
    reward = rows_of(made.test_y.double()).reward
    assert torch.linalg.matrix_rank(reward, rtol=1e-4) == 2
    assert made.test_x.shape == (50, 2)


def test_responses_of_no_pair_are_not_seen():
    made = preferences(**ASKED | {"num_train": 3, "responses": 50})
    rows = rows_of(made.test_y)
    assert rows.seen.sum() <= 6
    seen = rows_of(made.y)
    assert (seen.seen.gather(1, torch.stack([seen.winner, seen.loser], 1)) == 1).all()


def test_another_world_has_other_rewards_and_the_same_world_the_same():
    one, again, other = (preferences(**ASKED | {"world": world}) for world in (0, 0, 1))
    assert torch.equal(one.y, again.y)
    assert not torch.equal(rows_of(one.test_y).reward, rows_of(other.test_y).reward)


def test_swapped_pairs_change_places_and_sign_and_nothing_else(made):
    y = made.y[:2000]
    few, many = (swapped_pairs(y, rate, torch.Generator().manual_seed(0)) for rate in (0.2, 0.3))
    changed, more = (few != y).any(1), (many != y).any(1)
    assert changed.float().mean().item() == pytest.approx(0.2, abs=0.05)
    assert (more | ~changed).all()
    assert torch.equal(few[changed][:, [1, 0]], y[changed][:, :2])
    assert torch.equal(few[changed][:, 2], -y[changed][:, 2])
    assert torch.equal(few[:, 3:], y[:, 3:])
    assert torch.equal(swapped_pairs(y, 0.0, torch.Generator()), y)
