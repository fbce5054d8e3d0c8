"""Calibration errors: how far confidence is from how often it is right, bin after bin."""

import torch
from torch import Tensor

from runner.parts.measures._ties import ties
from runner.tasks.bins import BINS


def binned(confidence: Tensor, values: Tensor) -> Tensor:
    """(S, BINS) the sum of values (S, M) over the examples of each of equally wide bins of confidence, (low, high]."""
    place = (confidence * BINS).ceil().long().clamp(1, BINS) - 1  # 0 is in the first bin
    total = torch.zeros(len(values), BINS, dtype=torch.float64, device=values.device)
    return total.scatter_add_(1, place, values)


def calibration_error(confidence: Tensor, right: Tensor) -> Tensor:
    """(S,) the distance between mean confidence and accuracy of a bin, the mean over examples: each (S, M).

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. A bin of no example counts nothing.
    """
    return binned(confidence, right.double() - confidence.double()).abs().sum(1) / right.shape[1]


def confidence_gap(confidence: Tensor, right: Tensor) -> Tensor:
    """(S,) the distance between mean confidence and accuracy of all examples: the calibration error of one bin, and at
    most that of any bins. Confidence too high here and too low there cancels. Each (S, M).

    >>> confidence_gap(torch.tensor([[0.9, 0.7]]), torch.tensor([[True, False]]))
    tensor([0.3000], dtype=torch.float64)
    """
    return (right.double() - confidence.double()).mean(1).abs()


def adaptive_calibration_error(confidence: Tensor, right: Tensor) -> Tensor:
    """(S,) as calibration_error, of bins of as many examples each, but for one where M is no multiple of BINS.

    Nguyen and O'Connor, "Posterior calibration and exploratory analysis for natural language processing models", EMNLP
    2015. Examples in order of confidence are split as torch.tensor_split does. Mukhoti et al., NeurIPS 2020, whose code
    takes interpolated quantiles as edges, differ in the third digit, and leave out the least confident example. Ties
    share their mean, so that the order of the examples does not matter.
    """
    ordered, place = confidence.sort(dim=1)
    m = ordered.shape[1]
    start, end = ties(ordered)
    gaps = (right.double() - confidence.double()).gather(1, place)
    below = torch.nn.functional.pad(gaps.cumsum(1), (1, 0))
    shared = (below.gather(1, end) - below.gather(1, start)) / (end - start)
    sizes = [len(part) for part in torch.arange(m).tensor_split(BINS)]
    return torch.stack([part.sum(1) for part in shared.split(sizes, 1)], 1).abs().sum(1) / m


def classwise_calibration_error(p: Tensor, labels: Tensor) -> Tensor:
    """(S,) the calibration_error of each class against the rest, the mean over classes: p (S, M, K), labels (S, M).

    Kull et al., "Beyond temperature scaling", NeurIPS 2019; the static calibration error of Nixon et al., CVPR workshop
    2019. Some sum over classes instead.
    """
    s, _, k = p.shape
    each = torch.nn.functional.one_hot(labels, k).mT.flatten(0, 1)
    return calibration_error(p.mT.flatten(0, 1), each).view(s, k).mean(1)
