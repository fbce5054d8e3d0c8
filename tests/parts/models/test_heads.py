"""The last layers: cosines, fixed orthonormal vectors, and the losses that are made for them."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.data.streams import generator, seeded
from runner.nodes.build import build
from runner.parts.models.heads import CosineHead, EquiangularHead, checkered, make_head
from runner.training.run import run
from tests.stack.test_stack import D, K, assert_a_stack_is_its_seeds, objective
from tests.zoo import make, node

VALUES = Path(__file__).parents[2] / "values"
MADE_FOR = {"cosine": "circle", "equiangular": "ebv"}
MODELS = {"linear": (D,), "mlp": (D,), "cnn": (1, 8, 8), "cnn8": (1, 8, 8), "resnet18": (1, 8, 8)}


def vectors(seed, dim=D):
    return seeded(partial(EquiangularHead, dim, K), generator("init", seed)).vectors


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("kind", MADE_FOR)
def test_logits_are_cosines(kind, scale):
    """Within [-1, 1] but for rounding, whatever the length of the features, and 1 for a class's own vector."""
    head = seeded(partial(make_head, kind, D, K), generator("init", 0))
    features = scale * torch.randn(1000, D, generator=generator("features"))
    logits = head(features)
    assert logits.abs().max() <= 1 + 1e-6
    torch.testing.assert_close(head(2 * features), logits)
    own = head.weight if kind == "cosine" else head.vectors
    torch.testing.assert_close(head(own).diagonal(), torch.ones(K))
    torch.testing.assert_close(logits, F.cosine_similarity(features[:, None], own[None], dim=-1))


@pytest.mark.parametrize("kind", MADE_FOR)
def test_dead_features_have_a_gradient_that_is_finite(kind):
    features = torch.zeros(2, D, requires_grad=True)
    logits = make_head(kind, D, K)(features)
    logits.sum().backward()
    assert torch.equal(logits, torch.zeros(2, K))
    assert features.grad.isfinite().all()


@pytest.mark.parametrize("dim", [K, D, 100])
def test_equiangular_vectors_are_orthonormal(dim):
    torch.testing.assert_close(vectors(0, dim) @ vectors(0, dim).T, torch.eye(K), rtol=0, atol=1e-6)


@pytest.mark.parametrize("dim", [D, 64, 512])
def test_cosine_vectors_start_at_norm_one_in_all_directions(dim):
    """As the released code of LDAM has them; the norm decides by what angle a gradient turns them."""
    weight = seeded(partial(CosineHead, dim, 1000), generator("init", 0)).weight.detach()
    torch.testing.assert_close(weight.norm(dim=1), torch.ones(1000))
    torch.testing.assert_close(weight.T @ weight * dim / 1000, torch.eye(dim), rtol=0, atol=5 * (dim / 1000) ** 0.5)
    assert weight.mean(0).norm() < 3 / 1000**0.5


def test_a_head_without_bias_gives_nothing_of_nothing():
    """Twice the features are twice the logits; the affine one has a bias beside the same weights."""
    head, affine = (seeded(partial(make_head, kind, D, K), generator("init", 0)) for kind in ("unbiased", "linear"))
    features = torch.randn(5, D, generator=generator("features"))
    torch.testing.assert_close(head(2 * features), 2 * head(features))
    torch.testing.assert_close(affine(features), head(features) + affine.bias)
    assert [name for name, _ in head.named_parameters()] == ["weight"]


def test_equiangular_vectors_are_a_seeds_own():
    assert torch.equal(vectors(3), vectors(3))
    assert not torch.allclose(vectors(3), vectors(4))


def test_cosine_vectors_are_learned_and_equiangular_ones_are_not():
    assert [name for name, _ in CosineHead(D, K).named_parameters()] == ["weight"]
    assert list(EquiangularHead(D, K).parameters()) == []
    assert list(EquiangularHead(D, K).state_dict()) == ["vectors"]


