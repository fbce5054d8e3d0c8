"""DEPICT: both targets at the reference's values, the three parts of its training, and what each step minimises."""

import json

import pytest
import torch
import torch.nn.functional as F

from runner.parts.methods.depict import targets
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, same
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "methods" / "depict.json").read_text())
SAID = ["method=depict", *SUITS["depict"], "model.depth=2"]


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float64)


def clustering(*more):
    """In the second phase, with targets that differ from example to example."""
    objective, batch = first(*SAID, *more, "epochs=20")
    method = objective.method
    objective.begin(11)
    assert method.clustering
    method.q.copy_(torch.rand(method.q.shape, generator=torch.Generator().manual_seed(0)))
    method.q.div_(method.q.sum(1, keepdim=True))
    return method, batch


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_targets_and_loss_are_the_reference_s(case):
    q = targets(tensor(case["p"]), case["target"])
    near(q, tensor(case["q"]))
    assert -(q * tensor(case["corrupted"]).log()).sum(1).mean().item() == pytest.approx(case["loss"], abs=1e-9)


def test_where_clusters_are_of_equal_size_the_papers_target_changes_nothing():
    p = tensor([[0.7, 0.2, 0.1], [0.1, 0.7, 0.2], [0.2, 0.1, 0.7]])
    same(targets(p, "paper"), p)
    assert (targets(p, "code").amax(1) > 0.7).all()


def test_the_first_half_is_a_denoising_autoencoder():
    objective, batch = first(*SAID, "epochs=20")
    method, body = objective.method, objective.method.network.body
    kept = batch.draws["depict_kept"] >= 0.1
    x, d = batch.x.flatten(1), batch.x[0].numel()
    h = body[0](x)
    code = body[1](body[0](x * kept[:, :d] / 0.9) * kept[:, d:] / 0.9)
    made = F.leaky_relu(method.decoder[1](code))
    expected = (method.decoder[0](made) - x).square().mean(1) + 0.1 * (made - h).square().mean(1)
    same(method(batch), expected)
    same(method.codes[batch.index], body(batch.x).detach())


def test_the_second_adds_the_clusters_of_the_corrupted_code():
    (method, batch), (plain, _) = clustering("method.weight=2"), clustering("method.weight=0")
    code = method._layers(batch.x, batch.draws["depict_kept"])[-1]
    logits = F.linear(code, method.start + method.shift.weight, method.shift.bias)
    same(method(batch) - plain(batch), -2 * (method.q[batch.index] * logits.log_softmax(-1)).sum(1))
    clean = method.network.features(batch.x)
    same(method.p[batch.index], method._logits(clean).detach().softmax(-1))


def test_targets_are_k_means_at_first_and_made_anew_after_some_epochs():
    objective, _ = first(*SAID, "epochs=20", "method.hold=2")
    method = objective.method
    method.codes.copy_(torch.randn(method.codes.shape, generator=torch.Generator().manual_seed(0)))
    objective.begin(10)
    assert not method.clustering
    assert (method.q == 0).all()
    objective.begin(11)
    hard = method.q.clone()
    assert ((hard == 0) | (hard == 1)).all()
    assert (hard.sum(1) == 1).all()
    near(method.start.norm(dim=1), torch.ones(4, dtype=torch.float64))
    method.p.copy_(torch.rand(method.p.shape, generator=torch.Generator().manual_seed(1)))
    objective.begin(12)
    same(method.q, hard)
    objective.begin(13)
    same(method.q, targets(method.p, "paper"))


def test_clusters_are_evaluated_where_asked_for():
    method, batch = clustering("method.features=clusters")
    found = method.represent(batch.x)
    assert (found.sum(1) == 1).all()
    same(found.argmax(1), method._logits(method.network.features(batch.x)).argmax(1))
    plain, _ = clustering()
    same(plain.represent(batch.x), plain.network.features(batch.x))


def test_it_never_sees_the_classes():
    method, batch = clustering()
    same(method(batch), method(batch._replace(labels=torch.zeros_like(batch.labels))))


def test_one_epoch_is_refused():
    with pytest.raises(Exception, match="none is left for clusters"):
        first(*SAID, "epochs=1")
