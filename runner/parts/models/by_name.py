"""Networks of torchvision and of timm, by their names there."""

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal

import torch
from torch import nn

from datasets.vision import torchvision
from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import check_images

RANDOM = (nn.modules.dropout._DropoutNd, torchvision.ops.StochasticDepth)  # draw numbers in a step


class Torchvision(Model):
    """Any classification network of torchvision, torchvision.models.list_models(): model=torchvision
    model.name=vgg11_bn.

    Its last linear layer becomes the head. Dropout and stochastic depth are left out: a step draws no numbers of its
    own.

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        name: as torchvision has it.
        pretrained: with the default weights, which are downloaded; the head is new. The first convolution is new, too,
            where it is not for three channels.
        stem: small: the first convolution has stride 1, and a pooling before the second one is left out, as is usual
            for images of 32x32; original: as the network is.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: there is no such network, it cannot see images of this size, its last layer is not linear, or its
            weights cannot be had.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        name: str,
        pretrained: bool,
        stem: Literal["small", "original"],
        head: Head,
    ):
        super().__init__()
        models = torchvision.models
        check_images(input_shape)
        check_name(name, models.list_models(module=models))
        with downloading(name):
            net = models.get_model(name, weights="DEFAULT" if pretrained else None)
        *_, (place, last) = [(n, m) for n, m in net.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
        if not isinstance(last, nn.Linear):
            raise ValueError(f"name={name}: its last layer is a {type(last).__name__}, not a linear one")
        net.set_submodule(place, nn.Identity())
        adapt(net, input_shape[0], small=stem == "small")
        check_sees(name, net, input_shape)
        self.body = nn.Sequential(net)
        self.head = make_head(head, last.in_features, num_outputs)


class Timm(Model):
    """Any network of timm that gives features, timm.list_models(): model=timm model.name=convnext_atto. Needs
    `pip install timm`.

    Dropout and stochastic depth are left out, as timm's own defaults have them. Attention is written out, not fused.

    Args:
        input_shape, num_outputs, pretrained, stem, head: as of Torchvision. Networks whose positions are learned for
            one size of images are made for this one.
        name: as timm has it.
    Raises:
        ValueError: timm is not installed, there is no such network, it cannot see images of this size, or its weights
            cannot be had.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        name: str,
        pretrained: bool,
        stem: Literal["small", "original"],
        head: Head,
    ):
        super().__init__()
        check_images(input_shape)
        timm = _timm()
        check_name(name, timm.list_models())
        timm.layers.set_fused_attn(False)
        asked: dict[str, Any] = {"pretrained": pretrained, "num_classes": 0, "in_chans": input_shape[0]}
        with downloading(name):
            try:
                net = timm.create_model(name, img_size=input_shape[1:], **asked)
            except TypeError:  # most networks see images of any size, and do not ask for one
                net = timm.create_model(name, **asked)
        adapt(net, input_shape[0], small=stem == "small" and not pretrained)
        features = check_sees(name, net, input_shape)
        self.body = nn.Sequential(net)
        self.head = make_head(head, features, num_outputs)


def check_name(name: str, known: Sequence[str]) -> None:
    """Raise ValueError for a name that is not known, with the nearest ones."""
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.4) or list(known)[:3]
        raise ValueError(f"name={name}: there is no such network; near are {', '.join(near)} ({len(known)} in all)")


def adapt(net: nn.Module, channels: int, *, small: bool) -> None:
    """In place: the first convolution sees these channels; where `small`, it and a pooling behind it keep places,
    unless it cuts an image into patches; nothing draws random numbers."""
    convolutions = 0
    for place, module in list(net.named_modules()):
        if isinstance(module, RANDOM):
            net.set_submodule(place, nn.Identity())
        elif isinstance(module, nn.Conv2d):
            convolutions += 1
            if convolutions == 1:
                small = small and module.kernel_size > module.stride
                net.set_submodule(place, _first(module, channels, small))
        elif isinstance(module, nn.MaxPool2d) and convolutions == 1 and small:
            net.set_submodule(place, nn.Identity())


def _first(old: nn.Conv2d, channels: int, small: bool) -> nn.Conv2d:
    """The first convolution as it was, where nothing about it changes; else a new one."""
    stride = (1, 1) if small else old.stride
    if (channels, stride) == (old.in_channels, old.stride):
        return old
    kind = {"padding": old.padding, "dilation": old.dilation, "bias": old.bias is not None}
    new = nn.Conv2d(channels, old.out_channels, old.kernel_size, stride, **kind)  # type: ignore[arg-type]
    if channels == old.in_channels:
        new.load_state_dict(old.state_dict())
    return new


def check_sees(name: str, net: nn.Module, input_shape: tuple[int, ...]) -> int:
    """How many features the network gives. Raises ValueError where it cannot see such images."""
    net.eval()
    try:
        with torch.no_grad():
            features = net(torch.zeros(2, *input_shape))
    except (RuntimeError, AssertionError, ValueError) as error:
        raise ValueError(f"name={name}: cannot see images of shape {input_shape} ({_line(error)})") from error
    net.train()
    if not isinstance(features, torch.Tensor) or features.dim() != 2:
        raise ValueError(f"name={name}: gives no features (B, D) of images")
    return features.shape[1]


@contextmanager
def downloading(name: str) -> Iterator[None]:
    """What goes wrong on the way to a network's weights is said in one line."""
    try:
        yield
    except (OSError, RuntimeError, ImportError) as error:
        raise ValueError(f"name={name}: its weights cannot be had ({_line(error)})") from error


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _timm() -> Any:
    try:
        return import_module("timm")
    except ImportError as error:
        raise ValueError("needs timm, which is not installed: pip install timm") from error
