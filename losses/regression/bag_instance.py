"""Bag and instance losses for aggregate responses (Javanmard et al., "Learning from Aggregate Responses: Instance Level
versus Bag Level Loss Functions", ICLR 2024).

    L_bag      = (mean over the bag of f - mean over the bag of y)^2
    L_instance = (f_i - mean over the bag of y)^2
    L_i        = mean over the D targets of (1 - rho) L_bag + rho L_instance

Of the targets only each bag's mean is used. L_instance is L_bag plus, on average, the variance of f within the bag (its
mean square), so that rho weighs a penalty on that variance.

The paper's bags stay as they are. Here (decided, as of method=bag for classes) a bag is `size` neighbours of a batch,
the last one of what is left, and the loader's order deals them anew in each epoch. Bags that stay are
noise_type=bag_mean, for which loss=mse is the instance loss.

Args:
    size: examples of a bag, at least 1.
    rho: in [0, 1]: 0 is the bag loss, 1 the instance loss. The paper's best depends on noise and number of features.

>>> from torch import tensor
>>> f, y = tensor([[1.0], [3.0]]), tensor([[0.0], [2.0]])
>>> BagInstance(size=2, rho=0.5)(f, y, tensor([0, 1]))    # (2 - 1)^2 / 2 + (f_i - 1)^2 / 2
tensor([0.5000, 2.5000])
>>> BagInstance(size=1, rho=0.5)(f, y, tensor([0, 1]))    # size = 1 is the squared error
tensor([1., 1.])
"""

from typing import Annotated

import torch
from torch import Tensor, nn


class BagInstance(nn.Module):
    fits = ("regression",)

    def __init__(self, *, size: Annotated[int, "[1, inf)"], rho: Annotated[float, "[0, 1]"]):
        super().__init__()
        self.size = size
        self.rho = rho

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        whole, response = self._means(prediction), self._means(target)
        bag, instance = (whole - response).square(), (prediction - response).square()
        return ((1 - self.rho) * bag + self.rho * instance).mean(-1)

    def _means(self, values: Tensor) -> Tensor:
        """(B, D) -> (B, D): each example gets its bag's mean."""
        bags = values.split(self.size)
        return torch.cat([bag.mean(0, keepdim=True).expand_as(bag) for bag in bags])
