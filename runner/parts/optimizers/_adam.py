"""Adam's direction, for optimizers that use it within."""

import torch
from torch import Tensor

from runner.contracts.optimizer import Moving


def adam_direction(each: Moving, beta1: float, beta2: float, eps: float) -> Tensor:
    """m / (sqrt(v) + eps) of Kingma and Ba, ICLR 2015, with both means corrected for their start; keeps them in the
    state of the weight."""
    state = each.state
    if not state:
        state.update(step=0, mean=torch.zeros_like(each.weight), square=torch.zeros_like(each.weight))
    state["step"] += 1
    mean = state["mean"].lerp_(each.slope, 1 - beta1) / (1 - beta1 ** state["step"])
    square = state["square"].mul_(beta2).addcmul_(each.slope, each.slope, value=1 - beta2)
    return mean / ((square / (1 - beta2 ** state["step"])).sqrt() + eps)
