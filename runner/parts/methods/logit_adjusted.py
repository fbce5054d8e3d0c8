"""Post-hoc logit adjustment (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021, arXiv:2007.07314)."""

from typing import Annotated

from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.log_prior import log_prior
from runner.parts.methods.erm import ERM


class LogitAdjusted(Method):
    """Trained as empirical risk minimisation; predictions subtract tau * log(prior) from the logits.

    With cross-entropy and tau = 1 these logits rank the classes as if all were equally frequent, which balanced
    accuracy asks for. The loss logit_adjustment puts the same correction into training. The prior is that of the given
    training labels; a class without examples counts as having one.

    Args:
        network, loss, regularizer: as in ERM; given by the runner.
        class_counts: (K,) given by the runner.
        tau: at least 0; the paper's 1, or tuned on held-out data. 0 is ERM.
    """

    log_prior: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        class_counts: Tensor,
        *,
        tau: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.tau = tau
        self.register_buffer("log_prior", log_prior(class_counts))

    def forward(self, batch: Batch) -> Tensor:
        return self.erm(batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x) - self.tau * self.log_prior
