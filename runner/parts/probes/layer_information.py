"""How many bits each layer says of inputs and of labels, by binned activations, in bins of three kinds: what comes out
depends on the bins.

Saxe et al., "On the Information Bottleneck Theory of Deep Learning", ICLR 2018: bins of one width, for tanh between -1
and 1. Chelombiev, Houghton and O'Donnell, "Adaptive Estimators Show Information Compression in Deep Neural Networks",
ICLR 2019: bins whose edges are of what the layer holds, of one width or of one mass. Here the edges are of the trained
network alone, while that paper's are of all epochs.

Inputs are the training examples, which are taken to differ, and labels those that training sees. A layer is a part of
the network's body. No more than the binary logarithm of the number of examples can come out, and wide layers have that
whatever they are; so this is about layers of few units. runner/parts/calculations/_bins.py has the bins.
"""

from typing import Annotated

import numpy as np

from runner.contracts.probe import Probed
from runner.parts.calculations._bins import Binning, binned, edges, entropy, label_information
from runner.parts.probes._layers import layers

METRICS = {
    "input_information": ("lower", "[0, inf)", "bits"),
    "label_information": ("higher", "[0, inf)", "bits"),
    "input_last": ("lower", "[0, inf)", "bits"),
    "label_last": ("higher", "[0, inf)", "bits"),
}


def layer_information(seen: Probed, *, binning: Binning, bins: Annotated[int, "[2, 1000]"]) -> dict[str, float]:
    """input_information: I(X;T), label_information: I(T;Y), means over layers; input_last, label_last: of the features.

    Raises:
        ValueError: examples are not of one class each.
    """
    if seen.num_classes < 2 or seen.training.targets.dim() != 1:
        raise ValueError("information about labels is of examples with one class each, of at least two classes")
    labels = seen.training.targets.numpy()
    cells = [_cells(layer.numpy(), binning, bins) for layer in layers(seen.network, seen.training.x)]
    inputs, told = [entropy(each) for each in cells], [label_information(each, labels) for each in cells]
    return {
        "input_information": float(np.mean(inputs)),
        "label_information": float(np.mean(told)),
        "input_last": inputs[-1],
        "label_last": told[-1],
    }


def _cells(layer: np.ndarray, binning: Binning, bins: int) -> np.ndarray:
    """(N,) which examples a layer (N, D) holds in the same bins."""
    held = layer[None].astype(np.float64)
    return binned(held, edges(held, binning, bins))[0]
