"""Deep networks of rectifiers learn from weights of the critical variance, and the worse the larger their depth over
their width (Roberts, Yaida and Hanin, The Principles of Deep Learning Theory, Cambridge University Press, 2022; from
memory, unconfirmed).

Weights of every layer are Gaussian of variance gain / inputs, biases are 0, and pixels have mean square 1. From layer
to layer the variance of preactivations is multiplied by gain / 2, so that signals neither die nor explode at a gain of
2. torch's own linear layers have a gain of 1/3. How far networks scatter about this grows as depth over width; see
initial_kurtosis. Training is gradient descent in batches of scikit-learn's digits, without momentum.

One learning rate serves all gains, depths and widths. It was a first guess. Of seeds 100 and 101 with 10 layers it was
then compared with 0.003, 0.01, 0.1 and 0.3: it is the best of gains 2 and 3. With the best rate of each, gain 2 was
ahead of 1 and 3, too, and a gain of 1/3 learnt nothing at any.
"""

from itertools import islice
from typing import Annotated

import torch
import torch.nn.functional as F
from numpy.random import Generator

from runner.parts.calculations._digits import digits
from runner.parts.calculations._network import Network, batches, descend

METRICS = {
    "accuracy": ("higher", "[0, 1]", ""),
    "training_loss": ("lower", "[0, inf)", "nats"),
}
CLASSES = 10


def deep_training(
    draws: Generator,
    *,
    gain: Annotated[float, "(0, 100]"],
    width: Annotated[int, "[1, 10000]"],
    depth: Annotated[int, "[1, 1000]"],
    train_size: Annotated[int, "[1, 1796]"],
    steps: Annotated[int, "[0, 1000000]"],
    batch: Annotated[int, "[1, 10000]"],
    lr: Annotated[float, "(0, inf)"],
) -> dict[str, float]:
    """Accuracy on test images and mean cross-entropy of training images, after training.

    Args:
        depth: hidden layers.
    """
    split, first, order = draws.spawn(3)
    (x, y), (test_x, test_y) = digits(split, train_size)
    scale = x.square().mean().sqrt()
    x, test_x = x / scale, test_x / scale
    network = initialized(first, (x.shape[1], *depth * [width], CLASSES), gain)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    for places in islice(batches(order, train_size, batch, steps), steps):
        descend(optimizer, F.cross_entropy(network(x[places]), y[places]))
    with torch.no_grad():
        right = network(test_x).argmax(1) == test_y
        return {"accuracy": float(right.double().mean()), "training_loss": float(F.cross_entropy(network(x), y))}


def initialized(draws: Generator, sizes: tuple[int, ...], gain: float) -> Network:
    """A network of rectifiers whose weights (D, C) have variance gain / C in every layer, the last one too."""
    network = Network(draws, sizes, ["relu"] * (len(sizes) - 2))
    with torch.no_grad():
        for weight in network.weights[:-1]:
            weight *= (gain / 2) ** 0.5
        network.weights[-1] *= gain**0.5
    return network
