"""SepCLR: the released code's number, what each term is blind to, and which network is evaluated."""

import json

import pytest
import torch
import torch.nn.functional as F

from losses.views.uniformity import Uniformity
from runner.console.errors import ConfigError
from runner.parts.methods.sepclr import joint_density
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, same, values
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests" / "values" / "methods" / "sepclr.json").read_text())
COMMON, SALIENT = (
    torch.stack([torch.tensor(CASE["inputs"][f"{name}{view}"], dtype=torch.float64) for view in (1, 2)], 1)
    for name in "cs"
)
MEMBERS = F.one_hot(torch.tensor(CASE["inputs"]["target"]), 2)
SAID = ["method=sepclr", *SUITS["sepclr"]]
WEIGHTS = {"salient": "salient", "background": "regulariser", "joint": "joint_entropy"}
OFF = [f"method.{weight}=0" for weight in WEIGHTS]


def begun(*more):
    objective, batch = first(*SAID, *more)
    return objective.method, batch


def alone(weight, at=1.0):
    """The method with one of its weights, the others 0."""
    return begun(*OFF, f"method.{weight}={at}")[0]


def test_the_whole_is_the_released_one():
    common = Uniformity(weight=2.0, sharpness=1.0)(*COMMON.unbind(1), None)
    assert common.item() == pytest.approx(CASE["output"]["common"], abs=1e-12)
    more = begun("method.salient=1000", "method.background=1000")[0].apart(COMMON, SALIENT, MEMBERS)
    assert (common + more).item() == pytest.approx(CASE["output"]["total"], abs=1e-9)


@pytest.mark.parametrize(("weight", "name"), WEIGHTS.items())
def test_each_term_is_the_released_one(weight, name):
    found = alone(weight, 10.0).apart(COMMON, SALIENT, MEMBERS)
    assert found.item() == pytest.approx(10 * CASE["output"][name], abs=1e-12)


def test_a_step_minimises_these_of_both_networks():
    method, batch = begun()
    x = batch.x.flatten(0, 1)
    common, salient = (
        projection(layer(network.features(x))).unflatten(0, (-1, 2))
        for network, layer, projection in (
            (method.network, method.layer, method.projection),
            (method.second, method.second_layer, method.second_projection),
        )
    )
    members = F.one_hot(method.domain[batch.index], 2)
    assert {0, 1} == {*members[:, 1].tolist()}
    expected = Uniformity(weight=1.0, sharpness=2.0)(*common.unbind(1), None) + method.apart(common, salient, members)
    near(method(batch), expected.expand(len(members)))


def test_without_the_other_terms_only_the_common_network_learns():
    losses, gradients = values(*first(*SAID, *OFF))
    trained = {name.split(".")[1] for name, gradient in gradients.items() if gradient.abs().max() > 0}
    assert trained == {"network", "layer", "projection"}
    assert losses.isfinite().all()


@pytest.mark.parametrize("weight", ["salient", "joint"])
def test_what_background_says_in_the_salient_space_is_seen_by_its_own_term_alone(weight):
    other = SALIENT.where(MEMBERS[:, 1:, None] == 1, SALIENT + 3)
    same(alone(weight).apart(COMMON, other, MEMBERS), alone(weight).apart(COMMON, SALIENT, MEMBERS))
    assert not torch.allclose(*(alone("background").apart(COMMON, s, MEMBERS) for s in (other, SALIENT)))


@pytest.mark.parametrize("domain", [0, 1], ids=["background", "targets"])
def test_a_batch_of_one_kind_alone_is_finite(domain):
    method, batch = begun()
    method.domain.fill_(domain)
    assert method(batch).isfinite().all()


def test_the_joint_term_is_least_where_both_say_different_things():
    """Four points, of which each space tells two apart: together they tell all four, and not if they say the same."""
    left = torch.tensor([[3.0], [3.0], [-3.0], [-3.0]], dtype=torch.float64)
    apart, twice = (joint_density(left, left[list(order)], 0.5).item() for order in ((0, 2, 1, 3), (0, 1, 2, 3)))
    assert apart == pytest.approx(-torch.tensor(4.0).log().item(), abs=1e-6)
    assert twice == pytest.approx(-torch.tensor(2.0).log().item(), abs=1e-6)


def test_the_features_that_are_evaluated_are_of_either_network_of_one_training():
    (common, batch), (salient, _) = begun("method.features=common"), begun("method.features=salient")
    same(common(batch), salient(batch))
    x = batch.x[:, 0]
    same(salient.represent(x), common.second_layer(common.second.features(x)))
    same(common.represent(x), salient.second_layer(salient.second.features(x)))
    assert common.represent(x).shape == (len(x), 4)
    assert not torch.allclose(common.represent(x), salient.represent(x))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            ["dataset=digits", "sampler=shuffle"],
            "two environments, background and targets, .*=pasted_digits has; not 0",
        ),
        (["dataset=rotated_digits", "dataset@dataset.source=digits"], "two environments, .* has; not 5"),
    ],
)
def test_what_has_no_two_groups_is_refused(said, why):
    names = {word.partition("=")[0] for word in said}
    with pytest.raises(ConfigError, match=why):
        first(*(word for word in SAID if word.partition("=")[0] not in {*names, "classes"}), *said)