def test_fewer_features_than_classes_are_refused(compose):
    with pytest.raises(ValueError, match="as many features as classes: 4, not 3"):
        EquiangularHead(3, 4)
    with pytest.raises(ConfigError, match=r"model .*: head=equiangular needs as many features as classes: 4, not 3"):
        next(run(**compose("model.width=3", "model.head=equiangular")))
    next(run(**compose("model.width=4", "model.head=equiangular")))


@pytest.mark.parametrize("kind", MADE_FOR)
@pytest.mark.parametrize("model", MODELS)
def test_every_model_takes_every_head(model, kind):
    shape = MODELS[model]
    network = build("model", node(model, "model") | {"head": kind}, input_shape=shape, num_outputs=K).eval()
    logits = network(torch.randn(3, *shape, generator=generator("x")))
    assert logits.shape == (3, K)
    assert logits.abs().max() <= 1 + 1e-6


@pytest.mark.parametrize("kind", MADE_FOR)
def test_a_stack_equals_its_seeds_run_one_by_one(kind):
    """Each head with the loss that is made for it; fixed vectors stay as they were drawn."""
    together = assert_a_stack_is_its_seeds(loss=MADE_FOR[kind], head=kind, clip=5.0)
    for i in range(3):
        head = objective(i, MADE_FOR[kind], head=kind).method.network.head
        after = together.copy(i)["method.network.head." + ("weight" if kind == "cosine" else "vectors")]
        before = head.weight if kind == "cosine" else head.vectors
        assert torch.equal(after, before) == (kind == "equiangular")


def test_equiangular_head_and_loss_at_the_reference_gradient():
    """From features to the mean loss, in float64."""
    (case,) = (c for c in json.loads((VALUES / "margins.json").read_text()) if c["loss"] == "ebv")
    features = torch.tensor(case["features"], dtype=torch.float64, requires_grad=True)
    head = EquiangularHead(features.shape[1], case["num_classes"]).double()
    head.vectors.copy_(torch.tensor(case["basis"], dtype=torch.float64))
    labels = torch.tensor(case["labels"])
    loss = make("ebv", num_train=len(labels), num_classes=case["num_classes"], **case["arguments"])
    value = loss(head(features), labels, torch.arange(len(labels))).mean()
    (gradient,) = torch.autograd.grad(value, features)
    assert value.item() == pytest.approx(case["calls"][0]["loss"], abs=1e-9, rel=0)
    expected = torch.tensor(case["features_gradient"], dtype=torch.float64)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", MADE_FOR)
def test_the_runner_learns_with_a_head_and_its_loss(compose, measured, kind):
    overrides = [f"model.head={kind}", f"loss={MADE_FOR[kind]}", "epochs=10", "grad_clip=5"]
    rows = measured(run(**compose(*overrides, seeds=[0, 1])))
    assert all(row["test/accuracy"] > 0.8 for (_, epoch), row in rows.items() if epoch == 10)


def values_of(name):
    found = json.loads((VALUES / f"models/{name}.json").read_text())
    return (
        {k: torch.tensor(v, dtype=torch.float64) for k, v in found[part].items()} for part in ("inputs", "expected")
    )


def shifts(count):
    return (torch.arange(count)[:, None] - torch.arange(count)) % count


def test_the_checkered_head_adds_the_classes_of_softmaxes():
    """Of three, two of which are one after they were added."""
    inputs, expected = values_of("checkered_multiclass")
    first, second, third = inputs["logits"].unbind(1)
    found = checkered(checkered(first, second, shifts(3)), third, shifts(3))
    torch.testing.assert_close(found.exp(), expected["p"])


def test_of_two_classes_it_is_a_smooth_exclusive_or():
    """p = s s' + (1 - s)(1 - s'), of the sum that is the first class."""
    inputs, expected = values_of("checkered_binary_M2")
    z = inputs["X"] @ inputs["W"].T
    first, second = (torch.stack([z[:, m], torch.zeros(len(z))], 1).double() for m in range(2))
    torch.testing.assert_close(checkered(first, second, shifts(2)).exp()[:, 0], expected["p"])
