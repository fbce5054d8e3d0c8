"""Networks of torchvision and of timm, by their names there."""

import difflib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Literal

import torch
from torch import nn
from torch.func import functional_call

from datasets.faults import exhausted
from datasets.vision import torchvision
from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import check_images

RANDOM = ("StochasticDepth", "DropPath", "DropBlock2d")  # modules that draw numbers in a step, and Dropout
UNSEEN = (RuntimeError, AssertionError, ValueError, TypeError, IndexError)  # raised for images of another size


class Kept(nn.Identity):
    """In place of a module that drops numbers; its share is there for those that ask for it."""

    p = 0.0


class Torchvision(Model):
    """Any classification network of torchvision, torchvision.models.list_models(): model=torchvision
    model.name=vgg11_bn.

    Its last linear layer becomes the head. Dropout and stochastic depth are left out: a step draws no numbers of its
    own. So are the auxiliary classifiers of GoogLeNet and Inception v3.

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        name: as torchvision has it.
        pretrained: with the default weights, which are downloaded; the head is new. The first convolution is new, too,
            where it is not for three channels. Vision transformers then see images of their own size alone.
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
        asked: dict[str, Any] = {"weights": "DEFAULT"} if pretrained else _own(name, input_shape)
        net = made(name, pretrained, lambda: models.get_model(name, **asked))
        *_, (place, last) = [(n, m) for n, m in net.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
        if not isinstance(last, nn.Linear):
            raise ValueError(f"name={name}: its last layer is a {type(last).__name__}, not a linear one")
        net.set_submodule(place, nn.Identity())
        for auxiliary in ("aux1", "aux2", "AuxLogits"):
            if hasattr(net, auxiliary):
                setattr(net, auxiliary, None)
                net.aux_logits = False  # type: ignore[assignment]  # torch's stub has tensors and modules alone
        adapt(net, input_shape[0], small=stem == "small")
        check_sees(name, net, input_shape, stem)
        self.body = nn.Sequential(net)
        self.head = make_head(head, last.in_features, num_outputs)


def _own(name: str, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """What some of torchvision's networks ask for besides, where their weights are new."""
    if name.startswith("vit_"):  # which have positions for images of one size, with equal sides
        return {"image_size": input_shape[1]}
    return {"init_weights": True} if name in ("googlenet", "inception_v3") else {}


class Timm(Model):
    """Any network of timm that gives features, timm.list_models(): model=timm model.name=convnext_atto. Needs
    `pip install timm`.

    Dropout and stochastic depth are left out: a step draws no numbers of its own. Seeds are trained one at a time, for
    some of these networks cannot be stacked.

    Args:
        input_shape, num_outputs, pretrained, stem, head: as of Torchvision. Networks whose positions are learned for
            one size of images are made for this one.
        name: as timm has it.
    Raises:
        ValueError: timm is not installed, there is no such network, it cannot see images of this size, or its weights
            cannot be had.
    """

    stackable = False

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
        asked: dict[str, Any] = {"pretrained": pretrained, "num_classes": 0, "in_chans": input_shape[0]}

        def create() -> nn.Module:
            try:
                return timm.create_model(name, img_size=input_shape[1:], **asked)
            except TypeError:  # most networks see images of any size, and do not ask for one
                return timm.create_model(name, **asked)

        net = made(name, pretrained, create)
        adapt(net, input_shape[0], small=stem == "small")
        features = check_sees(name, net, input_shape, stem)
        self.body = nn.Sequential(net)
        self.head = make_head(head, features, num_outputs)


def check_name(name: str, known: Sequence[str]) -> None:
    """Raise ValueError for a name that is not known, with the nearest ones."""
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.4) or list(known)[:3]
        raise ValueError(f"name={name}: there is no such network; near are {', '.join(near)} ({len(known)} in all)")


def made(name: str, pretrained: bool, make: Callable[[], nn.Module]) -> nn.Module:
    """What `make` gives. Raises ValueError, one line, where it cannot."""
    try:
        try:
            return make()
        except NotImplementedError:  # some read numbers while they are built, which torch's device "meta" has not
            with torch.device("cpu"):
                return make()
    except (*UNSEEN, OSError, ImportError) as error:
        if exhausted(error):
            raise
        what = "its weights cannot be had" if pretrained else "cannot be made for such images"
        raise ValueError(f"name={name}: {what} ({_line(error)})") from error


def adapt(net: nn.Module, channels: int, *, small: bool) -> None:
    """In place: the first convolution sees these channels; where `small`, it and a pooling behind it keep places,
    unless it cuts an image into patches; nothing draws random numbers."""
    convolutions = 0
    for place, module in list(net.named_modules()):
        if hasattr(module, "drop_rate"):  # of timm's, where no module drops
            module.drop_rate = 0.0
        if isinstance(module, nn.modules.dropout._DropoutNd) or type(module).__name__ in RANDOM:
            net.set_submodule(place, Kept())
        elif isinstance(module, nn.Conv2d):
            convolutions += 1
            if convolutions == 1:
                small = small and module.kernel_size > module.stride
                _see(module, channels, small)
        elif isinstance(module, nn.MaxPool2d) and convolutions == 1 and small:
            net.set_submodule(place, nn.Identity())


def _see(first: nn.Conv2d, channels: int, small: bool) -> None:
    """In place: a first convolution has stride 1 where `small`, and new weights where it is for other channels."""
    if small:
        first.stride = (1, 1)
    if channels != first.in_channels:
        first.in_channels = channels
        first.weight = nn.Parameter(first.weight.new_empty(first.out_channels, channels, *first.kernel_size))
        first.reset_parameters()


def check_sees(name: str, net: nn.Module, input_shape: tuple[int, ...], stem: str) -> int:
    """How many features the network gives. Raises ValueError where it cannot see such images, or draws numbers."""
    x = torch.zeros(2, *input_shape, device=next(net.parameters()).device)
    before = torch.get_rng_state()
    numbers = {key: number.clone() for key, number in net.named_buffers()}  # statistics stay as they are
    try:
        with torch.no_grad():
            features = functional_call(net, numbers, (x,))
    except UNSEEN as error:
        if exhausted(error):
            raise
        otherwise = "; perhaps with model.stem=original" if stem == "small" else ""
        raise ValueError(
            f"name={name}: cannot see images of shape {input_shape} ({_line(error)}){otherwise}"
        ) from error
    if not torch.equal(torch.get_rng_state(), before):
        raise ValueError(f"name={name}: draws random numbers in a step, and seeds would not be their own")
    if not isinstance(features, torch.Tensor) or features.dim() != 2:
        raise ValueError(f"name={name}: gives no features (B, D) of images")
    return features.shape[1]


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _timm() -> Any:
    try:
        return import_module("timm")
    except ImportError as error:
        raise ValueError("needs timm, which is not installed: pip install timm") from error
