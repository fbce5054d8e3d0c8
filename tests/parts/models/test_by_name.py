"""Networks of torchvision and of timm, by their names there."""

import pytest
import torch
from torch import nn

from runner.console.errors import ConfigError
from runner.objective.assemble import stackable
from runner.training.run import automatic_stack, run
from tests.parts.test_models import built


@pytest.mark.parametrize("name", ["mobilenet_v2", "vgg11_bn", "squeezenet1_1", "shufflenet_v2_x0_5", "efficientnet_b0"])
def test_torchvisions(name):
    if name == "squeezenet1_1":
        with pytest.raises(ConfigError, match=r"name=squeezenet1_1: its last layer is a Conv2d, not a linear one"):
            built("torchvision", (1, 32, 32), name=name)
        return
    made = built("torchvision", (1, 32, 32), name=name)
    assert made(torch.randn(2, 1, 32, 32)).shape == (2, 10)
    assert not [m for m in made.modules() if "Dropout" in type(m).__name__ or "Stochastic" in type(m).__name__]


@pytest.mark.parametrize("name", ["convnext_atto", "resnet26", "vit_tiny_patch16_224", "nf_resnet26", "ghostnet_050"])
def test_timms(name):
    made = built("timm", (1, 32, 32), name=name)
    assert made(torch.randn(2, 1, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize(("name", "features"), [("vit_b_16", 768), ("googlenet", 1024), ("regnet_y_400mf", 440)])
def test_torchvisions_without_numbers(name, features):
    """As their size is looked at: positions of this size, no auxiliary classifiers, widths that are read off."""
    with torch.device("meta"):
        made = built("torchvision", (3, 32, 32), name=name)
    assert made.head.in_features == features


@pytest.mark.parametrize(("model", "stacked"), [("torchvision", True), ("timm", False), ("mobilenet", True)])
def test_seeds_of_what_cannot_be_stacked_train_one_at_a_time(model, stacked, compose):
    cell = compose(f"model={model}", "dataset=digits")["cell"]
    assert stackable(cell.recipe) == stacked
    cell.exec.stack = 2
    assert automatic_stack(cell, 3) == (2 if stacked else 1)


def test_what_cannot_be_stacked_trains(compose, measured):
    small = ["model=timm", "model.name=test_resnet", "dataset=digits", "epochs=1", "eval_train=10"]
    assert measured(run(**compose(*small, seeds=[0])))[0, 1]["test/accuracy"] > 0.3
    with pytest.raises(ConfigError, match=r"exec\.compile=True: the objective cannot be stacked"):
        next(run(**compose(*small, "exec.compile=true", seeds=[0])))


def test_a_network_that_draws_in_a_step_is_refused(monkeypatch):
    monkeypatch.setattr("runner.parts.models.by_name.Kept", nn.Dropout)
    with pytest.raises(ConfigError, match="name=vgg11: draws random numbers in a step"):
        built("torchvision", (3, 32, 32), name="vgg11")


def test_a_small_stem_keeps_places():
    small, original = (built("torchvision", name="resnet18", stem=stem).body[0] for stem in ("small", "original"))
    assert (small.conv1.stride, original.conv1.stride) == ((1, 1), (2, 2))
    assert [isinstance(net.maxpool, nn.Identity) for net in (small, original)] == [True, False]
    patches = built("timm", (3, 32, 32), name="convnext_atto").body[0]
    assert patches.stem[0].stride == (4, 4)  # which cuts an image into patches


@pytest.mark.parametrize(
    ("model", "name", "said"),
    [
        ("torchvision", "resnet8", r"name=resnet8: there is no such network; near are .*resnet"),
        ("timm", "convnext_ato", r"name=convnext_ato: there is no such network; near are convnext_atto"),
        ("torchvision", "inception_v3", r"name=inception_v3: cannot see images of shape \(3, 16, 16\) .*stem=original"),
        ("timm", "mvitv2_tiny", r"name=mvitv2_tiny: cannot be made for such images"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(model, name, said):
    with pytest.raises(ConfigError, match=said) as refusal:
        built(model, name=name)
    assert "\n" not in str(refusal.value)


def test_weights_that_cannot_be_had_are_said(monkeypatch):
    def nowhere(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", nowhere)
    with pytest.raises(ConfigError, match=r"name=resnet18: its weights cannot be had \(no route to host\)"):
        built("torchvision", name="resnet18", pretrained=True)


def test_without_timm_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "timm", None)
    with pytest.raises(ConfigError, match="needs timm, which is not installed: pip install timm"):
        built("timm", name="resnet26")
