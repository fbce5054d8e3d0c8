"""Losses of embeddings under their laws, and at the values of pytorch-metric-learning."""

import json
import math

import pytest
import torch
from torch.nn.functional import normalize

from losses.embeddings.dimco import DIMCO, told
from losses.embeddings.ecaml import energy
from losses.embeddings.proto_triplet import broken
from runner.catalog.loss_laws import laws_for, laws_of
from runner.console.errors import ConfigError
from tests.zoo import ROOT, losses_for, make, node

LOSSES = losses_for("retrieval", "embeddings")
CASES = json.loads((ROOT / "tests" / "values" / "embeddings" / "pytorch_metric_learning.json").read_text())
VALUED = ("contrastive", "triplet", "supcon", "multi_similarity", "nca")
(PROXIES,) = json.loads((ROOT / "tests" / "values" / "embeddings" / "with_proxies.json").read_text())


@pytest.mark.parametrize("law", laws_for("retrieval", "embeddings"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(name, law):
    laws_of(node(name), "retrieval")[law]()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("name", VALUED)
def test_it_is_that_of_the_package(name, case):
    embeddings, labels = torch.tensor(case["embeddings"], dtype=torch.float64), torch.tensor(case["labels"])
    loss = make(name, num_train=8, num_classes=4).double()
    assert loss(embeddings, labels, torch.arange(len(labels))).item() == pytest.approx(case["values"][name], abs=1e-9)


@pytest.mark.parametrize(
    ("value", "name", "said"),
    [
        ("proxy_anchor", "proxy_anchor", {}),
        ("arcface", "arcface", {}),
        ("triplet_semihard_0.2", "triplet", {"margin": 0.2, "mining": "semihard"}),
    ],
)
def test_it_is_that_of_the_package_with_proxies_and_mining(value, name, said):
    embeddings, labels = (torch.tensor(PROXIES[key]) for key in ("embeddings", "labels"))
    loss = make(name, num_train=8, num_classes=4, **said).double()
    if hasattr(loss, "proxies"):
        loss.proxies.data = torch.tensor(PROXIES["proxies"]).double()
    found = loss(embeddings.double(), labels, labels).item()
    assert found == pytest.approx(PROXIES["values"][value], abs=1e-5)  # proxies are kept in float32


def test_smooth_ap_is_that_of_the_package_where_there_are_as_many_classes_as_examples_of_each():
    """With other numbers the package, whose mask is float32, takes other examples than those of a class together."""
    embeddings, labels = (torch.tensor(PROXIES[key]) for key in ("embeddings", "labels"))
    loss = make("smooth_ap", num_train=8, num_classes=4).double()
    assert loss(embeddings.double(), labels, labels).item() == pytest.approx(PROXIES["values"]["smooth_ap"], abs=1e-6)


def test_smooth_ap_is_average_precision_where_the_temperature_is_low():
    g = torch.Generator().manual_seed(3)
    embeddings, labels = torch.randn(12, 4, generator=g, dtype=torch.float64), torch.arange(12) % 3
    alike = torch.nn.functional.normalize(embeddings, dim=1)
    alike = alike @ alike.mT
    precision = []
    for i in range(12):
        order = alike[i].argsort(descending=True)
        hits = labels[order] == labels[i]
        precision.append((hits.cumsum(0) / torch.arange(1, 13))[hits].mean())
    loss = make("smooth_ap", num_train=8, num_classes=4, temperature=1e-6).double()
    assert 1 - loss(embeddings, labels, labels).item() == pytest.approx(torch.stack(precision).mean().item(), abs=1e-6)


def read(name):
    return json.loads((ROOT / "tests" / "values" / "embeddings" / f"{name}.json").read_text())


def of_case(name, case, **said):
    """The loss of a case's embeddings, in float64."""
    embeddings, labels = torch.tensor(case["embeddings"], dtype=torch.float64), torch.tensor(case["labels"])
    loss = make(name, num_train=8, num_classes=4, **said).double()
    return loss(embeddings, labels, torch.arange(len(labels))).item()


@pytest.mark.parametrize("case", read("tcm"), ids=lambda case: case["name"])
def test_margins_beside_a_loss_are_those_of_the_package(case):
    margins = {key: case[key] for key in ("positive_margin", "negative_margin")}
    added = of_case("tcm", case, **margins) - of_case("contrastive", case)
    assert added == pytest.approx(case["value"], abs=1e-9)


@pytest.mark.parametrize("case", read("smile"), ids=lambda case: case["name"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("facility_location", "facility_location_without_max_shift"),
        ("graph_cut", "graph_cut_without_max_shift"),
        ("log_det", "log_det"),
    ],
)
def test_losses_of_sets_are_the_released_ones_without_their_lost_row_maximum(name, value, case):
    assert of_case(name, case) == pytest.approx(case["values"][value], rel=1e-9)


@pytest.mark.parametrize("case", read("ecaml"), ids=lambda case: case["name"])
def test_energy_and_the_gradient_of_its_logarithm_are_the_released_ones(case):
    points = torch.tensor(case["embeddings"], dtype=torch.float64, requires_grad=True)
    found = energy(points, torch.tensor(case["labels"]))
    assert found.item() == pytest.approx(case["value"], rel=1e-12)
    (gradient,) = torch.autograd.grad(found.log(), points)
    torch.testing.assert_close(gradient, torch.tensor(case["gradient_of_log"], dtype=torch.float64))


def test_energy_beside_a_loss_is_that_of_unit_length():
    (case, *_) = read("ecaml")
    unit = normalize(torch.tensor(case["embeddings"], dtype=torch.float64), dim=1)
    added = of_case("ecaml", case, weight=0.5) - of_case("nca", case)
    assert added == pytest.approx(0.5 * energy(unit, torch.tensor(case["labels"])).log().item())
    assert of_case("ecaml", case, weight=0.0) == of_case("nca", case)


def test_mutual_information_of_new_classes_is_the_released_one_without_its_lost_row_maximum():
    case = read("flmi")
    loss = make("flmi", num_train=8, num_classes=18, novel=18 - case["first_novel"], temperature=case["temperature"])
    embeddings, labels = torch.tensor(case["embeddings"], dtype=torch.float64), torch.tensor(case["labels"])
    added = loss(embeddings, labels, labels) - loss.base(embeddings, labels, labels)
    assert added.item() == pytest.approx(case["value"], rel=1e-9)
    assert loss(embeddings, labels % 15, labels) == loss.base(embeddings, labels % 15, labels)  # nothing new


def test_a_class_at_least_is_not_new():
    with pytest.raises(ConfigError, match="novel=4: must be below 4"):
        make("flmi", num_train=8, num_classes=4, novel=4)


def test_proto_triplet_has_the_formula_of_its_catalogue():
    case = read("proto_triplet")
    support, query = (torch.tensor(case[key], dtype=torch.float64) for key in ("support", "query"))
    labels, asked = (torch.tensor(case[key]) for key in ("support_labels", "query_labels"))
    means = torch.stack([support[labels == k].mean(0) for k in range(3)])
    apart = (query[:, None] - means).square().sum(2)
    found = broken(apart[torch.arange(4), asked], apart, torch.arange(3) != asked[:, None], case["margin"])
    assert found.tolist() == pytest.approx(case["per_query"], rel=1e-12)


def test_proto_triplet_asks_about_each_example_with_the_others_labelled():
    g = torch.Generator().manual_seed(0)
    embeddings, labels = torch.randn(9, 3, generator=g, dtype=torch.float64), torch.tensor([0, 0, 0, 1, 1, 1, 1, 2, 2])
    unit, each = normalize(embeddings, dim=1), []
    for i in range(9):
        rest = torch.arange(9) != i
        apart = [(unit[i] - unit[(labels == k) & rest].mean(0)).square().sum() for k in range(3)]
        own = apart.pop(labels[i])
        each.append(torch.stack([(own - other + 0.7).clamp(min=0) for other in apart]).mean())
    loss = make("proto_triplet", num_train=9, num_classes=4, margin=0.7)  # of the fourth class is nothing in the batch
    assert loss(embeddings, labels, labels).item() == pytest.approx(torch.stack(each).mean().item(), rel=1e-12)


PLAIN = ["triplet", "contrastive", "supcon", "nca", "smooth_ap", "tcm", "ecaml", "flmi", "proto_triplet"]


@pytest.mark.parametrize("name", PLAIN)
def test_a_batch_without_a_pair_of_one_class_is_finite(name):
    embeddings = torch.eye(4).requires_grad_()
    loss = make(name, num_train=8, num_classes=4)(embeddings, torch.arange(4), torch.arange(4))
    loss.backward()
    assert loss.isfinite()
    assert embeddings.grad.isfinite().all()


def test_information_of_codes_has_the_values_of_its_formula():
    (case,) = read("dimco")
    p = torch.tensor(case["inputs"]["probabilities"], dtype=torch.float64)
    labels = torch.tensor(case["inputs"]["labels"])
    expected = torch.tensor(case["output"]["mutual_information_per_position"], dtype=torch.float64)
    torch.testing.assert_close(told(p, labels, 4), expected, rtol=1e-12, atol=1e-12)  # a class that is not there
    loss = DIMCO(3, 6, symbols=3)
    assert loss(p.log().flatten(1), labels, labels).item() == pytest.approx(case["output"]["loss"], abs=1e-12)


@pytest.mark.parametrize(("symbols", "classes"), [(2, 4), (4, 4), (4, 2)])
def test_sure_codes_tell_of_the_class_no_more_than_there_is_to_tell(symbols, classes):
    labels = torch.arange(16) % classes
    p = torch.eye(symbols, dtype=torch.float64)[labels % symbols][:, None]
    found = told(p, labels, classes).item()
    assert found == pytest.approx(math.log(min(symbols, classes)), abs=1e-12)


def test_logits_that_cannot_be_parted_into_positions_are_refused():
    with pytest.raises(ValueError, match=r"loss.symbols=4: must divide the 6 numbers of an embedding"):
        DIMCO(3, 6, symbols=4)
