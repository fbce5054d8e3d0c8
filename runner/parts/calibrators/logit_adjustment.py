"""Post-hoc logit adjustment (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021, arXiv:2007.07314).

    z -> z - tau * log prior,    prior_k the share of the training examples that have the given label k

With cross-entropy and tau = 1 these logits rank the classes as if all were equally frequent. `method=logit_adjusted`
has the same in all that it predicts; here test/* stays that of the network, and calibrated/* is beside it.
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.calibrator import Calibrator
from runner.parts.log_prior import log_prior


class PostHocLogitAdjustment(Calibrator):
    """Nothing is fitted: the given training labels of a seed say all.

    Args:
        class_counts: (S, K), given by the runner; a class without examples counts as having one.
        tau: at least 0; the paper's 1, or tuned. With 0 predictions stay as they are.

    >>> from torch import tensor, zeros
    >>> PostHocLogitAdjustment(tensor([[3.0, 1.0]]), tau=1.0).calibrated(zeros(1, 1, 2)).softmax(2)
    tensor([[[0.2500, 0.7500]]])
    """

    fits = ("classification",)
    fitted_on = "training"

    def __init__(self, class_counts: Tensor, *, tau: Annotated[float, "[0, inf)"]):
        self.log_prior = log_prior(class_counts)
        self.tau = tau

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Logits (S, M, K)."""
        return predictions - self.tau * self.log_prior[:, None]
