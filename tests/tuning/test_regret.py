"""Few trials select nearly the best of their space, by simulation."""

import numpy as np

from simulate.trials import below


def test_what_is_selected_is_nearer_to_the_best_than_by_random_trials_of_two_seeds():
    before, now = below("at random", 2), below("defaults and evenly", 8)
    assert now.mean() < before.mean() / 2
    assert np.quantile(now, 0.95) < 0.6 * np.quantile(before, 0.95)


def test_the_defaults_an_even_filling_and_more_seeds_help_each():
    defaults, evenly = below("defaults and at random", 2).mean(), below("evenly", 2).mean()
    both, all_of_it = (below("defaults and evenly", seeds).mean() for seeds in (2, 8))
    assert all_of_it < both < min(defaults, evenly) < max(defaults, evenly) < below("at random", 2).mean()
