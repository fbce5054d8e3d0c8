"""What holds of every network in conf/, and of what may be changed about it."""

from functools import partial
from typing import get_args

import pytest
import torch
from torch import nn

from runner.compose.identity import located, named
from runner.console.errors import ConfigError
from runner.contracts.make import make
from runner.data.streams import generator, seeded
from runner.parts.models.layers import Activation, Norm
from runner.stack.stack import Stack
from runner.training.run import run
from tests.zoo import ROOT, node

NAMES = sorted(file.stem for file in (ROOT / "conf" / "model").glob("*.yaml"))
SMALL = {  # so that a test takes no minutes
    "resnet_cifar": {"width": 4}, "wide_resnet": {"depth": 10, "width": 1}, "vit": {"width": 12, "depth": 2},
    "crate": {"width": 12, "depth": 2}, "mlp": {"width": 8}, "cnn": {"width": 4}, "cnn8": {"width": 4},
    "pointwise": {"width": 4}, "snnk": {"width": 8}, "abmil": {"width": 8, "heads": 2},
    "cnn1d": {"width": 4}, "gsp": {"width": 4, "prototypes": 3},
}  # fmt: skip
COUNTS = {  # parameters for ten classes, by the papers or by torchvision
    ("resnet20", (3, 32, 32)): 269_722, ("resnet32", (3, 32, 32)): 464_154, ("resnet44", (3, 32, 32)): 658_586,
    ("resnet56", (3, 32, 32)): 853_018, ("wide_resnet", (3, 32, 32)): 36_479_194, ("lenet5", (1, 28, 28)): 61_706,
    ("resnet18", (3, 32, 32)): 11_173_962, ("resnet34", (3, 32, 32)): 21_282_122, ("resnet50", (3, 32, 32)): 23_520_842,
    ("preact_resnet18", (3, 32, 32)): 11_172_170, ("mobilenet", (3, 32, 32)): 2_236_682,
}  # fmt: skip


def built(model, /, input_shape=(3, 16, 16), seed=0, **changed):
    asked = node(model, "model") | changed
    return seeded(
        partial(make, "model", asked, {"input_shape": input_shape, "num_outputs": 10}), generator("init", seed)
    )


@pytest.mark.parametrize(("name", "input_shape"), COUNTS)
def test_parameters_are_as_many_as_published(name, input_shape):
    with torch.device("meta"):
        made = make("model", node(name, "model"), {"input_shape": input_shape, "num_outputs": 10})
    assert sum(p.numel() for p in made.parameters()) == COUNTS[name, input_shape]


def quick(name):
    """Changes that make a network small."""
    kind = node(name, "model")["_target_"].rpartition(".")[0].rpartition(".")[2]
    return SMALL.get(name, SMALL.get(kind, {}))


STRINGS = {"string_transformer": (9,)}  # of bits, where others see images
SHAPES = STRINGS | {"abmil": (5, 3, 8, 8), "cnn1d": (16,), "gsp_cnn1d": (16,)}  # a bag of images, a signal
KINDS = {node(name, "model")["_target_"]: name for name in reversed(NAMES)}  # one network of each class


@pytest.mark.parametrize("name", KINDS.values())
def test_a_stack_is_its_seeds(name, **changed):
    """Logits in training and in evaluation, and statistics of BatchNorm, in float64."""
    changed |= quick(name) | {"input_shape": SHAPES.get(name, (3, 16, 16))}
    copies = [built(name, seed=seed, **changed).double() for seed in range(3)]
    x = torch.randn(3, 4, *changed["input_shape"], generator=generator("x"), dtype=torch.float64)
    x = (x > 0).double() if name in STRINGS else x
    alone = []
    for copy, own in zip(copies, x, strict=True):
        stack = Stack([Predicting(copy)])
        alone.append([stack(own[None])[0], *(b.clone() for b in stack.buffers()), predicted(stack, own[None])[0]])
    stack = Stack([Predicting(built(name, seed=seed, **changed).double()) for seed in range(3)])
    together = [stack(x), *(b.clone() for b in stack.buffers()), predicted(stack, x)]
    for i in range(3):
        for ours, theirs in zip(together, alone[i], strict=True):
            torch.testing.assert_close(ours[i], theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("norm", ["group", "evonorm_b0", "evonorm_s0"])
def test_a_stack_is_its_seeds_with_each_norm(norm):
    test_a_stack_is_its_seeds("resnet20", norm=norm)


class Predicting(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)

    def predict(self, x):
        return self.network(x)


def predicted(stack, x):
    stack.eval()
    with torch.no_grad():
        return stack.predict(x, shared=False)


@pytest.mark.parametrize("norm", get_args(Norm))
@pytest.mark.parametrize("name", ["resnet18", "resnet20", "preact_resnet18", "wide_resnet"])
def test_each_norm_trains(name, norm):
    """A finite gradient for every parameter, and none that is 0 throughout."""
    made = built(name, norm=norm, **(quick(name) if name != "preact_resnet18" else {}))
    made(torch.randn(4, 3, 16, 16, generator=generator("x"))).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() and p.grad.any() for p in made.parameters())


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("name", ["mlp", "cnn", "resnet20"])
def test_each_activation_is_used(name, activation):
    made, plain = built(name, activation=activation, **quick(name)), built(name, **quick(name))
    x = torch.randn(4, 3, 16, 16, generator=generator("x"))
    assert torch.equal(made(x), plain(x)) == (activation == "relu")
    assert len(list(made.parameters())) >= len(list(plain.parameters()))


def test_norms_that_need_maps_are_refused_without_them():
    with pytest.raises(ConfigError, match=r"model\.norm=evonorm_b0: must be one of none, batch, group, layer"):
        built("mlp", norm="evonorm_b0")
    with pytest.raises(ConfigError, match="must be one of relu"):
        built("mlp", activation="relo")


@pytest.mark.parametrize("name", ["mlp", "cnn", "cnn8", "resnet18", "resnet34"])
def test_results_from_before_a_key_keep_their_names(name):
    """And a network that was kept then is built as it was."""
    asked = node(name, "model")
    before = {key: value for key, value in asked.items() if key != "activation" and (key != "norm" or name == "mlp")}
    assert named(asked) == named(before)
    assert located(named(asked)) == asked
    assert named(asked | {"activation": "gelu"}) != named(asked)
    assert named(asked | {"norm": "group"}) != named(asked)


@pytest.mark.parametrize("name", ["resnet20", "preact_resnet18", "lenet5", "vit", "crate"])
def test_what_is_no_image_is_refused(name):
    with pytest.raises(ConfigError, match=r"needs images.* of shape \(C, H, W\), not inputs of shape \(8,\)"):
        built(name, (8,))


def test_they_train(compose, measured):
    """From a command line: the residual network of the long-tailed protocols, and a transformer."""
    small = ["dataset=digits", "epochs=2", "optimizer=adam"]
    for words in (
        ["model=resnet20", "model.width=4", "model.norm=evonorm_s0"],
        ["model=vit", "model.width=12", "model.depth=2"],
    ):
        arguments = compose(*small, *words, seeds=[0, 1])
        rows = measured(run(**arguments))
        assert all(rows[seed, 2]["train/objective"] < rows[seed, 1]["train/objective"] for seed in (0, 1))
