"""How a policy is measured that was trained on preferences: against the true reward, exactly, with nothing sampled."""

from typing import NamedTuple

from torch import Tensor

from losses.preference._rows import Rows, log_policy, rows_of
from runner.contracts.measures import Measures
from runner.parts.measures._known import all_known

TIE = 1e-6  # nats, below which two responses were raised alike: predictions are of float32


class Outcomes(NamedTuple):
    """Attributes: log_p: (S, M, K) log probabilities of the policy."""

    log_p: Tensor

    @property
    def known(self) -> Tensor:
        """(S,) bool, of each seed whether all of its probabilities are."""
        return self.log_p.isfinite().all(2).all(1)


class Preference(Measures):
    """Test examples are contexts; see runner/tasks/declared/preference.py."""

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        return Outcomes(log_policy(predictions.double(), rows_of(targets.double()).reference))

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """Means over contexts: reward, the expected one; kl and kl_to_optimum, the divergences of the policy from the
        reference and from the best policy; win_rate, how often its response beats one of the reference, by
        Bradley-Terry of the true reward; order_accuracy, how often log pi/ref has two unlike responses of the reference
        in the order of their rewards, a tie counting as half; entropy; unseen_mass, the probability of responses that
        are in no pair of the context."""
        rows, log_p = rows_of(targets.double()), seen.log_p
        p = log_p.exp()
        found = {
            "reward": (p * rows.reward).sum(2),
            "kl": (p * (log_p - rows.reference)).sum(2).clamp(min=0),
            "kl_to_optimum": (p * (log_p - rows.optimum)).sum(2).clamp(min=0),
            "win_rate": (p[..., None] * rows.reference.exp()[..., None, :] * beats(rows.reward)).sum((2, 3)),
            "order_accuracy": _in_order(log_p - rows.reference, rows),
            "entropy": -(p * log_p).sum(2).clamp(max=0),
            "unseen_mass": (p * (1 - rows.seen)).sum(2),
        }
        return all_known({name: values.mean(1) for name, values in found.items()}, seen.known)

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """accuracy_given and accuracy_true, of how many pairs the policy has raised the winner more than the loser;
        memorised, the same of the given winners of pairs that are the wrong way round, where there are any."""
        right, clean = (_raised(seen.log_p, rows_of(each.double())) for each in (given, true))
        swapped = (given != true).any(2).double()
        found = {"accuracy_given": right.mean(1), "accuracy_true": clean.mean(1)}
        if swapped.any():
            found["memorised"] = (right * swapped).sum(1) / swapped.sum(1)
        return all_known(found, seen.known)


def beats(reward: Tensor) -> Tensor:
    """Rewards (..., K) -> (..., K, K) how probable it is that the first of two responses wins, by Bradley-Terry."""
    return (reward[..., :, None] - reward[..., None, :]).sigmoid()


def _in_order(raised: Tensor, rows: Rows) -> Tensor:
    """(S, M) the share of pairs of unlike responses, as the reference draws them, that are in order."""
    weight = (rows.reference[..., :, None] + rows.reference[..., None, :]).exp()
    told, true = (each[..., :, None] - each[..., None, :] for each in (raised, rows.reward))
    told, true = told.sign() * (told.abs() > TIE), true.sign()
    weight = weight * (true != 0)
    return (weight * (1 + told * true) / 2).sum((2, 3)) / weight.sum((2, 3))


def _raised(log_p: Tensor, rows: Rows) -> Tensor:
    """(S, M) 1 where the policy has raised the winner more than the loser, beside the reference."""
    ratio = log_p - rows.reference
    gap = ratio.gather(2, rows.winner[..., None]) - ratio.gather(2, rows.loser[..., None])
    return (gap[..., 0] > 0).double()
