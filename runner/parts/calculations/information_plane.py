"""How many bits hidden layers say of their input while a network is trained, by binned activations: whether they
become fewer late in training (compression) depends on the network's function and on the bins.

Saxe et al., "On the Information Bottleneck Theory of Deep Learning", ICLR 2018: tanh compresses since it saturates, and
relu does not, in bins of one width. Chelombiev, Houghton and O'Donnell, "Adaptive Estimators Show Information
Compression in Deep Neural Networks", ICLR 2019: in bins of one mass, whose edges are quantiles of all that a layer
holds in training, relu compresses too, and weight decay does so further.

The network has 12 inputs, layers of 10, 7, 5, 4 and 3 units and two classes, as in both papers. Inputs are all 4,096
patterns of 12 bits, as -1 and 1. The label of a seed is whether a quadratic form with normal coefficients is above its
median; the papers have one fixed rule. A network is a function of its input, so what a layer says of the input, I(X;T),
is the entropy H(T) of its binned activations. Training is by Adam, of all training patterns at once.
"""

from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._bins import Binning, Held, binned, edges, entropy, label_information
from runner.parts.calculations._network import Network, descend, tensor

METRICS = {
    "late_compression": ("higher", "[-12, 12]", "bits"),
    "compression": ("higher", "[0, 12]", "bits"),
    "label_information": ("higher", "[0, 1]", "bits"),
    "rule_error": ("lower", "[0, 1]", ""),
}
BITS = 12
HIDDEN = (10, 7, 5, 4, 3)


def information_plane(
    draws: Generator,
    *,
    function: Literal["tanh", "relu"],
    binning: Literal["width", "mass"],
    bins: Annotated[int, "[2, 1000]"],
    steps: Annotated[int, "[1, 1000000]"],
    times: Annotated[int, "[2, 1000]"],
    lr: Annotated[float, "(0, inf)"],
    decay: Annotated[float, "[0, inf)"],
    train_share: Annotated[float, "(0, 1)"],
) -> dict[str, float]:
    """late_compression: I(X;T) halfway through training less that at its end; compression: its most less that at its
    end; label_information: I(T;Y) at the end. Each is the mean over hidden layers. rule_error: of other patterns."""
    rule, order, start = draws.spawn(3)
    x, y = patterns(rule)
    split = order.permutation(len(x))
    train, test = np.split(split, [round(train_share * len(x))])
    network = Network(start, (BITS, *HIDDEN, 2), [function] * len(HIDDEN))
    inputs, labels = tensor(x), tensor(y)
    snapshots = _snapshots(network, inputs, labels, train, steps=steps, times=times, lr=lr, decay=decay)
    plane, told = [], []
    for held in snapshots:
        kind: Binning = "mass" if binning == "mass" else "range" if function == "tanh" else "span"
        cells = binned(held, edges(held, kind, bins))
        plane.append([entropy(each) for each in cells])
        told.append(label_information(cells[-1], y))
    bits = np.array(plane)  # (L, T)
    with torch.no_grad():
        wrong = network(inputs[test]).argmax(1) != labels[test]
    return {
        "late_compression": float((bits[:, bits.shape[1] // 2] - bits[:, -1]).mean()),
        "compression": float((bits.max(1) - bits[:, -1]).mean()),
        "label_information": float(np.mean(told)),
        "rule_error": float(wrong.double().mean()),
    }


def patterns(draws: Generator) -> tuple[np.ndarray, np.ndarray]:
    """All patterns (4096, 12) of -1 and 1, and whether the rule's form is above its median (4096,)."""
    x = (np.arange(2**BITS)[:, None] >> np.arange(BITS) & 1) * 2.0 - 1.0
    form = np.einsum("ni,ij,nj->n", x, draws.normal(size=(BITS, BITS)), x) + x @ draws.normal(0, 3, BITS)
    return x, (form > np.median(form)).astype(np.int64)


def _snapshots(
    network: Network, x: Tensor, y: Tensor, train: np.ndarray, *, steps: int, times: int, lr: float, decay: float
) -> list[Held]:
    """Of each hidden layer, what it holds at evenly spaced times of training, from before the first step to the end."""
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    looks = set(np.linspace(0, steps, times).round().astype(int).tolist())
    found: list[list[np.ndarray]] = []
    for step in range(steps + 1):
        if step in looks:
            with torch.no_grad():
                found.append([held.numpy() for held in network.layers(x)[:-1]])
        loss = F.cross_entropy(network(x[train]), y[train])
        penalty = sum((weight.square().sum() for weight in network.weights), torch.zeros(()))
        descend(optimizer, loss + decay * penalty)
    return [np.stack(held) for held in zip(*found, strict=True)]
