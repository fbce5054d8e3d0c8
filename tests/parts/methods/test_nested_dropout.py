"""Nested dropout: the width that is drawn, the features that are kept, and what is refused."""

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.methods.nested_dropout import NestedDropout, shares
from tests.objectives import cell_of, same
from tests.parts.flat_network import batch_of, parts


@pytest.mark.parametrize(
    ("method", "wrong", "allowed"),
    [
        ("nested_dropout", "sigma=0", r"\(0, inf\) or null"),
        ("nested_dropout", "keep=0", r"\[1, inf\) or null"),
    ],
)
def test_arguments_out_of_range_are_refused(method, wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of(f"method={method}", f"method.{wrong}")


@pytest.mark.parametrize(
    ("sigma", "mean", "firsts"),
    [
        (10.0, 5.969262841805374, [0.11839487627274449, 0.11489577887391314, 0.10929224561579369]),
        (100.0, 56.73812864089461, [0.011346680135613522, 0.011343276642122388, 0.01133760642147462]),
    ],
)
def test_the_width_is_distributed_as_in_the_released_code(sigma, mean, firsts):
    p = shares(512, sigma)
    assert p.sum().item() == pytest.approx(1, abs=1e-12)
    assert p[:3].tolist() == pytest.approx(firsts, abs=1e-9)
    assert (p * torch.arange(1, 513)).sum().item() == pytest.approx(mean, abs=1e-9)


def test_the_drawn_width_is_one_number_from_one_to_all():
    draw = NestedDropout(*parts(3, 2), (3,), sigma=2.0, keep=None).draws["nested_dropout_width"]
    g = generator("test", 0)
    drawn = torch.stack([draw(g, 8) for _ in range(4000)])
    frequency = drawn.bincount(minlength=4) / 4000
    assert drawn.shape == (4000,)
    torch.testing.assert_close(frequency[1:].double(), shares(3, 2.0), rtol=0, atol=0.03)


def test_nested_dropout_keeps_the_first_features_in_training_and_prediction():
    network, loss, none = parts(4, 3)
    method = NestedDropout(network, loss, none, (4,), sigma=10.0, keep=3)
    x = torch.randn(5, 4, dtype=torch.float64)
    batch = batch_of(x, [0, 1, 2, 0, 1], nested_dropout_width=torch.tensor(2))
    cut = network.head(x * torch.tensor([1, 1, 0, 0]))
    same(method(batch), F.cross_entropy(cut, batch.labels, reduction="none"))
    same(method.predict(x), network.head(x * torch.tensor([1, 1, 1, 0])))
    many = NestedDropout(network, loss, none, (4,), sigma=10.0, keep=40)
    same(many.predict(x), network(x))
