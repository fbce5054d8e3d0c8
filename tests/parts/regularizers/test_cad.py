"""CAD: the values of the formula, which are the released code's where the two agree."""

import json

import pytest
import torch
from torch import tensor

from runner.data.loader import Batch
from tests.objectives import same
from tests.parts.penalties import of_domains
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/environments/cad.json").read_text())
KEYS = {  # conditional, flipped: what the case calls it
    (False, True): "cad_flipped",
    (False, False): "cad_direct_formula",
    (True, True): "cond_cad_flipped",
    (True, False): "cond_cad_direct",
}


def inputs(case):
    """Features, the environments and the batch."""
    given = case["inputs"]
    features = tensor(given["z"], dtype=torch.float64)
    return features, tensor(given["domain"]), Batch(features, tensor(given["labels"]), torch.arange(len(features)), {})


def cad(domain, temperature=0.1, **said):
    return of_domains("cad", domain, temperature=temperature, **said)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("conditional", "flipped"), KEYS)
def test_it_is_the_formula(case, conditional, flipped):
    features, domain, batch = inputs(case)
    made = cad(domain, case["hyper"]["temperature"], conditional=conditional, flipped=flipped)
    expected = case["output"][KEYS[conditional, flipped]]
    same(made(features, features, batch), tensor(expected, dtype=torch.float64))


def test_features_of_length_one_do_not_depend_on_their_length():
    features, domain, batch = inputs(CASES[0])
    made = cad(domain, normalised=True)
    unit = features / features.norm(dim=1, keepdim=True)
    same(made(features, features, batch), cad(domain)(unit, unit, batch))
    same(made(3 * features, features, batch), made(features, features, batch))


@pytest.mark.parametrize("flipped", [True, False])
def test_an_example_without_a_partner_is_left_out(flipped):
    """The last example is the only one of its label: within labels it changes nothing, and has no gradient."""
    features, domain, batch = inputs(CASES[0])
    labels = torch.cat([batch.labels, tensor([2])])
    more = torch.cat([features, torch.full((1, 3), 0.3, dtype=torch.float64)]).requires_grad_()
    made = cad(torch.cat([domain, tensor([0])]), conditional=True, flipped=flipped)
    value = made(more, more, Batch(more, labels, torch.arange(9), {}))
    same(value, cad(domain, conditional=True, flipped=flipped)(features, features, batch))
    (gradient,) = torch.autograd.grad(value, more)
    assert gradient.isfinite().all()
    assert (gradient[-1] == 0).all()
    assert (gradient[:-1] != 0).any()
