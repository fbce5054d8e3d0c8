"""Test examples that something happened to: noise, blur, a shift and less contrast, each at several strengths."""

from typing import Annotated

import torch
from torch import Tensor

from datasets.environments.changes import changed
from datasets.split import Split

Strengths = list[Annotated[float, "[0, inf)"]]


def corrupted(
    *, source: Split, noise: Strengths, blur: Strengths, roll: Strengths, contrast: list[Annotated[float, "[0, 1]"]]
) -> Split:
    """The source's test examples as they are, environment 0, and behind them once more for every strength of every
    change: environments 1, 2, ... in the order of the arguments. Noise is drawn anew for each strength. Training
    examples stay as they are, of environment 0.

    Made as ImageNet-C is (Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
    Perturbations", ICLR 2019): four changes in place of its fifteen, with strengths of our own, for images and vectors.

    Args:
        source: of images or vectors.
        noise, blur, roll, contrast: strengths of each change, see changes.py; [] for none.
    Raises:
        ValueError: there is no change, or the source has environments of its own.
    """
    changes = {"noise": noise, "blur": blur, "roll": roll, "contrast": contrast}
    asked = [(change, strength) for change, strengths in changes.items() for strength in strengths]
    if not asked:
        raise ValueError("noise, blur, roll and contrast are all empty: no test example would change")
    if source.domain is not None or source.test_domain is not None:
        raise ValueError(
            "source: has environments of its own; must be one without, such as mnist5k, digits and mnist1d"
        )
    draw = torch.Generator().manual_seed(0)
    parts: list[Tensor] = [source.test_x]
    parts += [changed(source.test_x, change, strength, source.std, draw) for change, strength in asked]
    return source._replace(
        test_x=torch.cat(parts),
        test_y=torch.cat([source.test_y] * len(parts)),
        domain=torch.zeros(len(source.y), dtype=torch.int64),
        test_domain=torch.arange(len(parts)).repeat_interleave(len(source.test_y)),
        optimum={},
    )
