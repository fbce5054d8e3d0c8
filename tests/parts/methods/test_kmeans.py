"""k-means: Lloyd's algorithm as scikit-learn has it, and starts that find clusters far apart."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans

from runner.parts.methods.kmeans import kmeans, lloyd
from tests.objectives import near, same


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("seed", range(3))
def test_from_the_same_start_it_is_scikit_learns(seed):
    x = normal(80, 3, seed=seed)
    theirs = KMeans(4, init=x[:4].numpy(), n_init=1, max_iter=300, tol=0, algorithm="lloyd").fit(x.numpy())
    near(lloyd(x, x[:4], torch.full((80,), -1)), torch.tensor(theirs.cluster_centers_))


def test_it_finds_clusters_far_apart_and_one_of_one_example():
    centres = 50 * torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    of = torch.tensor([0] * 40 + [1] * 40 + [2] * 19 + [3])
    means, found = kmeans(
        centres[of] + 0.1 * normal(100, 2), torch.rand(10, 4, generator=torch.Generator().manual_seed(1))
    )
    assert len({(a, b) for a, b in zip(of.tolist(), found.tolist(), strict=True)}) == 4
    assert torch.cdist(means, centres).amin(0).max() < 0.5


def test_the_best_start_is_taken():
    x, drawn = normal(200, 2), torch.rand(8, 5, generator=torch.Generator().manual_seed(2))
    spread = [torch.cdist(x, kmeans(x, each[None])[0]).amin(1).square().sum() for each in drawn]
    found = torch.cdist(x, kmeans(x, drawn)[0]).amin(1).square().sum()
    near(found, torch.stack(spread).min())
    assert np.ptp(spread) > 0.1


def test_a_stack_is_each_alone_and_examples_that_are_alike_give_numbers():
    x, drawn = normal(3, 30, 2), torch.rand(3, 4, 3, generator=torch.Generator().manual_seed(3))
    x[2] = 1.0
    means, found = torch.vmap(kmeans)(x, drawn)
    for i in range(3):
        alone = kmeans(x[i], drawn[i])
        near(means[i], alone[0])
        same(found[i], alone[1])
    assert (means[2] == 1).all()


def test_examples_that_are_told_stay_in_their_cluster_wherever_it_is():
    x = torch.tensor([[0.0], [1.0], [20.0], [21.0], [22.0]], dtype=torch.float64)
    told = torch.tensor([0, -1, 0, -1, -1])
    means, found = kmeans(x, torch.tensor([[0.999]]), told, torch.tensor([[10.0]], dtype=torch.float64))
    near(means, torch.tensor([[7.0], [21.5]], dtype=torch.float64))  # 7 = (0 + 1 + 20) / 3
    same(found, torch.tensor([0, 0, 1, 1, 1]))


def test_no_cluster_begins_at_an_example_that_is_told():
    x = torch.tensor([[0.0], [4.0], [9.0]], dtype=torch.float64)
    told, first = torch.tensor([0, -1, 0]), torch.zeros(1, 1, dtype=torch.float64)
    for drawn in (0.0, 0.5, 0.999):
        means, _ = kmeans(x, torch.tensor([[drawn]]), told, first)
        near(means, torch.tensor([[4.5], [4.0]], dtype=torch.float64))
