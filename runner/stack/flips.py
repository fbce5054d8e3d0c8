"""Test-time flips: what a network says of an image and of its mirror image, averaged."""

from collections.abc import Callable
from math import log

import torch
from torch import Tensor

Predict = Callable[..., Tensor]  # Stack.predict


def with_flips(predict: Predict) -> Predict:
    """A function as `predict`, of images (..., C, H, W), whose softmax is the mean of those of an image and of its
    left-right mirror image.

    The predictions that it gives are logarithms of probabilities. Source: Krizhevsky, Sutskever and Hinton, NeurIPS
    2012, who average probabilities over ten crops and flips of a test image.
    """

    def both(x: Tensor, *, shared: bool) -> Tensor:
        one, other = (predict(each, shared=shared).log_softmax(-1) for each in (x, x.flip(-1)))
        return torch.logaddexp(one, other) - log(2)

    return both
