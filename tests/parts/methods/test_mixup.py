"""Mixup: a value by hand, any loss, its limit, and what is refused."""

import math

import pytest
import torch
from torch import tensor

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.parts.methods.mixup import Mixup
from tests.objectives import built, first, same, values
from tests.parts.affine import Affine, ce
from tests.parts.erm import erm_like


def test_mixup_of_two_points_is_what_a_pencil_says():
    """Logits [1.5, 0.5] and [0.5, 1.5]: 3/4 log(1 + 1/e) + 1/4 log(1 + e)."""
    x = tensor([[2.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    draws = {"mixup_share": tensor(0.75, dtype=torch.float64), "mixup_places": tensor([1, 0])}
    losses = Mixup(Affine(torch.eye(2, dtype=torch.float64)), *ce(2), alpha=1.0)(
        Batch(x, tensor([0, 1]), tensor([0, 1]), draws)
    )
    wanted = 0.75 * math.log1p(math.exp(-1)) + 0.25 * math.log1p(math.exp(1))
    assert losses.tolist() == pytest.approx([wanted, wanted], abs=1e-12)


def test_mixup_takes_any_loss_and_the_penalties_of_mixed_inputs():
    objective, batch = first("method=mixup", "loss=gce", "regularizer=spectral_decoupling", "noise=0.3")
    share, places = batch.draws["mixup_share"], batch.draws["mixup_places"]
    assert 0 < share < 1
    assert sorted(places.tolist()) == list(range(64))
    z = objective.predict(share * batch.x + (1 - share) * batch.x[places])
    p = z.softmax(-1) ** 0.7
    each = [(1 - p.gather(1, y[:, None])[:, 0]) / 0.7 for y in (batch.labels, batch.labels[places])]
    same(objective.method(batch), share * each[0] + (1 - share) * each[1] + 0.1 * z.square().mean())


def test_mixup_without_alpha_is_erm():
    objective, batch = first("method=mixup", "method.alpha=0", "loss=elr", "regularizer=spectral_decoupling")
    same(values(objective, batch)[0], erm_like(batch, "loss=elr", "regularizer=spectral_decoupling")[0])
    objective, batch = first("method=mixup", "method.alpha=0")
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method=mixup method.alpha=-1", r"method.alpha=-1.*number in \[0, inf\)"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(said, words):
    with pytest.raises(ConfigError, match=words):
        built(*said.split(), "val_fraction=0.2")
