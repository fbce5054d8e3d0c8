"""Maximal functional entropy (Gat et al., "Removing Bias in Multi-modal Classifiers: Regularization by Maximizing
Functional Entropies", NeurIPS 2020, arXiv:2010.10802).

    penalty = weight / score
    "entropy":     score = mean over perturbed inputs x' of ||gradient of l by x'||^2 / l
    "variance":    score = mean over perturbed inputs x' of ||gradient of l by x'||^2

where l is the mean cross-entropy of the network's outputs at the perturbed inputs x' = x + std(x) * noise, their target
being softmax(z) at x. The score, a functional Fisher information, bounds the functional entropy (the variance) of the
output from above; a network whose output does not depend on its input pays most.

Args:
    weight: at least 0. The released code's 1e-10. 0 is no penalty.
    kind: "entropy" or "variance".
    samples: perturbed inputs of each input, at least 1. The released code has 10, its README 3. Each costs a forward
        and two backward passes.

The paper has a score for each modality, and the norm of (1/score_1, 1/score_2, ...). Here the whole input is one
modality, so that the norm is 1/score. l is a mean, as in the released code: its gradient by an input is that of the
example's own loss, divided by B * samples, and scores are small by the square of that. The released l is binary
cross-entropy, for answers that may be several; here it is the cross-entropy that goes with softmax. The perturbed
inputs see the network as it is evaluated. std(x) is of each number of the input over the batch; the released code takes
it over the copies, which differs by little. Where the score is as good as zero the penalty is a large constant.

>>> from torch import tensor
>>> slope = tensor([[3.0, 4.0], [0.0, 1.0]])    # squared lengths 25 and 1
>>> score(slope, None), score(slope, tensor(2.0))
(tensor(13.), tensor(6.5000))
"""

from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn
from torch.func import grad_and_value

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch
from runner.parts.methods.draws import normals
from runner.parts.methods.soft import cross_entropy
from runner.parts.models.evaluating import evaluating


class FunctionalEntropy(Regularizer):
    network: Any

    def __init__(
        self,
        network: nn.Module,
        input_shape: tuple[int, ...],
        *,
        weight: Annotated[float, "[0, inf)"],
        kind: Literal["entropy", "variance"],
        samples: Annotated[int, "[1, 10000]"],
    ):
        super().__init__()
        self.network = network
        self.weight = weight
        self.kind = kind
        self.samples = samples
        self.draws = {"functional_entropy_noise": normals(samples, *input_shape)}

    def forward(self, features: Tensor, logits: Tensor, batch: Batch) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        x = batch.x[:, None]
        near = (x + x.std(0) * batch.draws["functional_entropy_noise"]).flatten(0, 1)
        target = logits.softmax(-1).repeat_interleave(self.samples, 0)
        with evaluating(self.network):
            slope, l = grad_and_value(lambda inputs: cross_entropy(self.network(inputs), target).mean())(near)
        return self.weight / score(slope, l if self.kind == "entropy" else None)


def score(slope: Tensor, l: Tensor | None) -> Tensor:
    """mean ||gradient||^2, divided by l unless that is None: slope (M, ...), l () -> ()."""
    squares = slope.flatten(1).square().sum(1).mean()
    found = squares if l is None else squares / l
    return found.clamp(min=torch.finfo(found.dtype).tiny ** 0.5)  # the square of its reciprocal is in the gradient
