"""Single positives: of the labels that an example has, one is told, and nothing of the others."""

import torch
from torch import Generator, Tensor


def single_positive(bits: Tensor, rate: float, generator: Generator) -> Tensor:
    """With probability `rate` and independently, of an example's labels one that is present stays known, each as
    likely, and all others become unknown. Of an example without any label nothing stays known.

    Source: Cole et al., "Multi-Label Learning from Single Positive Labels", CVPR 2021, arXiv:2106.09708, where the rate
    is 1; its released code has 0 for a label that is not known, which is -1 here.

    Args:
        bits: (N, L) 1 for a label that is present, 0 for one that is absent, -1 for one that is not known.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate is of the same examples and more, each with the same label.
    Returns:
        (N, L) float32 given bits.

    >>> single_positive(torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), 1.0, torch.Generator().manual_seed(0))
    tensor([[-1.,  1., -1.],
            [-1., -1., -1.]])
    """
    chosen = torch.rand(len(bits), 1, generator=generator) < rate
    order = torch.rand(bits.shape, generator=generator).masked_fill(bits != 1, -1.0)
    kept = order == order.amax(1, keepdim=True)
    return torch.where(chosen & ~(kept & (bits == 1)), -1.0, bits)
