"""DRM: the released code's values, the losses of both heads, and where it is plain training."""

import json
from copy import deepcopy

import pytest
import torch
from torch import tensor
from torch.nn.functional import cross_entropy

from runner.parts.methods.drm import told_by
from tests.objectives import first, same
from tests.zoo import ROOT

(CASE,) = json.loads((ROOT / "tests/values/environments/drm.json").read_text())
LOGITS = tensor(CASE["inputs"]["head_logits"], dtype=torch.float64)
VECTORS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64", "model.norm=batch"]


@pytest.mark.parametrize("gamma", [1, 2])
def test_heads_are_mixed_as_in_the_paper(gamma):
    same(told_by(LOGITS, gamma).exp(), tensor(CASE["output"][f"mixture_gamma{gamma}"], dtype=torch.float64))


def test_the_surest_head_tells_of_each_input_and_is_the_limit_of_large_gamma():
    heads = CASE["output"]["per_sample_head"]
    expected = torch.stack([LOGITS[head, i].log_softmax(-1) for i, head in enumerate(heads)])
    same(told_by(LOGITS, None), expected)
    torch.testing.assert_close(told_by(LOGITS, 2000.0), expected)


def test_heads_that_could_not_be_surer_are_mixed_alike():
    """Their entropy is 0, and no weight is nan."""
    sure = tensor([[[1e4, 0.0]], [[0.0, 1e4]]])
    same(told_by(sure, 2.0).exp(), tensor([[0.5, 0.5]]))


def test_an_example_is_learnt_by_its_environments_head_and_by_the_networks():
    objective, seen = first("method=drm", *VECTORS)
    method = objective.method
    features = method.erm.network.features(seen.x)
    every = [cross_entropy(head(features), seen.labels, reduction="none") for head in method.heads]
    own = torch.stack(every)[method.domain[seen.index], torch.arange(len(features))]
    common = cross_entropy(method.erm.network.head(features), seen.labels, reduction="none")
    same(method(seen), (own + common) / 2)
    assert len({head.weight.detach().sum().item() for head in (*method.heads, method.erm.network.head)}) == 3


def test_what_a_loss_keeps_of_an_example_it_keeps_of_each_head_by_itself():
    objective, seen = first("method=drm", "loss=elr", *VECTORS)
    method = objective.method
    network = method.erm.network
    features = network.features(seen.x).detach()
    every = torch.stack([head(features) for head in method.heads])
    own, common = every[method.domain[seen.index], torch.arange(len(features))], network.head(features)
    kept = [deepcopy(method.loss), deepcopy(method.erm.loss)]
    losses = (kept[0](own, seen) + kept[1](common, seen)) / 2
    same(method(seen), losses)
    for mine, theirs in zip((method.loss, method.erm.loss), kept, strict=True):
        for name, number in theirs.named_buffers():
            same(dict(mine.named_buffers())[name], number)
    assert any(not torch.equal(*both) for both in zip(kept[0].buffers(), kept[1].buffers(), strict=True))


def test_heads_that_are_the_networks_are_plain_training():
    objective, seen = first("method=drm", *VECTORS)
    plain, _ = first(*VECTORS)
    for head in objective.method.heads:
        head.load_state_dict(plain.method.network.head.state_dict())
    same(objective.method(seen), plain.method(seen))
    objective.eval(), plain.eval()
    same(objective.method.predict(seen.x), plain.method.predict(seen.x).log_softmax(-1))
