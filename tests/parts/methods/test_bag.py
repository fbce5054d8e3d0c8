"""Bags: their loss, by hand too, its limit, and what is refused."""

import pytest
import torch
from torch import nn

from losses.mse_softmax import MSESoftmax
from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.bag import Bag
from tests.objectives import cell_of, first, near, same, values
from tests.parts.erm import plain


class Features(nn.Module):
    """Logits that are given."""

    def features(self, x):
        return x

    def head(self, x):
        return x


def bag(x, labels, **options):
    """The losses of logits x, under squared error of probabilities."""
    method = Bag(Features(), Criterion(MSESoftmax(reduction="sum")), Penalties({}), **options)
    return method(Batch(x, labels, torch.arange(len(x)), {}))


PREDICTIONS = [
    [1.5409961082440433, -0.2934289057609464, -2.1787893820745574, 0.5684312772806678],
    [-1.084522342424021, -1.3985953953708767, 0.4033468476292993, 0.8380263329976598],
    [-0.7192575784693592, -0.40334352493217457, -0.5966353626151273, 0.18203648506130554],
]
BAG_MEANS = [0.4028177141964352, -0.43978019520858036, -0.6353005155874768]


def test_the_instance_loss_is_the_bag_loss_and_the_variance_within():
    """aggregate_instance_mse: predictions f, here probabilities (f + 3) / 6 of the second of two classes."""
    f = torch.tensor(PREDICTIONS, dtype=torch.float64)
    p = (f.flatten() + 3) / 6
    x, labels = torch.stack([1 - p, p], 1).log(), torch.arange(12) % 2
    instance, whole = (bag(x, labels, size=4, rho=rho).mean() for rho in (1.0, 0.0))
    variance = (instance - whole) * 36 / 2  # of f; two classes have the same square
    of_means = (torch.tensor(BAG_MEANS, dtype=torch.float64) - f.mean(1)).square().mean()
    assert (of_means + variance).item() == pytest.approx(1.0734493186023235, abs=1e-9)
    same(bag(x, labels, size=4, rho=0.3).mean(), whole + 0.3 * (instance - whole))


def test_bags_by_hand():
    """Of three examples two are a bag, the third is one alone."""
    p = torch.tensor([[0.6, 0.4], [0.2, 0.8], [0.5, 0.5]], dtype=torch.float64)
    labels = torch.tensor([0, 1, 1])
    half = 2 * (0.1**2 + 0.25)  # mean of p is (0.4, 0.6): half of 0.36 + 0.36 and half of 0.16 + 0.16
    near(bag(p.log(), labels, size=2, rho=0.0), torch.tensor([half, half, 0.5], dtype=torch.float64))
    apart = [2 * (0.1**2 + 0.25), 2 * (0.3**2 + 0.25), 0.5]
    near(bag(p.log(), labels, size=2, rho=1.0), torch.tensor(apart, dtype=torch.float64))
    swapped = bag(p.log(), labels[[1, 0, 2]], size=2, rho=0.5)
    same(swapped, bag(p.log(), labels, size=2, rho=0.5))  # only the shares are seen
    assert not torch.allclose(swapped, bag(p.log(), labels[[2, 1, 0]][[0, 1, 1]], size=2, rho=0.5))


@pytest.mark.parametrize(("loss", "rho"), [("ce", 1), ("weston_watkins", 1), ("gce", 0.5), ("ce", 0)])
def test_bags_of_one_are_erm(loss, rho):
    said = [f"loss={loss}", "noise=0.3"]
    objective, batch = first("method=bag", "method.size=1", f"method.rho={rho}", *said)
    same(values(objective, batch), plain(*said, network="method.network"))


@pytest.mark.parametrize(
    ("method", "override", "message"),
    [
        ("bag", "size=0", r"method.size=0: must be a whole number in \[1, inf\)"),
        ("bag", "rho=1.5", r"method.rho=1.5: must be a number in \[0, 1\]"),
    ],
)
def test_what_cannot_be_is_refused(method, override, message):
    with pytest.raises(ConfigError, match=message):
        cell_of(f"method={method}", f"method.{override}")
