"""MoPQ: the released values and gradients, what each example asks for, and what a step minimises."""

import json
import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from runner.console.errors import ConfigError
from runner.parts.methods.mopq import asked, quantise
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, same, values
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "methods" / "mopq.json").read_text())
SAID = ["method=mopq", *SUITS["mopq"]]


def number(listed, grad=False):
    return torch.tensor(listed, dtype=torch.float64, requires_grad=grad)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["hyper"]["select_mode"])
def test_codes_and_their_gradients_are_the_released_ones(case):
    given, expected = case["inputs"], case["output"]
    query, key, book = number(given["query"]), number(given["key"], True), number(given["codebook"], True)
    stored = quantise(key, book, case["hyper"]["select_mode"])
    for code, each in zip(expected["codes"], stored.unflatten(1, (2, 2)), strict=True):
        same(each, torch.stack([words[i] for words, i in zip(book, code, strict=True)]))
    own = torch.arange(len(query))
    dense, quantised = cross_entropy(query @ key.mT, own), cross_entropy(query @ stored.mT, own)
    assert dense.item() == pytest.approx(expected["ce_dense"], abs=1e-12)
    assert quantised.item() == pytest.approx(expected["ce_quantised"], abs=1e-12)
    l2 = (key - stored).square().sum(1).mean()
    assert l2.item() == pytest.approx(expected["l2_quantisation_term"], abs=1e-12)
    gradients = torch.autograd.grad(dense + quantised, (book, key))
    near(gradients[0], number(expected["grad_codebook"]))
    near(gradients[1], number(expected["grad_key"]))


def test_an_example_asks_for_each_other_of_its_class_as_often():
    labels = torch.tensor([0, 1, 0, 0, 1, 2])
    found = [asked(labels, torch.full((6,), share)) for share in (0.0, 0.4, 0.5, 0.999)]
    assert [drawn[0].item() for drawn, _, _ in found] == [2, 2, 3, 3]
    assert [drawn[3].item() for drawn, _, _ in found] == [0, 0, 2, 2]
    drawn, among, asks = found[0]
    assert asks.tolist() == [True] * 5 + [False]
    assert among[0].tolist() == [False, True, True, False, True, True]
    assert drawn[1].item() == 4
    assert among[1].tolist() == [True, False, True, True, True, True]


@pytest.mark.parametrize(("quantised", "reconstruction"), [(1.0, 0.0), (0.0, 1.0), (0.5, 2.0)])
def test_a_step_minimises_what_is_said(quantised, reconstruction):
    weights = [f"method.quantised={quantised}", f"method.reconstruction={reconstruction}"]
    objective, batch = first(*SAID, *weights)
    z, stored = objective.features(batch.x).chunk(2, dim=1)
    drawn, among, _ = asked(batch.labels, batch.draws["mopq_share"])
    for i, loss in enumerate(values(objective, batch)[0]):
        expected = reconstruction * (z[i] - stored[i]).square().sum()
        for weight, keys in ((1.0, z), (quantised, stored)):
            scores = keys[among[i]] @ z[i]
            expected = expected + weight * (scores.logsumexp(0) - z[i] @ keys[drawn[i]])
        near(loss, expected.detach())


def test_an_embedding_of_codewords_is_its_own_code():
    book = torch.randn(3, 5, 2, generator=torch.Generator().manual_seed(0))
    z = book[:, 1].flatten()[None]
    same(quantise(z, book, "l2"), z)


def test_codes_of_an_untrained_network_are_few():
    objective, batch = first(*SAID, "method.parts=2", "method.codewords=2")
    stored = objective.features(batch.x).chunk(2, dim=1)[1]
    assert len(stored.unique(dim=0)) <= 4
    assert objective.method.bits == 2
    assert first(*SAID, "method.codewords=256")[0].method.bits == 8 * math.log2(256)


def test_parts_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ConfigError, match=r"method.parts=7: must divide method.width=64"):
        first(*SAID, "method.parts=7")
