"""AdaMixUp: its shares, its policy and discriminator, its limit, and what is refused."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn, tensor

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.objective.assemble import main_network
from runner.parts.methods.mixing import blend
from tests.objectives import built, first, same, values
from tests.parts.erm import DEEP, erm_like


def bias(objective, *numbers):
    """The gate says the same of every pair."""
    gate = objective.method.gate
    with torch.no_grad():
        gate.weight.zero_()
        gate.bias.copy_(tensor(numbers))


@pytest.mark.parametrize("more", [[], DEEP])
def test_adamixup_that_leaves_every_example_as_it_is_is_erm(more):
    objective, batch = first("method=adamixup", "method.intrusion=0", *more)
    bias(objective, 800.0, 0.0, 0.0)
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *more)
    same(losses, wanted)
    prefix = main_network(objective)
    ours = {name: g for name, g in gradients.items() if name.startswith(prefix)}
    torch.testing.assert_close(list(ours.values()), list(theirs.values()), rtol=1e-9, atol=1e-12)
    assert all(not g.any() for name, g in gradients.items() if name not in ours)


def test_adamixup_draws_the_share_from_the_interval_and_knows_no_difference_at_first():
    """a = d = 1/3, so lam = (1 + u) / 3; a discriminator of zeros adds log 2."""
    objective, batch = first("method=adamixup", "method.intrusion=2")
    bias(objective, 0.0, 0.0, 0.0)
    with torch.no_grad():
        objective.method.discriminator.weight.zero_()
    share, places = (1 + batch.draws["adamixup_within"]) / 3, batch.draws["adamixup_places"]
    assert share.shape == (64,)
    z = objective.predict(blend(batch.x, places, share))
    each = [F.cross_entropy(z, y, reduction="none") for y in (batch.labels, batch.labels[places])]
    clean = F.cross_entropy(objective.predict(batch.x), batch.labels, reduction="none")
    wanted = (clean + share * each[0] + (1 - share) * each[1]) / 2 + 2 * math.log(2)
    same(objective.method(batch), wanted)


def test_adamixup_asks_the_policy_about_both_of_a_pair():
    objective, batch = first("method=adamixup")
    method, other = objective.method, batch.at(batch.draws["adamixup_places"])
    first_share = method.share(batch, other)
    low, high = (1 + batch.draws["adamixup_within"]) / 3 - 0.01, (1 + batch.draws["adamixup_within"]) / 3 + 0.01
    assert ((low < first_share) & (first_share < high)).all()  # its layers begin near 0
    nn.init.normal_(method.gate.weight, generator=generator("test", 0))
    seen = (batch.draws["adamixup_one"] * batch.x + batch.draws["adamixup_other"] * other.x) / 2
    p = (method.policy.features(seen) @ method.gate.weight.T).softmax(-1)
    same(method.share(batch, other), p[:, 0] + batch.draws["adamixup_within"] * p[:, 1])


def test_adamixup_tells_real_from_mixed():
    """The discriminator's loss is binary cross-entropy by the classifier's features, label 1 for real inputs."""
    objective, batch = first("method=adamixup")
    without = erm_like(batch, "method=adamixup", "method.intrusion=0")[0]
    method, places = objective.method, batch.draws["adamixup_places"]
    nn.init.normal_(method.discriminator.weight, generator=generator("test", 0))
    between = blend(batch.x, places, method.share(batch, batch.at(places)))
    told = [
        F.binary_cross_entropy_with_logits(
            method.discriminator(method.erm.network.features(x))[:, 0],
            torch.full((64,), real).double(),
            reduction="none",
        )
        for x, real in ((batch.x, 1.0), (between, 0.0))
    ]
    assert (told[0] - told[1]).abs().min() > 0
    same(method(batch) - without, (told[0] + told[1]) / 2)


def test_adamixup_trains_policy_and_discriminator_but_evaluates_the_classifier():
    objective, batch = first("method=adamixup")
    trained = {name for name, g in values(objective, batch)[1].items() if g.any()}
    assert {"method.gate.weight", "method.discriminator.weight"} < trained
    assert any(name.startswith("method.policy.body") for name in trained)
    assert not any(name.startswith("method.policy.head") for name in trained)
    assert main_network(objective) == "method.erm.network"
    same(objective.predict(batch.x), objective.method.erm.network(batch.x))
    drawn = batch.draws["adamixup_one"]
    assert drawn.shape == batch.x.shape
    assert 1.5 < drawn.abs().max() <= 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method=adamixup method.intrusion=-1", r"method.intrusion=-1.*number in \[0, inf\)"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(said, words):
    with pytest.raises(ConfigError, match=words):
        built(*said.split(), "val_fraction=0.2")
