"""How a model of a language is measured whose law is known: against the truth, exactly, with nothing sampled."""

from typing import NamedTuple

import torch
from torch import Tensor

from runner.contracts.measures import Measures
from runner.parts.measures._known import all_known


class Outcomes(NamedTuple):
    """Attributes: log_q: (S, M, V) log probabilities of the next token."""

    log_q: Tensor

    @property
    def known(self) -> Tensor:
        """(S,) bool, of each seed whether all of its probabilities are."""
        return self.log_q.isfinite().all(2).all(1)


class Rows(NamedTuple):
    """What is true of test examples, which are contexts.

    Attributes:
        weight: (S, M) how often a context comes; sums to 1.
        p: (S, M, V) probabilities of the next token.
    """

    weight: Tensor
    p: Tensor

    def mean(self, values: Tensor) -> Tensor:
        """(S, M) -> (S,), contexts weighed."""
        return (self.weight * values).sum(1)


class Language(Measures):
    """Targets are tokens (S, M), or of test examples a weight and probabilities (S, M, 1 + V), see datasets/bigram.py.

    Metrics are declared in runner/tasks/declared/language.py.
    """

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        return Outcomes(predictions.double().log_softmax(2))

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """nll, minus the log probability of the token; of test examples what is expected by the truth."""
        if targets.dim() == 2:
            return _tokens(seen, targets)
        rows = rows_of(targets)
        return all_known({"nll": -rows.mean((rows.p * seen.log_q).sum(2))}, seen.known)

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """nll, of the tokens that training sees."""
        return _tokens(seen, given)

    def groups(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """Means over contexts, weighed by how often they come: forward_kl, KL(p || q) of the truth p and the model q;
        reverse_kl, KL(q || p) of q normalized over the tokens that p allows, for without that it is infinite; js, the
        divergence of Jensen and Shannon; at_zeros, the mean probability of a token that p has as impossible, nan where
        there is none; entropy_gap, how far the entropy of q is from that of p, both means."""
        rows, log_q = rows_of(targets), seen.log_q
        found = {
            "forward_kl": rows.mean(_kl(rows.p, log_q)).clamp(min=0),
            "reverse_kl": rows.mean(reverse(rows.p, log_q)).clamp(min=0),
            "js": rows.mean(jensen_shannon(rows.p, log_q.exp())).clamp(min=0),
            "at_zeros": at_zeros(rows, log_q.exp()),
            "entropy_gap": rows.mean(_entropy(log_q.exp()) - _entropy(rows.p)).abs(),
        }
        return all_known(found, seen.known)


def rows_of(targets: Tensor) -> Rows:
    """Targets (S, M, 1 + V) -> what they say, normalized in float64."""
    weight, p = targets[..., 0].double(), targets[..., 1:].double()
    return Rows(weight / weight.sum(-1, keepdim=True), p / p.sum(-1, keepdim=True))


def jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
    """Probabilities (..., V) twice -> (...) their divergence, in nats."""
    middle = (p + q) / 2
    return _entropy(middle) - (_entropy(p) + _entropy(q)) / 2


def at_zeros(rows: Rows, q: Tensor) -> Tensor:
    """(S,) the mean of q (S, M, V) over pairs of a context and a token that is impossible there, contexts weighed.

    With equal weights it is avg_0s of the released code of MixCE."""
    zero = (rows.p == 0).double()
    return rows.mean((zero * q).sum(2)) / rows.mean(zero.sum(2))


def reverse(p: Tensor, log_q: Tensor) -> Tensor:
    """(...) KL(q' || p), q' being q normalized over the support of p."""
    log_p = p.log()
    allowed = log_q.masked_fill(p == 0, -torch.inf).log_softmax(-1)
    return (allowed.exp() * (allowed - log_p).where(p > 0, 0.0)).sum(-1)


def _kl(p: Tensor, log_q: Tensor) -> Tensor:
    return (torch.xlogy(p, p) - p * log_q).sum(-1)


def _entropy(p: Tensor) -> Tensor:
    return -torch.xlogy(p, p).sum(-1)


def _tokens(seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
    nll = -seen.log_q.gather(2, targets[..., None])[..., 0].mean(1)
    return all_known({"nll": nll}, seen.known)
