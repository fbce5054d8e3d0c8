"""ReBias: the dependence of two networks, what each of them learns, and what is refused."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.objective.assemble import main_network
from runner.parts.methods.rebias import hsic
from tests.objectives import cell_of, first, near, same, values
from tests.parts.erm import of, plain

SMALL = ["dataset=digits", "method.biased.width=2", "method.biased.depth=2"]


def song(k, l):
    """HSIC of Song et al., 2012, sum by sum, of kernels without their diagonals."""
    n = len(k)
    k, l = ([[0 if i == j else m[i][j].item() for j in range(n)] for i in range(n)] for m in (k, l))
    every = range(n)
    both = sum(k[i][j] * l[j][i] for i in every for j in every)
    apart = sum(map(sum, k)) * sum(map(sum, l)) / ((n - 1) * (n - 2))
    through = sum(k[i][q] * l[q][j] for i in every for q in every for j in every)
    return (both + apart - 2 / (n - 2) * through) / (n * (n - 3))


def test_hsic_is_the_unbiased_estimate():
    torch.manual_seed(0)
    f, g = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)
    kernels = [(-torch.cdist(x, x).square() / (2 * 0.8**2)).exp() for x in (f, g)]
    assert hsic(f, g, sigma=0.8).item() == pytest.approx(song(*kernels), abs=1e-12)
    radii = [torch.cdist(x, x).square().median() for x in (f, g)]
    kernels = [(-torch.cdist(x, x).square() / (2 * m)).exp() for x, m in zip((f, g), radii, strict=True)]
    assert hsic(f, g, sigma="median").item() == pytest.approx(song(*kernels), abs=1e-12)


def test_the_released_diagonal_is_no_other():
    """criterions/hsic.py of clovaai/rebias, transcribed, subtracts it from every row: that comes to the same."""
    torch.manual_seed(0)
    f, g = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)
    kernels = [(-torch.cdist(x, x).square() / 2).exp() for x in (f, g)]
    k, l = (kernel - torch.diag(kernel) for kernel in kernels)
    released = torch.trace(k @ l) + k.sum() * l.sum() / 5 / 4 - 2 * k.sum(0).dot(l.sum(0)) / 4
    assert hsic(f, g, sigma=1.0).item() == pytest.approx(released.item() / (6 * 3), abs=1e-12)


def test_hsic_is_zero_for_a_constant_and_for_few_examples():
    x = torch.randn(5, 2, dtype=torch.float64)
    for sigma in (1.0, "median"):
        assert hsic(x, torch.ones(5, 3).double(), sigma=sigma).item() == pytest.approx(0, abs=1e-12)
    assert hsic(x, x, sigma=1.0) > 1e-3
    assert hsic(x[:3], x[:3], sigma=1.0).item() == 0.0


def test_without_weight_rebias_is_erm():
    losses, gradients = values(*first("method=rebias", "method.weight=0", *SMALL))
    expected, theirs = plain("dataset=digits")
    same(losses, expected)
    same({name: g for name, g in gradients.items() if name.startswith("method.erm")}, theirs)
    assert any(g.abs().sum() > 0 for g in of("method.biased", gradients).values())  # g learns all the same


@pytest.mark.parametrize("sigma", ["3", "median"])
def test_both_networks_see_the_other_as_it_is(sigma):
    """f's gradient is that of its loss plus HSIC, g's that of its loss less HSIC; the value is f's."""
    objective, batch = first("method=rebias", f"method.sigma={sigma}", "method.weight=2", *SMALL)
    losses, gradients = values(objective, batch)
    f, g = objective.method.erm.network, objective.method.biased
    radius = "median" if sigma == "median" else float(sigma)
    dependence = partial(hsic, sigma=radius)
    for network, sign in ((f, 1), (g, -1)):
        shared = dependence(*(n.features(batch.x) if n is network else n.features(batch.x).detach() for n in (f, g)))
        nll = F.cross_entropy(network(batch.x), batch.labels, reduction="none")
        expected = nll + sign * 2 * shared
        named = dict(network.named_parameters())
        mine = of("method.erm.network" if network is f else "method.biased", gradients)
        near(mine, dict(zip(named, torch.autograd.grad(expected.mean(), list(named.values())), strict=True)))
        assert shared.item() > 1e-5
        if network is f:
            same(losses, expected.detach())


def test_a_loss_that_remembers_remembers_the_right_network():
    objective, batch = first("method=rebias", "loss=elr", *SMALL)
    objective.method(batch)
    p = objective.method.erm.network(batch.x).softmax(-1)
    kept = objective.method.erm.loss.loss.average[batch.index]
    near(kept, (1 - objective.method.erm.loss.loss.beta) * p.clamp(1e-4, 1 - 1e-4).detach(), rtol=1e-2, atol=1e-4)
    assert main_network(objective) == "method.erm.network"


@pytest.mark.parametrize("loss", ["nlnl", "ensloss", "normalized"])
def test_rebias_takes_losses_that_draw(loss):
    dataset = ["classes=[0,1]"] if loss == "ensloss" else []
    losses, _ = values(*first("method=rebias", f"loss={loss}", *dataset, *SMALL))
    assert losses.isfinite().all()


@pytest.mark.parametrize(
    ("method", "override", "message"),
    [
        ("rebias", "weight=-1", r"method.weight=-1: must be a number in \[0, inf\)"),
        ("rebias", "sigma=0", r"method.sigma=0: must be a number in \(0, inf\) or median"),
        ("rebias", "biased.depth=0", r"method.biased.depth=0: must be a whole number in \[1, 16\]"),
        ("rebias", "biased.width=0", r"method.biased.width=0: must be a whole number in \[1, 1000000\]"),
    ],
)
def test_what_cannot_be_is_refused(method, override, message):
    with pytest.raises(ConfigError, match=message):
        cell_of(f"method={method}", f"method.{override}")
