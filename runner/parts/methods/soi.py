"""SOI: the O-information of three parts or more from a denoiser (Bounoua, Franzese and Michiardi, "S-Omega-I:
Score-based O-INFORMATION Estimation", ICML 2024).

    T = 1/2 integral over the log-SNR of E sum_i |e_i(x_t) - e_i(x_t,i)|^2
    S = 1/2 integral over the log-SNR of E sum_i |e_i(x_t,i | the others) - e_i(x_t,i)|^2
    Omega = 2 T - S

e_i is the expected noise of part i: where all parts are noisy, where it alone is and nothing else is seen, and where
the others are seen without noise. T is the total correlation. S is the sum of what each part tells of the others
together, T and the dual total correlation: Omega is the difference of the two. It is positive where parts say the same,
negative where they tell something together that none of them does. One network learns all settings: in training each
input draws one. The form is that of the abstract and of closed forms; no released code was run.

Say loss=reconstruction, the squared error of noise, and dataset=triples dataset.between=all. An error of the network
adds to T and to S. Omega may err to either side.

Args:
    beta, start, levels: as of minde.
    block: inputs that an evaluation gives an estimate of, 2 to 65,536.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from torch import Tensor

from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.denoiser import ABSENT, CLEAN, NOISY, Denoising, Expected


class SOI(Denoising):
    """network, loss, regularizer, input_shape: of Given.

    Raises:
        ValueError: an input has fewer than three parts, or beta is no range.
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
        parts = input_shape[0]
        if parts < 3:
            raise ValueError(f"compares three parts of an input or more, and there are {parts}; between=all of triples")
        self.all = NOISY.expand(parts, 3)
        self.alone = [_one_noisy(i, ABSENT.expand(parts, 3)) for i in range(parts)]
        self.told = [_one_noisy(i, CLEAN.expand(parts, 3)) for i in range(parts)]
        given = network, loss, regularizer, input_shape
        settings = torch.stack([self.all, *self.alone, *self.told])
        super().__init__(given, settings, beta=beta, start=start, levels=levels, block=block)

    def estimates(self, at_each: Sequence[Expected]) -> Tensor:
        total, each_told = [], []  # each setting has the noise of its noisy part, and zeros
        for expected in at_each:
            alone, told = (torch.stack([*map(expected, each)]).sum(0) for each in (self.alone, self.told))
            total.append(expected(self.all) - alone)
            each_told.append(told - alone)
        return 2 * self.divergence(total) - self.divergence(each_told)


def _one_noisy(i: int, others: Tensor) -> Tensor:
    """Roles (n, 3): part i is noisy."""
    roles = others.clone()
    roles[i] = NOISY
    return roles
