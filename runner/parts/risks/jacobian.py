"""The gradient of each example's loss, for risks that run one seed at a time."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def jacobian(losses: Tensor, parameters: Iterable[nn.Parameter]) -> list[Tensor]:
    """Rows of the gradients of losses (B,), (B, P) for each parameter of P numbers that they depend on.

    The losses can be differentiated once more. Under torch.vmap it cannot be had.
    """
    each = torch.eye(len(losses), dtype=losses.dtype, device=losses.device)
    rows = torch.autograd.grad(
        losses, list(parameters), each, is_grads_batched=True, retain_graph=True, allow_unused=True
    )
    return [row.flatten(1) for row in rows if row is not None]
