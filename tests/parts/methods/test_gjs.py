"""Several views of an input: each a prediction of its own, and what is refused."""

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from tests.objectives import cell_of, first, near, same, values
from tests.parts.erm import plain

VIEWS = ["method=gjs", "dataset=digits", "augment=standard", "augment.padding=1"]


def test_one_view_is_erm():
    said = ["dataset=digits", "augment=standard", "augment.padding=1", "loss=gce"]
    same(values(*first("method=gjs", "method.views=1", *said)), plain(*said))


def test_each_view_is_a_prediction_of_its_own():
    """The mean distribution, and each view's distance from it, by the definition; the gradient sees every view."""
    objective, batch = first(*VIEWS, "loss=gjs", "method.views=3", "loss.pi=0.4", "loss.scaled=false")
    assert batch.x.shape[1:] == (3, 1, 8, 8)
    assert not torch.equal(batch.x[:, 0], batch.x[:, 1])
    p = torch.stack([objective.method.erm.network(batch.x[:, v]).softmax(-1) for v in range(3)], 1)
    label = F.one_hot(batch.labels, 10).double()
    m = 0.4 * label + 0.2 * p.sum(1)
    expected = -0.4 * (label * m.log()).sum(-1) + 0.2 * (p * (p / m[:, None]).log()).sum((1, 2))
    losses, gradients = values(objective, batch)
    near(losses, expected.detach())
    named = dict(objective.named_parameters())
    near(gradients, dict(zip(named, torch.autograd.grad(expected.mean(), list(named.values())), strict=True)))


def test_penalties_look_at_the_first_view():
    said = [*VIEWS, "loss=gjs"]
    objective, batch = first(*said, "regularizer=spectral_decoupling", "regularizer.spectral_decoupling.weight=1")
    bare, _ = first(*said)
    price = objective.method.erm.network(batch.x[:, 0]).square().mean()
    near(objective.method(batch), bare.method(batch) + price)


@pytest.mark.parametrize("loss", ["ce", "gce", "elr", "nlnl", "mse_softmax", "label_smoothing", "poly"])
def test_a_loss_of_one_view_is_refused(loss):
    with pytest.raises(ConfigError, match=r"views=2: needs a loss of several views such as gjs"):
        first(*VIEWS, f"loss={loss}")


@pytest.mark.parametrize(
    ("method", "override", "message"),
    [
        ("gjs", "views=0", r"method.views=0: must be a whole number in \[1, 100\]"),
    ],
)
def test_what_cannot_be_is_refused(method, override, message):
    with pytest.raises(ConfigError, match=message):
        cell_of(f"method={method}", f"method.{override}")
