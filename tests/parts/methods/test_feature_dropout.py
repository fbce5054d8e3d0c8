"""Dropout of the features: what is kept, and what is refused."""

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.methods.feature_dropout import FeatureDropout
from tests.objectives import cell_of, same
from tests.parts.flat_network import batch_of, parts


@pytest.mark.parametrize(
    ("method", "wrong", "allowed"),
    [
        ("feature_dropout", "rate=1", r"\[0, 1\)"),
        ("feature_dropout", "rate=-0.1", r"\[0, 1\)"),
    ],
)
def test_arguments_out_of_range_are_refused(method, wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of(f"method={method}", f"method.{wrong}")


def test_feature_dropout_scales_what_it_keeps_and_predicts_with_all():
    network, loss, none = parts(4, 3)
    method = FeatureDropout(network, loss, none, (4,), rate=0.75)
    x = torch.randn(2, 4, dtype=torch.float64)
    kept = torch.tensor([[True, False, False, True], [False, True, False, False]])
    batch = batch_of(x, [2, 0], feature_dropout_kept=kept)
    same(method(batch), F.cross_entropy(network.head(4 * x * kept), batch.labels, reduction="none"))
    same(method.predict(x), network(x))


def test_the_drawn_mask_keeps_its_share_of_every_example_apart():
    draw = FeatureDropout(*parts(4, 3), (4,), rate=0.3).draws["feature_dropout_kept"]
    mask = draw(generator("test", 0), 5000)
    assert mask.shape == (5000, 4)
    assert mask.dtype == torch.bool
    torch.testing.assert_close(mask.double().mean(0), torch.full((4,), 0.7).double(), rtol=0, atol=0.03)
    assert mask.unique(dim=0).shape == (16, 4)
