"""Attention over bags: its formula, what it does not see, and what is refused."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.data.streams import generator
from tests.objectives import same
from tests.parts.test_models import built

SHAPE = (5, 2, 4, 4)


def network(**changed):
    return built("abmil", SHAPE, width=6, hidden=3, **changed).double()


def bags():
    return torch.randn(7, *SHAPE, generator=generator("bags"), dtype=torch.float64)


@pytest.mark.parametrize("heads", [1, 2])
def test_features_are_a_weighted_mean_of_the_instances(heads):
    """Bag by bag, row by row of w, with the formula written out."""
    made, x = network(heads=heads), bags()
    embed, (v, c), (u, d) = made.instances.network, made.pool.v.parameters(), made.pool.u.parameters()
    found = []
    for bag in x:
        h = [embed(instance[None])[0] for instance in bag]
        for w in made.pool.w.weight:
            score = [w @ (torch.tanh(v @ each + c) * torch.sigmoid(u @ each + d)) for each in h]
            total = sum(each.exp() for each in score)
            found.append(sum(s.exp() / total * each for s, each in zip(score, h, strict=True)))
    same(made.features(x), torch.cat(found).view(7, heads * 6))


def test_an_attention_of_nothing_is_the_mean():
    made, x = network(), bags()
    torch.nn.init.zeros_(made.pool.w.weight)
    same(made.features(x), made.instances(x).mean(1))


def test_the_order_of_a_bag_makes_no_difference():
    made, x = network(), bags()
    assert not torch.equal(made(x)[0], made(x)[1])
    same(made(x[:, [3, 1, 4, 0, 2]]), made(x))


def test_bags_of_vectors_are_bags_too():
    assert built("abmil", (5, 3))(torch.zeros(2, 5, 3)).shape == (2, 10)


@pytest.mark.parametrize("shape", [(8,), (3, 16, 16)])
def test_what_is_no_bag_is_refused(shape):
    with pytest.raises(ConfigError, match=r"needs bags of images, .* such as dataset=digit_bags; not inputs of shape"):
        built("abmil", shape)
