"""ITHP: its terms, what it sees, its limit, and what is refused."""

import json

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.parts.methods.ithp import ITHP, price
from tests.objectives import built, first, same, values
from tests.parts.flat_network import batch_of, parts
from tests.zoo import ROOT

(CASE,) = json.loads((ROOT / "tests/values/methods/ithp.json").read_text())
SAID = {"prime": "first", "dim": 2, "beta": 8.0, "gamma": 32.0, "lam": 0.5, "kl": "mean", "weight": 1.0}


def made(shape=(6,), **changed):
    network, loss, none = parts(6, 3)
    return ITHP(network, loss, none, shape, 3, **SAID | changed).double()


def batch():
    x, noise = torch.linspace(-2, 2, 24, dtype=torch.float64).view(4, 6), torch.randn(4, 2, 2, dtype=torch.float64)
    return batch_of(x, [0, 1, 2, 1], ithp_noise=noise)


def test_the_price_of_a_code_has_the_released_codes_number_and_the_papers():
    mean, log_variance, decoded, view = (
        torch.tensor(CASE["inputs"][key], dtype=torch.float64) for key in ("mu", "logvar", "decoded", "view")
    )
    wanted = CASE["output"]
    code, paper = (price(mean, log_variance, kl).mean().item() for kl in ("mean", "sum"))
    assert code == pytest.approx(wanted["kl_code_mean_over_dimensions"])
    assert paper == pytest.approx(wanted["kl_paper_sum"])
    assert code + CASE["hyper"]["beta"] * F.mse_loss(decoded, view).item() == pytest.approx(wanted["ib0"])


def test_the_objective_is_the_papers():
    """By hand, from the first third of six numbers."""
    torch.manual_seed(0)
    method, given = made(), batch()
    x, noise = given.x, given.draws["ithp_noise"]
    mu, log_s2 = method.encoders[0](torch.cat([x[:, :2], torch.zeros(4, 4)], 1)).chunk(2, 1)
    code = mu + log_s2.exp().sqrt() * noise[:, 0]
    wanted = (price(mu, log_s2, "mean") + 8 * (method.decoders[0](code) - x[:, 2:4]).square().mean(1)) / 20
    mu, log_s2 = method.encoders[1](code).chunk(2, 1)
    code = mu + log_s2.exp().sqrt() * noise[:, 1]
    second = price(mu, log_s2, "mean") + 32 * (method.decoders[1](code) - x[:, 4:]).square().mean(1)
    wanted = wanted + 0.5 * second / 20 + F.cross_entropy(method.head(code), given.labels, reduction="none")
    same(method(given), wanted)


def test_without_weight_or_noise_it_is_the_loss_of_the_mean_code():
    method, given = made(weight=0.0), batch()
    given.draws["ithp_noise"].zero_()
    same(method(given), F.cross_entropy(method.predict(given.x), given.labels, reduction="none"))


@pytest.mark.parametrize(("prime", "seen"), [("first", (0, 1)), ("middle", (2, 3)), ("last", (4, 5))])
def test_predictions_are_of_one_third(prime, seen):
    method = made(prime=prime)
    x = batch().x.requires_grad_()
    (slope,) = torch.autograd.grad(method.predict(x).square().sum(), x)
    assert slope.abs().sum(0).nonzero().flatten().tolist() == list(seen)


def test_thirds_of_a_picture_are_of_its_rows():
    objective, given = first("method=ithp", "dataset=digits", "model.width=4")
    _, gradients = values(objective, given)
    assert [part.out_features for part in objective.method.decoders] == [24, 16]  # eight rows: three, three and two
    assert not any(name.startswith("method.network.head") for name in gradients)


def test_no_detector_at_all_is_refused():
    with pytest.raises(ConfigError, match="beta=0: must be positive where gamma=0"):
        built("method=ithp", "method.beta=0", "method.gamma=0", "dataset=digits")


def test_two_numbers_are_no_three_modalities():
    network, loss, none = parts(2, 3)
    with pytest.raises(ValueError, match="needs inputs of three rows or numbers"):
        ITHP(network, loss, none, (2,), 3, **SAID)
