"""Weights made of codes: their reference value, where they begin, and what is refused."""

import json

import pytest
import torch
from torch import nn, tensor

from runner.console.errors import ConfigError
from runner.contracts.make import make
from runner.parts.models.lr2vq import Codes, clustered
from runner.parts.models.weights import layers
from runner.store.networks import stored_network
from tests.objectives import built as objectives_of
from tests.parts.test_models import built
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests/values/models/lr2vq_reconstruct.json").read_text())
NETWORK = ["dataset=digits", "model.width=16"]
VQ = ["dataset=digits", "model=lr2vq", "model.network.width=16"]


def test_weights_are_the_reference_ones_and_as_many_numbers_are_kept():
    its = {key: tensor(value) for key, value in CASE["inputs"].items()}
    shape, (k, d), m = tuple(CASE["inputs"]["shape"]), its["C"].shape, its["P"].shape[1]
    codes = Codes(torch.zeros(shape), k, m, d)
    codes.index.copy_(its["idx"])
    torch.testing.assert_close(codes(its["C"], its["P"]), tensor(CASE["expected"]["W"]))
    layer = nn.Linear(shape[1], shape[0], bias=False)
    nn.utils.parametrize.register_parametrization(layer, "weight", Codes(layer.weight, k, m, d), unsafe=True)
    assert sum(p.numel() for p in layer.parameters()) == CASE["expected"]["floats"]
    index = layer.parametrizations.weight[0].index
    assert len(index) * torch.tensor(k).log2().ceil() == CASE["expected"]["bits_codes"]
    assert index.max() < k


def test_with_a_code_for_each_piece_it_is_the_network_that_it_was():
    x = torch.randn(4, 3, 16, 16)
    plain = built("mlp", width=8)
    same, ranked = (built("lr2vq", **VQ_OF_MLP, k=10**6, m=8, d=d) for d in (8, 3))
    torch.testing.assert_close(same(x), plain(x), rtol=1e-4, atol=1e-5)
    (of,), (to,) = (list(layers(each.body)) for each in (plain, ranked))
    u, s, v = torch.linalg.svd(of.weight.reshape(-1, 8), full_matrices=False)
    s[3:] = 0
    torch.testing.assert_close(to.weight, ((u * s) @ v).view_as(of.weight), rtol=1e-4, atol=1e-5)


VQ_OF_MLP = {"network": {"_target_": "runner.parts.models.mlp.MLP", "width": 8, "depth": 1, "norm": "none",
                         "activation": "relu", "head": "linear"}}  # fmt: skip


def test_with_few_codes_and_all_numbers_it_is_plain_vector_quantisation():
    plain, made = built("mlp", width=8), built("lr2vq", **VQ_OF_MLP, k=5, m=4, d=4)
    (of,), (to,) = (list(layers(each.body)) for each in (plain, made))
    pieces, given = of.weight.detach().reshape(-1, 4), to.weight.detach().reshape(-1, 4)
    assert len(given.mul(1e5).round().unique(dim=0)) == 5
    index = to.parametrizations.weight[0].index
    centres = torch.stack([given[index == code][0] for code in range(5)])
    means = torch.stack([pieces[index == code].mean(0) for code in range(5)])
    torch.testing.assert_close(centres, means, rtol=0, atol=2e-4)  # k-means ends when centres hardly move: 0.036 wide
    assert torch.equal(torch.cdist(pieces, centres).argmin(1), index)


def test_k_means_finds_what_is_apart_and_says_the_same_twice():
    points = torch.cat(
        [tensor([[0.0, 0.0]]) + 0.01 * torch.randn(9, 2), tensor([[5.0, 5.0]]) + 0.01 * torch.randn(9, 2)]
    )
    points = points.double()
    (centres, index), again = clustered(points, 2), clustered(points, 2)
    assert torch.equal(centres, again[0])
    assert len(set(index[:9].tolist())) == len(set(index[9:].tolist())) == 1
    torch.testing.assert_close(centres[index[0]], points[:9].mean(0))
    assert len(clustered(torch.zeros(9, 2, dtype=torch.float64), 3)[0]) == 3


