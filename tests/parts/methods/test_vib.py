"""The variational information bottleneck: its objective, its limit, and what is refused."""

import math

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.parts.methods.vib import VIB, divergence
from tests.objectives import cell_of, first, same, values
from tests.parts.flat_network import batch_of, parts


@pytest.mark.parametrize(
    ("method", "wrong", "allowed"),
    [
        ("vib", "dim=0", r"\[1, 1000000\]"),
        ("vib", "beta=-1", r"\[0, inf\)"),
        ("vib", "samples=0", r"\[1, 10000\]"),
    ],
)
def test_arguments_out_of_range_are_refused(method, wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of(f"method={method}", f"method.{wrong}")


def test_the_divergence_is_the_integral():
    """KL(N(0.4, 0.7^2) || N(0, 1)) by summing up, and the sum of two dimensions."""
    x = torch.linspace(-12, 12, 200001, dtype=torch.float64)
    one = torch.distributions.Normal(torch.tensor(0.4).double(), torch.tensor(0.7).double())
    other = torch.distributions.Normal(torch.zeros(()).double(), torch.ones(()).double())
    integral = torch.trapezoid(one.log_prob(x).exp() * (one.log_prob(x) - other.log_prob(x)), x)
    mean, scale = (torch.tensor([[number, start]], dtype=torch.float64) for number, start in ((0.4, 0.0), (0.7, 1.0)))
    found = divergence(mean, scale)
    assert found.shape == (1,)
    assert found.item() == pytest.approx((0.4**2 + 0.7**2 - 2 * math.log(0.7) - 1) / 2, abs=1e-9)
    assert found.item() == pytest.approx(integral.item(), abs=1e-7)


def bottleneck(**changed):
    network, loss, none = parts(5, 3)
    return VIB(network, loss, none, (5,), 3, **{"dim": 2, "beta": 0.1, "samples": 2} | changed).double()


X = torch.linspace(-2, 2, 20, dtype=torch.float64).view(4, 5)


def test_the_bottleneck_is_the_papers_objective():
    """By hand: two samples of a code of two dimensions."""
    method = bottleneck()
    noise = torch.randn(4, 2, 2, dtype=torch.float64)
    batch = batch_of(X, [0, 1, 2, 1], vib_noise=noise)
    raw = X @ method.encoder.weight.T + method.encoder.bias
    mu, s = raw[:, :2], (raw[:, 2:] - 5).exp().log1p()
    expected = 0.1 * ((mu**2 + s**2) / 2 - s.log() - 0.5).sum(1)
    for m in range(2):
        z = (mu + s * noise[:, m]) @ method.decoder.weight.T + method.decoder.bias
        expected = expected + F.cross_entropy(z, batch.labels, reduction="none") / 2
    same(method(batch), expected)


def test_without_a_price_and_noise_it_is_the_loss_of_the_mean_code():
    method = bottleneck(beta=0.0, samples=1)
    batch = batch_of(X, [0, 1, 2, 1], vib_noise=torch.zeros(4, 1, 2, dtype=torch.float64))
    mean = method.encoder(X)[:, :2]
    logits = method.decoder(mean)
    same(method(batch), F.cross_entropy(logits, batch.labels, reduction="none"))
    same(method.predict(X), logits)


def test_noise_is_drawn_for_each_sample_and_the_own_head_is_left_alone():
    objective, batch = first("method=vib", "method.samples=3", "method.dim=4")
    _, gradients = values(objective, batch)
    assert batch.draws["vib_noise"].shape == (len(batch.labels), 3, 4)
    assert not any("head" in name for name in gradients)
    assert {"method.encoder.weight", "method.decoder.weight"} <= set(gradients)
