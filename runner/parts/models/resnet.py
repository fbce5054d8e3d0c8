"""ResNets with the stem for small images."""

from functools import partial
from typing import Literal

from torch import nn

from datasets.vision import torchvision
from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, Norm, activation_of, check_images, norm_of


class ResNet(Model):
    """torchvision's ResNet (He et al., CVPR 2016) with a 3x3 first convolution of stride 1 and no first pooling,
    as is usual on CIFAR's 32x32 images.

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        depth: layers. 18, 50, or the 34 of the CIFAR-100 noisy-label protocol (Ma et al., ICML 2020, in the paper).
        norm, activation: see runner/parts/models/layers.py. With EvoNorm nothing else is an activation.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        depth: Literal[18, 34, 50],
        norm: Norm,
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        check_images(input_shape)
        made = getattr(torchvision.models, f"resnet{depth}")
        net = made(norm_layer=partial(norm_of, norm)) if norm != "batch" else made()
        net.conv1 = nn.Conv2d(input_shape[0], 64, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        for place, module in list(net.named_modules()):
            if isinstance(module, nn.ReLU):
                net.set_submodule(place, nn.Identity() if norm.startswith("evonorm") else activation_of(activation))
        self.head = make_head(head, 2048 if depth == 50 else 512, num_outputs)
        self.body = nn.Sequential(
            nn.Sequential(net.conv1, net.bn1, net.relu),
            net.layer1,
            net.layer2,
            net.layer3,
            nn.Sequential(net.layer4, net.avgpool, nn.Flatten()),
        )
