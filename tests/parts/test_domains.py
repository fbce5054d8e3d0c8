"""Parts that compare environments: DomainBed's values, environments that a batch lacks, what they do to a network."""

import json

import pytest
import torch
from torch import tensor

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.nodes.build import build
from tests.objectives import cell_of, first, same
from tests.parts.penalties import OF_DOMAINS, of_domains
from tests.zoo import ROOT, node

(CASE,) = json.loads((ROOT / "tests/values/environments/baselines.json").read_text())
VECTORS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64", "model.norm=batch"]


def case():
    """Logits, features and a batch of all environments, one after the other, in float64."""
    inputs = CASE["inputs"]
    logits, features = (
        torch.cat([tensor(part, dtype=torch.float64) for part in inputs[name]]) for name in ("logits", "features")
    )
    labels = torch.cat([tensor(part) for part in inputs["labels"]])
    domain = torch.cat([torch.full((len(part),), e) for e, part in enumerate(inputs["labels"])])
    return logits, features, domain, Batch(features, labels, torch.arange(len(labels)), {})


@pytest.mark.parametrize(
    ("name", "said", "key"),
    [
        ("irm", {"estimate": "halves"}, "irm_domainbed"),
        ("irm", {"estimate": "square"}, "irm_v1_squared"),
        ("coral", {}, "coral"),
        ("mmd", {}, "mmd"),
    ],
)
def test_penalties_are_domainbeds(name, said, key):
    logits, features, domain, batch = case()
    same(of_domains(name, domain, **said)(features, logits, batch), tensor(CASE["output"][key], dtype=torch.float64))


def test_vrex_is_domainbeds_whatever_the_order_of_the_batch():
    logits, _, domain, batch = case()
    losses = torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
    made = build("risk", node("vrex", "risk") | {"weight": 3.0}, domain=domain)
    expected = CASE["output"]["erm"] + 3 * CASE["output"]["vrex_variance_biased"]
    assert made(losses, batch).item() == pytest.approx(expected, abs=1e-9)
    order = torch.randperm(len(losses), generator=torch.Generator().manual_seed(1))
    mixed = batch._replace(labels=batch.labels[order], index=batch.index[order])
    same(made(losses[order], mixed), made(losses, batch))


def test_group_dro_of_environments_is_domainbeds():
    logits, _, domain, batch = case()
    losses = torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
    said = {"groups": "domains", "step": CASE["hyper"]["groupdro_eta"]}
    made = build("risk", node("group_dro", "risk") | said, domain=domain, num_classes=3).double()
    assert made(losses, batch).item() == pytest.approx(CASE["output"]["groupdro_loss"], abs=1e-9)
    same(made.weights, tensor(CASE["output"]["groupdro_weights_after_one_step"], dtype=torch.float64))


def test_group_dro_of_both_has_a_group_for_each_class_in_each_environment():
    domain = tensor([0, 0, 1, 1])
    made = build(
        "risk", node("group_dro", "risk") | {"groups": "both", "step": 1.0}, domain=domain, num_classes=2
    ).double()
    batch = Batch(torch.zeros(4), tensor([0, 1, 0, 1]), torch.arange(4), {})
    made(tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64), batch)
    e = torch.e
    same(made.weights, tensor([1.0, 1.0, 1.0, e], dtype=torch.float64) / (3 + e))


@pytest.mark.parametrize("name", ["irm", "coral", "mmd", "hessian_alignment", "cad"])
def test_an_environment_that_a_batch_lacks_does_not_count(name):
    """Environment 3 has no example here, and then environment 2 has none either."""
    logits, features, domain, batch = case()
    wider = of_domains(name, torch.cat([domain, tensor([3])]))
    same(wider(features, logits, batch), of_domains(name, domain)(features, logits, batch))
    two = domain < 2
    fewer = batch._replace(labels=batch.labels[two], index=batch.index[two])
    same(
        wider(features[two], logits[two], fewer),
        of_domains(name, domain[two])(features[two], logits[two], fewer._replace(index=torch.arange(int(two.sum())))),
    )


def test_one_environment_has_nothing_to_be_compared_with():
    logits, features, domain, batch = case()
    for name in ("coral", "mmd", "cad"):
        assert of_domains(name, torch.zeros_like(domain))(features, logits, batch) == 0


def test_dann_turns_the_gradient_of_the_network_around_and_the_discriminators_not():
    objective, seen = first("regularizer=dann", *VECTORS)
    network, made = objective.method.network, objective.method.regularizer.parts["dann"]
    features = network.features(seen.x)
    value = made(features, features, seen)
    (turned,) = torch.autograd.grad(value, features, retain_graph=True)
    plain = features.detach().requires_grad_()
    losses = torch.nn.functional.cross_entropy(made.discriminator(plain), made.domain[seen.index], reduction="none")
    means = [losses[made.domain[seen.index] == e].mean() for e in range(2)]
    expected = torch.stack(means).mean()
    same(value, expected)
    same(turned, -torch.autograd.grad(expected, plain, retain_graph=True)[0])
    weights = list(made.discriminator.parameters())
    for ours, theirs in zip(torch.autograd.grad(value, weights), torch.autograd.grad(expected, weights), strict=True):
        same(ours, theirs)


def test_danns_ramp_is_felt_by_the_network_alone():
    objective, seen = first("regularizer=dann", "regularizer.dann.ramp=true", *VECTORS)
    made = objective.method.regularizer.parts["dann"]
    features = objective.method.network.features(seen.x)
    made.begin(1, 10)
    value = made(features, features, seen)
    assert value > 0
    assert (torch.autograd.grad(value, features)[0] == 0).all()
    made.begin(6, 10)
    assert made.felt == pytest.approx(2 / (1 + torch.tensor(-5.0).exp().item()) - 1)


def test_a_discriminator_that_is_told_the_label_uses_it():
    objective, seen = first("regularizer=dann", "regularizer.dann.conditional=true", *VECTORS)
    made = objective.method.regularizer.parts["dann"]
    features = objective.method.network.features(seen.x)
    assert made(features, features, seen) != made(features, features, seen._replace(labels=1 - seen.labels))


def test_a_discriminator_has_a_stream_of_its_own():
    """A network is the same beside it, and it is another one of another seed."""
    with_it, _ = first("regularizer=dann", *VECTORS)
    without, _ = first(*VECTORS)
    for key, number in without.state_dict().items():
        same(with_it.state_dict()[key], number)
    other, _ = first("regularizer=dann", *VECTORS, seeds=(1,))
    weight = "method.regularizer.parts.dann.discriminator.0.weight"
    assert not torch.equal(with_it.state_dict()[weight], other.state_dict()[weight])


@pytest.mark.parametrize(
    "part",
    [*(f"regularizer={name}" for name in OF_DOMAINS), "risk=vrex", "method=drm", "method=lisa", "method=domain_mixup"],
)
def test_data_without_environments_are_refused(part):
    with pytest.raises(ConfigError, match="this data set has no environments"):
        first(part)


def test_annealed_weights_are_one_at_first():
    for part, said in (("regularizer.irm", "regularizer=irm"), ("risk", "risk=vrex")):
        objective, _ = first(said, f"{part}.weight=50", f"{part}.anneal=0.5", "epochs=4", "dataset=biased_numbers")
        made = objective.method.regularizer.parts["irm"] if "irm" in said else objective.risk
        weights = []
        for epoch in range(1, 5):
            made.begin(epoch, 4)
            weights.append(made.weight)
        assert weights == [1, 1, 50, 50]
    assert cell_of("risk=vrex").recipe.risk["anneal"] == 0.1
