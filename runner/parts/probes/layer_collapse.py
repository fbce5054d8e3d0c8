"""Neural collapse of each layer: how far the features of a class lie together, beside how far classes lie apart
(Papyan, Han and Donoho, PNAS 2020, arXiv:2008.08186; of all layers as in Tirer, Huang and Niles-Weed, "Perturbation
Analysis of Neural Collapse", ICML 2023, unconfirmed).

A layer is a part of the network's body: for an MLP a linear map with its activation. nc1 = tr(W B^+) / K, with W the
covariance of features within classes and B that of the class means, of training examples and the labels that training
sees; see runner/parts/measures/_collapse.py. It is 0 in full collapse.
"""

import torch
from torch import Tensor

from runner.contracts.measures import Inside
from runner.contracts.probe import Probed
from runner.parts.measures._collapse import neural_collapse
from runner.parts.probes._layers import layers

METRICS = {
    "nc1": ("lower", "[0, inf)", ""),
    "nc1_first": ("lower", "[0, inf)", ""),
    "nc1_ratio": ("lower", "[0, inf)", ""),
}


def layer_collapse(seen: Probed) -> dict[str, float]:
    """nc1 of the features, of the first layer, and of the features over the layer before them.

    Raises:
        ValueError: examples are not of one class each, or the network's body has one part alone.
    """
    if seen.num_classes < 2 or seen.training.targets.dim() != 1:
        raise ValueError("collapse is of examples with one class each, of at least two classes")
    if len(seen.network.body) < 2:
        raise ValueError("the body of this network has one part alone, and so no layer before the last")
    found = [_nc1(each, seen) for each in layers(seen.network, seen.training.x)]
    return {"nc1": found[-1], "nc1_first": found[0], "nc1_ratio": found[-1] / found[-2]}


def _nc1(features: Tensor, seen: Probed) -> float:
    """Of one layer (N, D)."""
    labels = seen.training.targets[None]
    inside = Inside(features[None], torch.zeros(1, 0, 0))
    return float(neural_collapse(inside, labels, labels, seen.num_classes)["nc1"])
