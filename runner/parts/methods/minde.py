"""MINDE: information from a denoiser (Franzese, Bounoua and Michiardi, "MINDE: Mutual Information Neural Diffusion
Estimation", ICLR 2024, arXiv:2310.09031; MustaphaBounoua/minde, the estimator of type c).

    I = 1/2 integral over the log-SNR of E |e(x_t | y) - e(x_t)|^2

x_t is the first half with noise, e its expected noise with the second half at hand, and without. One network learns
both: in training each pair draws a log-SNR, and whether the second half is seen. The released code has the integral
over time, of the squared diffusion coefficient times the squared distance of scores; this is the same in another
variable, in which its importance sampling is uniform. It draws times for an evaluation, this takes equally spaced
log-SNRs.

Say loss=reconstruction, the squared error of noise. I is no bound: it is never negative, and errors of the network are
likely to add to it. Halves should be of about unit size. Averaged weights help, average=ema, as in the paper.

Args:
    beta: first and last of the variance-preserving process, [first, last]; the released code's 0.1 and 20.
    start: the time at which the process begins, in (0, 1), which ends the log-SNR above. The released code's is not
        known here.
    levels: how many log-SNRs an evaluation looks at.
    block: pairs that an evaluation gives an estimate of, 2 to 65,536.

Limit: of exact expected noises it is the information, here of numbers with correlation 0.8. `left` is 1 - 0.8^2.

>>> import math
>>> from torch import arange
>>> from runner.parts.methods.denoiser import divergence, span_of
>>> (least, most), left = span_of([0.1, 20.0], 1e-6), 0.36
>>> log_snr = least + (most - least) * (arange(400).double() + 0.5) / 400
>>> signal, noise = log_snr.sigmoid(), (-log_snr).sigmoid()
>>> apart = (signal * noise * (1 - left) / (signal * left + noise)).sqrt()    # root mean square of e(x_t | y) - e(x_t)
>>> round(divergence(apart[:, None, None], most - least).item(), 4), round(-math.log(left) / 2, 4)
(0.5108, 0.5108)
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from torch import Tensor

from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.critics import check_parts
from runner.parts.methods.denoiser import ABSENT, CLEAN, NOISY, Denoising, Expected

ALONE, TOLD = torch.stack([NOISY, ABSENT]), torch.stack([NOISY, CLEAN])


class MINDE(Denoising):
    """network, loss, regularizer, input_shape: of Given.

    Raises:
        ValueError: an input has no two parts, or beta is no range.
    """

    fits = ("mutual_information",)
    kinds = ("recovered",)

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        beta: list[Annotated[float, "[0, inf)"]],
        start: Annotated[float, "(0, 1)"],
        levels: Annotated[int, "[2, 1000]"],
        block: Annotated[int, "[2, 65536]"],
    ):
        check_parts(input_shape, 2)
        given = network, loss, regularizer, input_shape
        super().__init__(given, torch.stack([ALONE, TOLD]), beta=beta, start=start, levels=levels, block=block)

    def estimates(self, at_each: Sequence[Expected]) -> Tensor:
        return self.divergence([expected(TOLD) - expected(ALONE) for expected in at_each])