def test_codes_and_directions_are_trained_and_nothing_else_of_a_layer():
    made = built("lr2vq", **VQ_OF_MLP, k=5, m=4, d=2)
    made(torch.randn(4, 3, 16, 16)).square().sum().backward()
    gradients = {name: p.grad for name, p in made.named_parameters()}
    assert all(g is not None and g.any() for g in gradients.values())
    assert sorted(g.numel() for name, g in gradients.items() if "original" in name) == [8, 10]


def test_it_begins_with_the_stored_network_of_its_seed():
    asked = []

    def stored(cell, seed):
        asked.append((cell, seed))
        (its,), _ = objectives_of(*NETWORK, seeds=[seed + 70])
        return {"_target_": "runner.parts.models.mlp.MLP"} | dict(CONFIG), its.method.network.state_dict()

    said = [*VQ, f"model.start={'a' * 20}", "model.k=100000", "model.d=8"]
    made, _ = objectives_of(*said, seeds=[3, 4], stored=stored)
    assert asked == [("a" * 20, 3), ("a" * 20, 4)]
    wanted, _ = objectives_of(*NETWORK, seeds=[73, 74])
    x = torch.randn(4, 1, 8, 8, dtype=torch.float64)
    for ours, theirs in zip(made, wanted, strict=True):
        torch.testing.assert_close(ours.method.predict(x), theirs.method.predict(x), rtol=1e-4, atol=1e-5)


CONFIG = VQ_OF_MLP["network"] | {"width": 16}


def test_a_stored_network_is_compressed_trained_on_and_kept(go):
    quick = ["dataset=digits", "epochs=3", "seeds=2", "exec.keep_network=true"]
    dense = go(*quick, "model.width=32")
    said = [
        *quick,
        "model=lr2vq",
        "model.network.width=32",
        "model.k=16",
        "model.m=4",
        "model.d=2",
        "optimizer.lr=0.01",
    ]
    fresh, tuned = go(*said), go(*said, f"model.start={dense.path.name}")

    def accuracy(cell, epoch):
        return sum(cell.seed(seed).rows()[epoch]["test/accuracy"] for seed in range(2)) / 2

    assert accuracy(tuned, 0) > accuracy(fresh, 0) + 0.1
    node, numbers = stored_network(tuned.store, tuned.path.name, 1)
    again = make("model", node, {"input_shape": (1, 8, 8), "num_outputs": 10})
    again.load_state_dict(numbers)
    (layer,) = layers(again.body)
    assert len(layer.weight.detach().reshape(-1, 4).mul(1e5).round().unique(dim=0)) <= 16
    go(*quick, "method=kd", "method.training=stored", f"method.teacher_cell={tuned.path.name}", "model.width=32")


def test_a_network_of_another_kind_is_refused(go):
    cell = go("exec.keep_network=true", "epochs=1", "model.width=8")
    with pytest.raises(ConfigError, match=f"start={cell.path.name}: its network is of another kind"):
        go("model=lr2vq", "model.network.width=16", f"model.start={cell.path.name}")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"d": 9}, "d=9: of pieces of m=8 weights a code has no more than 8 numbers"),
        ({"m": 7, "d": 2}, "m=7: no layer before the head has inputs that divide by it"),
        ({"k": 0}, r"model\.k=0: must be a whole number in \[1, 1000000\]"),
        ({"start": "here"}, r"model\.start=here"),
    ],
)
def test_what_cannot_be_is_refused(changed, said):
    with pytest.raises(ConfigError, match=said) as refused:
        built("lr2vq", **changed)
    assert "\n" not in str(refused.value)


def test_a_penalty_on_weights_says_that_there_are_none():
    with pytest.raises(ConfigError, match="weights are made of codes has none of its own"):
        objectives_of(*VQ, "regularizer=sr_ste")
