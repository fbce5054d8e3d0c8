"""ResNets with the stem for small images."""

from typing import Literal

from torch import nn

from datasets.vision import torchvision
from runner.contracts.model import Model
from runner.parts.models.heads import make_head


class ResNet(Model):
    """torchvision's ResNet (He et al., CVPR 2016) with a 3x3 first convolution of stride 1 and no first pooling,
    as is usual on CIFAR's 32x32 images.

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        depth: layers. 18, or the 34 of the CIFAR-100 noisy-label protocol (Ma et al., ICML 2020, in the paper).
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        depth: Literal[18, 34],
        head: Literal["linear", "cosine", "equiangular"],
    ):
        super().__init__()
        if len(input_shape) != 3:
            raise ValueError(f"needs images of shape (C, H, W), not inputs of shape {input_shape}")
        net = torchvision.models.resnet18() if depth == 18 else torchvision.models.resnet34()
        net.conv1 = nn.Conv2d(input_shape[0], 64, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        self.head = make_head(head, 512, num_outputs)
        self.body = nn.Sequential(
            nn.Sequential(net.conv1, net.bn1, net.relu),
            net.layer1,
            net.layer2,
            net.layer3,
            nn.Sequential(net.layer4, net.avgpool, nn.Flatten()),
        )
