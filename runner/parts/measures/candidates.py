"""How predictions of a class are measured where training is told sets of classes."""

import torch
from torch import Tensor

from runner.parts.measures._known import all_known
from runner.parts.measures.classification import Classification, Outcomes


class Candidates(Classification):
    """As Classification; the sets that training sees are (S, M, K) of 1 and 0."""

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        """Of a set, the NLL is minus the logarithm of the probability that it has, and the Brier score nan."""
        if targets.dim() == 2:
            return super().outcomes(predictions, targets)
        seen = super().outcomes(predictions, targets.argmax(2))
        inside = predictions.log_softmax(2).masked_fill(targets == 0, -torch.inf).logsumexp(2)
        return seen._replace(nll=-inside, brier=torch.full_like(seen.brier, torch.nan))

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """accuracy_given, how often the prediction is one of the set, and accuracy_true."""
        inside = given.gather(2, seen.predicted[..., None])[..., 0]
        metrics = {
            "accuracy_given": inside.double().mean(1),
            "accuracy_true": (seen.predicted == true).double().mean(1),
        }
        return all_known(metrics, seen.known)

    def diagnostics(
        self, tested: Outcomes, targets: Tensor, seen: Outcomes, given: Tensor, true: Tensor
    ) -> dict[str, Tensor]:
        """As of Classification; whether an example's set has more than one class parts the losses."""
        mine = given.sum(2) > 1
        return super().diagnostics(tested, targets, seen, true.where(~mine, -1), true)
