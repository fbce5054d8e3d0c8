"""CAD: an example's neighbours among the features are not of its own environment (Ruan, Dubois and Maddison, "Optimal
Representations for Covariate Shift", ICLR 2022).

    flipped:   penalty = weight * mean over examples i of -log (sum over j of another environment of q_ij)
    otherwise: penalty = weight * mean over examples i of  log (sum over j of i's environment of q_ij)
    q_ij = exp(f_i . f_j / T) / (sum over k of exp(f_i . f_k / T)),    j and k other examples of the batch, never i

Conditional CAD has j and k of i's label alone, so that environments may differ in how frequent labels are. The flipped
penalty is at least 0; the other one has no least value, which is why the authors flip it (their reason unconfirmed). An
example without such j is left out.

Where the released code (ryoungj/optdom, DomainBed) disagrees: it always leaves out examples that no other one in the
batch shares a label with, and its unflipped penalty without condition counts the example itself, with f_i . f_i = 0.
Here it is the formula. The code multiplies by T / 0.07, which is left to the weight here.

Args:
    weight: at least 0. The code's lambda times T / 0.07: 0.1 and so 0.143 in DomainBed, where 0.0001 to 100 are tried.
    temperature: T, positive. DomainBed's 0.1.
    conditional: compare with examples of the same label alone?
    flipped: make other environments likely, and not the own one unlikely? DomainBed's true.
    normalised: features of length 1? DomainBed's false.

With weight = 0, and with one environment in the batch, it is no penalty. Where features are all the same, q_ij is equal
for all j.

>>> from torch import tensor, zeros
>>> from runner.data.loader import Batch
>>> said = {"weight": 1.0, "temperature": 0.1, "flipped": True, "normalised": False}
>>> same, batch = zeros(4, 2), Batch(zeros(4, 2), tensor([0, 1, 0, 1]), tensor([0, 1, 2, 3]), {})
>>> CAD(tensor([0, 0, 1, 1]), conditional=False, **said)(same, same, batch)    # -log (2 / 3)
tensor(0.4055)
>>> CAD(tensor([0, 0, 1, 1]), conditional=True, **said)(same, same, batch)    # the one of its label is of the other
tensor(0.)
"""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import normalize

from runner.parts.domains import OfDomains


class CAD(OfDomains):
    """Args: domain: see OfDomains; weight, temperature, conditional, flipped, normalised: see above."""

    def __init__(
        self,
        domain: Tensor | None,
        *,
        weight: Annotated[float, "[0, inf)"],
        temperature: Annotated[float, "(0, inf)"],
        conditional: bool,
        flipped: bool,
        normalised: bool,
    ):
        super().__init__(domain, weight)
        self.temperature = temperature
        self.conditional = conditional
        self.flipped = flipped
        self.normalised = normalised

    def penalty(self, features: Tensor, logits: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        f = normalize(features, dim=-1) if self.normalised else features
        place = torch.arange(len(labels), device=labels.device)
        among = place[:, None] != place
        if self.conditional:
            among = among & (labels[:, None] == labels)
        own = (members @ members.mT) > 0
        wanted = among & (~own if self.flipped else own)
        alike = f @ f.mT / self.temperature
        share = _logsumexp(alike, wanted) - _logsumexp(alike, among)
        counts = wanted.any(1)
        total = (-share if self.flipped else share).where(counts, 0).sum()
        return total / counts.sum().clamp(min=1)


def _logsumexp(values: Tensor, there: Tensor) -> Tensor:
    """(B,) of those of values (B, B) that are there; finite, whatever it is, in a row where none is."""
    return values.masked_fill(~there, torch.finfo(values.dtype).min).logsumexp(1)
