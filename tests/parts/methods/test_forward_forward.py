"""Forward-forward: by hand, that each layer learns by itself, and what is refused."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.data.streams import generator
from runner.parts.methods.forward_forward import ForwardForward, shifts
from runner.parts.models.cnn import CNN
from tests.objectives import cell_of, first, same, values
from tests.parts.erm import unnamed


class Tiny(nn.Module):
    """Two layers with weights that can be followed by hand."""

    def __init__(self):
        super().__init__()
        one, two = nn.Linear(3, 2, bias=False), nn.Linear(2, 1, bias=False)
        with torch.no_grad():
            one.weight.copy_(torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]]))
            two.weight.copy_(torch.tensor([[1.0, 0.0]]))
        self.body = nn.Sequential(nn.Sequential(one, nn.ReLU()), nn.Sequential(two, nn.ReLU()))
        self.head = nn.Linear(1, 2)


def tiny(collaboration):
    method = ForwardForward(Tiny(), 2, (3,), theta=2.0, collaboration=collaboration, label_scale=1.0).double()
    x = torch.tensor([[5.0, 7.0, 1.0]], dtype=torch.float64)
    draws = {"forward_forward_shift": torch.tensor([1])}
    return method, Batch(x, torch.tensor([0]), torch.tensor([0]), draws)


def test_forward_forward_can_be_followed_by_hand():
    """Written in are (1, 0, 1), right, and (0, 1, 1), wrong: layers give (2, 0) and (1, 0) by sqrt(3/2), then sqrt(2).

    Goodness is 3 and 2 for the right label, 3/4 and 2 for the wrong one; the threshold is 2.
    """

    def softplus(*numbers):
        return sum(math.log1p(math.exp(n)) for n in numbers)

    expected = {
        "none": softplus(-1, -1.25, 0, 0),
        "previous": softplus(-1, -1.25, -3, 0.75),
        "all": softplus(-3, 0.75, -3, 0.75),
    }
    for collaboration, loss in expected.items():
        method, batch = tiny(collaboration)
        assert method(batch).item() == pytest.approx(loss, abs=1e-12)
        same(method.predict(batch.x), torch.tensor([[5.0, 2.75]], dtype=torch.float64))


@pytest.mark.parametrize("collaboration", ["none", "all", "previous"])
def test_no_gradient_passes_between_layers(collaboration):
    said = ["method=forward_forward", "model.depth=3", f"method.collaboration={collaboration}"]
    objective, batch = first(*said)
    layers = objective.method.network.body
    for at, goodness in enumerate(objective.method.goodness(batch.x)):
        for other, layer in enumerate(layers):
            found = torch.autograd.grad(goodness.sum(), list(layer.parameters()), retain_graph=True, allow_unused=True)
            assert any(g is not None and bool(g.any()) for g in found) == (at == other)
    _, gradients = values(objective, batch)
    assert len(gradients) == 2 * len(layers)  # the head learns nothing


def test_layers_that_do_not_collaborate_learn_as_if_those_above_were_not_there():
    """Hinton's: the gradients of the first two layers are those of a network of these two. With "all" they are not."""
    for collaboration, alike in [("none", True), ("previous", True), ("all", False)]:
        said = ["method=forward_forward", f"method.collaboration={collaboration}"]
        deep, batch = first(*said, "model.depth=3")
        _, ours = values(deep, batch)
        deep.method.network.body = deep.method.network.body[:2]
        _, theirs = values(deep, batch)
        assert all(torch.equal(g, ours[name]) == alike for name, g in theirs.items())


def test_collaborating_with_nobody_is_hintons():
    found = [values(*first("method=forward_forward", f"method.collaboration={c}")) for c in ("none", "all", "previous")]
    for one, other in pairwise(found):
        same(unnamed(one), unnamed(other))


def test_forward_forward_needs_no_loss():
    one, other = (values(*first("method=forward_forward", f"loss={loss}")) for loss in ("ce", "mae"))
    same(unnamed(one), unnamed(other))


def test_forward_forward_takes_any_body():
    network = CNN((1, 8, 8), 10, width=4, norm="batch", activation="relu", head="linear")
    method = ForwardForward(network, 10, (1, 8, 8), theta=2.0, collaboration="all", label_scale=3.0)
    x, y = torch.randn(5, 1, 8, 8), torch.arange(5)
    assert method(Batch(x, y, y, {"forward_forward_shift": torch.ones(5, dtype=torch.long)})).shape == (5,)
    assert method.eval().predict(x).shape == (5, 10)
    seen = method.written(x, y).flatten(1)
    same(seen[:, :10], 3 * torch.eye(10)[y])
    same(seen[:, 10:], x.flatten(1)[:, 10:])


def test_wrong_labels_are_wrong_and_equally_likely():
    drawn = shifts(4)(generator("shifts"), 6000)
    assert drawn.bincount(minlength=4)[0] == 0
    torch.testing.assert_close(drawn.bincount(minlength=4)[1:] / 6000, torch.full((3,), 1 / 3), rtol=0, atol=0.03)


@pytest.mark.parametrize("wrong", ["label_scale=0", "collaboration=some", "theta=much"])
def test_forward_forwards_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=f"method.{wrong.partition('=')[0]}"):
        cell_of("method=forward_forward", f"method.{wrong}")


def test_inputs_without_room_for_the_label_are_refused():
    with pytest.raises(ConfigError, match="needs inputs of at least 4 numbers, one a class, not of 3"):
        first("method=forward_forward", "dataset.dim=3")
    first("method=forward_forward", "dataset.dim=4")
