"""Copies of trained networks that may change."""

import pytest
import torch
from torch import nn
from torch.nn.functional import batch_norm

from runner.stack.adaptable import AdaptableStack
from runner.stack.stack import Stack

S, B, D = 2, 6, 3


class Normed(nn.Module):
    def __init__(self, seed):
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        self.norm, self.scale = nn.BatchNorm1d(D), nn.Parameter(torch.rand(D, generator=draw))
        for numbers in (self.norm.running_mean, self.norm.running_var, self.norm.weight.data, self.norm.bias.data):
            numbers.copy_(torch.rand(D, generator=draw))

    def features(self, x):
        return self.norm(x)

    def predict(self, x):
        return self.scale * self.features(x)


@pytest.fixture
def copies():
    return [Normed(seed).eval() for seed in range(S)]


def adaptable(copies, prior=0.0):
    return AdaptableStack(Stack(copies), prior, lambda count, size: iter(()))


X = torch.randn(S, B, D, generator=torch.Generator().manual_seed(9))


@pytest.mark.parametrize("prior", [0.0, 2.0, 18.0])
def test_statistics_of_training_count_for_as_many_examples_as_prior_says(copies, prior):
    network, kept = adaptable(copies, prior), prior / (prior + B)
    for i, (copy, x) in enumerate(zip(copies, X, strict=True)):
        norm = copy.norm
        mean = kept * norm.running_mean + (1 - kept) * x.mean(0)
        var = kept * norm.running_var + (1 - kept) * x.var(0, correction=0)
        expected = batch_norm(x, mean, var, norm.weight, norm.bias, eps=norm.eps)
        torch.testing.assert_close(network.features(X)[i], expected)
        torch.testing.assert_close(network.predict(X)[i], copy.scale * expected)


def test_what_is_trained_keeps_its_own_statistics_and_what_changes_can_be_as_trained_again(copies):
    network = adaptable(copies, prior=2.0)
    trained, adapted = network.source(X), network.predict(X)
    torch.testing.assert_close(trained[1], copies[1].predict(X[1]))
    with torch.no_grad():
        for weights in network.weights:
            weights.add_(1)
    assert torch.equal(network.source(X), trained)
    assert not torch.allclose(network.predict(X), adapted)
    torch.testing.assert_close(network.another().predict(X), adapted)
    network.restore()
    torch.testing.assert_close(network.predict(X), adapted)


def test_slopes_are_of_each_seeds_own_objective_and_of_what_is_asked_for(copies):
    network = adaptable(copies)
    for of, count in ((network.weights, 3), (network.affine, 2)):
        objective = (network.predict(X).exp() * torch.tensor([1.0, 0.0]).view(S, 1, 1)).sum((1, 2))
        slopes = network.slopes(objective, of)
        assert [slope.shape for slope in slopes] == [weights.shape for weights in of] == count * [(S, D)]
        assert all(slope[0].any() and not slope[1].any() for slope in slopes)
