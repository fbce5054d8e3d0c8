"""Manifold mixup: where it mixes, its limit, and what is refused."""

import pytest
import torch
import torch.nn.functional as F
from torch import tensor

from runner.console.errors import ConfigError
from runner.data.streams import generator
from tests.objectives import built, first, same, values
from tests.parts.erm import DEEP, erm_like


def test_manifold_mixup_of_the_input_alone_is_mixup():
    objective, batch = first("method=manifold_mixup", "method.layers=[0]", *DEEP)
    losses, gradients = values(objective, batch)
    renamed = {name.removeprefix("manifold_"): drawn for name, drawn in batch.draws.items()}
    wanted, theirs = erm_like(batch._replace(draws=renamed), "method=mixup", *DEEP)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_manifold_mixup_mixes_after_the_layer_that_was_drawn_and_no_other(layer):
    objective, batch = first("method=manifold_mixup", *DEEP)
    batch.draws["manifold_mixup_layer"] = tensor(layer)
    share, places = batch.draws["manifold_mixup_share"], batch.draws["manifold_mixup_places"]
    network = objective.method.erm.network
    hidden = network.body[:layer](batch.x)
    z = network.head(network.body[layer:](share * hidden + (1 - share) * hidden[places]))
    each = [F.cross_entropy(z, y, reduction="none") for y in (batch.labels, batch.labels[places])]
    same(objective.method(batch), share * each[0] + (1 - share) * each[1])


@pytest.mark.parametrize(("said", "layers"), [("null", [0, 1, 2]), ("[0,2]", [0, 2])])
def test_manifold_mixup_draws_each_of_its_layers_alike(said, layers):
    (objective,), _ = built("method=manifold_mixup", f"method.layers={said}", "model.depth=2")
    draw, g = objective.method.draws["manifold_mixup_layer"], generator("test", 0)
    counts = torch.stack([draw(g, 64) for _ in range(600)]).bincount(minlength=3)
    assert counts.nonzero().flatten().tolist() == layers
    assert (counts[layers] / 600 - 1 / len(layers)).abs().max() < 0.1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method=manifold_mixup method.alpha=0", r"method.alpha=0.*number in \(0, inf\)"),
        ("method=manifold_mixup method.layers=[-1]", r"method.layers=\[-1\].*each a whole number in \[0, inf\)"),
        ("method=manifold_mixup method.layers=[]", r"layers=\[\]: must be different numbers from 0.* to 1, the feat"),
        ("method=manifold_mixup method.layers=[0,0]", r"layers=\[0, 0\]: must be different numbers"),
        ("method=manifold_mixup method.layers=[0,2]", r"layers=\[0, 2\]: must be different numbers"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(said, words):
    with pytest.raises(ConfigError, match=words):
        built(*said.split(), "val_fraction=0.2")
