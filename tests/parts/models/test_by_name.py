"""Networks of torchvision and of timm, by their names there."""

import pytest
import torch
from torch import nn

from runner.console.errors import ConfigError
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


@pytest.mark.parametrize("name", ["convnext_atto", "resnet26", "vit_tiny_patch16_224", "mobilenetv3_small_050"])
def test_timms(name):
    made = built("timm", (1, 32, 32), name=name)
    assert made(torch.randn(2, 1, 32, 32)).shape == (2, 10)


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
        ("torchvision", "vit_b_16", r"name=vit_b_16: cannot see images of shape \(3, 16, 16\)"),
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
