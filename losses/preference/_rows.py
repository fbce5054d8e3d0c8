"""What the row of a preference says, and log probabilities of responses.

A target is a row of numbers, of a context and one comparison of two of its K responses:

    winner, loser, margin, log reference (K), reward (K), seen (K), length (K), log optimum (K)

winner and loser are places in [0, K); margin is how much larger the true reward of the first is; log reference are the
log probabilities of the reference policy; reward is the true one, which a loss of pairs does not look at; seen is 1 for
a response that is in some pair of the context; length is in tokens; log optimum are the log probabilities of the policy
that is best, which no loss looks at.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

HEAD = 3  # numbers of a row before those of each response
BLOCKS = 5  # numbers of each response


class Rows(NamedTuple):
    """Rows (..., 3 + 5 K), taken apart.

    Attributes:
        winner, loser: (...) int64.
        margin: (...).
        reference, reward, seen, length, optimum: (..., K).
    """

    winner: Tensor
    loser: Tensor
    margin: Tensor
    reference: Tensor
    reward: Tensor
    seen: Tensor
    length: Tensor
    optimum: Tensor


class Pairs(NamedTuple):
    """Log probabilities of whole responses, each (B,), and lengths (B,) in tokens."""

    policy_winner: Tensor
    policy_loser: Tensor
    reference_winner: Tensor
    reference_loser: Tensor
    length_winner: Tensor
    length_loser: Tensor
    margin: Tensor

    @property
    def ratios(self) -> tuple[Tensor, Tensor]:
        """(B,) each: log pi/ref of the winner and of the loser."""
        return self.policy_winner - self.reference_winner, self.policy_loser - self.reference_loser

    @property
    def gap(self) -> Tensor:
        """(B,) how much more the policy than the reference prefers the winner: a difference of log ratios."""
        return (self.policy_winner - self.policy_loser) - (self.reference_winner - self.reference_loser)


def rows_of(targets: Tensor) -> Rows:
    """Targets (..., 3 + 5 K) -> what they say."""
    winner, loser, margin = targets[..., :HEAD].unbind(-1)
    each = targets[..., HEAD:].unflatten(-1, (BLOCKS, -1)).unbind(-2)
    return Rows(winner.long(), loser.long(), margin, *each)


def log_policy(predictions: Tensor, reference: Tensor) -> Tensor:
    """(..., K): a network gives what is added to the log probabilities of the reference, before they are normalised, so
    that one that gives 0 is the reference."""
    return F.log_softmax(reference + predictions, -1)


def pairs_of(predictions: Tensor, targets: Tensor) -> Pairs:
    """Predictions (B, K) and rows (B, 3 + 5 K) -> log probabilities of winner and loser."""
    rows = rows_of(targets)
    policy = log_policy(predictions, rows.reference)
    (winner, loser) = (
        [each.gather(-1, place[:, None])[:, 0] for each in (policy, rows.reference, rows.length)]
        for place in (rows.winner, rows.loser)
    )
    return Pairs(winner[0], loser[0], winner[1], loser[1], winner[2], loser[2], rows.margin)


class OfResponses(nn.Module):
    """A loss whose head has a number for each of K responses."""

    @staticmethod
    def outputs(targets: int) -> int:
        """K, of rows of 3 + 5 K numbers. Raises ValueError for another number."""
        if targets <= HEAD or (targets - HEAD) % BLOCKS:
            raise ValueError(f"a row of {targets} numbers is no preference, which has 3 and 5 for each response")
        return (targets - HEAD) // BLOCKS


class OfPairs(OfResponses, ABC):
    """A loss of log probabilities of winner and loser."""

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,) -> losses (B,)."""
        return self.of(pairs_of(predictions, target))

    @abstractmethod
    def of(self, pairs: Pairs) -> Tensor:
        """Pairs, each (B,) -> losses (B,)."""
