"""RegMixup: its values, its limit, and what is refused."""

import pytest
import torch
from torch import tensor

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.parts.methods.regmixup import RegMixup
from tests.objectives import built, first, same, values
from tests.parts.affine import Affine, ce
from tests.parts.erm import DEEP, erm_like


def test_regmixup_is_as_released():
    """FrancescoPinto/RegMixup@0fa323a, models/regmixup.py, transcribed, in float64: half of the paper's form."""
    x = [
        [1.5409961082440433, -0.2934289057609464, -2.1787893820745574],
        [0.5684312772806678, -1.084522342424021, -1.3985953953708767],
        [0.4033468476292993, 0.8380263329976598, -0.7192575784693592],
        [-0.40334352493217457, -0.5966353626151273, 0.18203648506130554],
    ]
    weight = [
        [0.04472753863654923, 1.911239043445692, -0.2310308923435549],
        [0.34592815167069546, 1.3180282301962654, 0.3696370193668759],
        [0.3841115513396856, 0.2970382679874422, 0.7472865483738005],
    ]
    gradient = [
        [-0.21039196286666048, 0.3064928096355938, -0.09610084676893332],
        [0.060772622284386506, 0.1554461443345016, -0.21621876661888817],
        [0.32063010233497746, -0.4236032395243943, 0.10297313717941678],
    ]
    draws = {"regmixup_share": tensor(0.47, dtype=torch.float64), "regmixup_places": tensor([2, 0, 3, 1])}
    batch = Batch(tensor(x, dtype=torch.float64), tensor([0, 1, 2, 0]), torch.arange(4), draws)
    network = Affine(tensor(weight, dtype=torch.float64).T)
    released, paper = (
        RegMixup(network, *ce(3), alpha=20.0, eta=1.0, weighting=w)(batch).mean() for w in ("released", "paper")
    )
    assert released.item() == pytest.approx(1.616453031699256, abs=1e-9)
    assert paper.item() == pytest.approx(3.232906063398513, abs=1e-9)
    (seen,) = torch.autograd.grad(released, network.head.weight)
    torch.testing.assert_close(seen.T, tensor(gradient, dtype=torch.float64), rtol=0, atol=1e-9)


def test_regmixup_weighs_the_mixed_part_by_eta_and_leaves_penalties_whole():
    said = ["method=regmixup", "regularizer=spectral_decoupling"]
    objective, batch = first(*said)
    one, three, half = (
        erm_like(batch, *said, *more)[0] for more in ([], ["method.eta=3"], ["method.weighting=released"])
    )
    plain = erm_like(batch, "regularizer=spectral_decoupling")[0]
    same(three - plain, 3 * (one - plain))
    penalty = 0.1 * objective.predict(batch.x).square().mean()
    same(half - penalty, (one - penalty) / 2)


def test_regmixup_without_eta_is_erm_and_sees_no_mixed_inputs():
    objective, batch = first("method=regmixup", "method.eta=0", *DEEP)
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *DEEP)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


def test_regmixup_sees_examples_and_mixed_inputs_in_one_pass():
    objective, batch = first("method=regmixup", *DEEP)
    objective.method(batch)
    assert {b.item() for name, b in objective.named_buffers() if "num_batches_tracked" in name} == {1}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method=regmixup method.alpha=0", r"method.alpha=0.*number in \(0, inf\)"),
        ("method=regmixup method.eta=-1", r"method.eta=-1.*number in \[0, inf\)"),
        ("method=regmixup method.weighting=half", "method.weighting=half.*must be one of paper, released"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(said, words):
    with pytest.raises(ConfigError, match=words):
        built(*said.split(), "val_fraction=0.2")
