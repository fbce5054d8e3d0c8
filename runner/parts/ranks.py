"""Which losses of a batch are the large ones, without a branch."""

from torch import Tensor


def ranks(losses: Tensor) -> Tensor:
    """(B,) how many of a batch's losses (B,) stand below each; of equal ones the earlier is the lower.

    >>> from torch import tensor
    >>> ranks(tensor([0.3, 2.0, 0.1, 0.3]))
    tensor([1, 3, 0, 2])
    """
    return losses.argsort(stable=True).argsort()
