"""LeNet-5."""

from torch import nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, activation_of, check_images


class LeNet5(Model):
    """LeCun et al., Proceedings of the IEEE 86, 1998, as it is used today: conv6 - pool - conv16 - pool - 120 - 84 - K,
    5x5 convolutions, the first of which keeps places; maximum pooling; every map of the second sees all of the first.

    61,706 parameters for ten classes of 28x28 images of one channel.

    Args:
        input_shape: (C, H, W) of one example, H and W at least 12; given by the runner.
        num_outputs: H, given by the runner.
        activation: see runner/parts/models/layers.py; the paper's is a scaled tanh.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images of at least 12x12.
    """

    def __init__(self, input_shape: tuple[int, ...], num_outputs: int, *, activation: Activation, head: Head):
        super().__init__()
        check_images(input_shape, 12)
        channels, height, breadth = input_shape
        places = ((height // 2 - 4) // 2) * ((breadth // 2 - 4) // 2)
        pool = nn.MaxPool2d(2)
        self.body = nn.Sequential(
            nn.Sequential(nn.Conv2d(channels, 6, 5, padding=2), activation_of(activation), pool),
            nn.Sequential(nn.Conv2d(6, 16, 5), activation_of(activation), pool, nn.Flatten()),
            nn.Sequential(nn.Linear(16 * places, 120), activation_of(activation)),
            nn.Sequential(nn.Linear(120, 84), activation_of(activation)),
        )
        self.head = make_head(head, 84, num_outputs)
