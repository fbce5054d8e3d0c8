"""How predictions of a class differ between the environments, or groups of people, that examples are from."""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from runner.parts.measures._binned import calibration_error
from runner.tasks.bins import MOST_ENVIRONMENTS


def worst_environments(predicted: Tensor, labels: Tensor, domain: Tensor) -> dict[str, Tensor]:
    """{metric: (S,)}: worst_domain_accuracy, the lowest accuracy among environments; worst_group_accuracy, the lowest
    among groups of one class in one environment, those without an example left out (Sagawa et al., "Distributionally
    Robust Neural Networks for Group Shifts", ICLR 2020).

    Args:
        predicted, labels, domain: (S, M) classes, classes and environments.
    """
    right, environment = (predicted == labels).double(), one_hot(domain).double()
    group = environment[..., None] * one_hot(labels)[..., None, :]
    return {
        "worst_domain_accuracy": _lowest(*_shares(right, environment)),
        "worst_group_accuracy": _lowest(*_shares(right, group.flatten(2))),
    }


def in_each(predicted: Tensor, labels: Tensor, domain: Tensor) -> dict[str, Tensor]:
    """{metric: (S,)}: accuracy_in_0 and so on, the accuracy in each environment by its number; nan for a seed that has
    no example of it, and none beyond the first MOST_ENVIRONMENTS.

    Args:
        predicted, labels, domain: (S, M).
    """
    of_each = accuracies(predicted, labels, domain).T[:MOST_ENVIRONMENTS]
    return {f"accuracy_in_{k}": values for k, values in enumerate(of_each)}


def accuracies(predicted: Tensor, labels: Tensor, domain: Tensor) -> Tensor:
    """(S, E) the accuracy in each environment, nan where it has no example, of predicted, labels, domain (S, M)."""
    found, there = _shares((predicted == labels).double(), one_hot(domain).double())
    return found.where(there, torch.nan)


def gaps(predicted: Tensor, confidence: Tensor, labels: Tensor, domain: Tensor, num_classes: int) -> dict[str, Tensor]:
    """{metric: (S,)}, each the largest difference between two environments, which is 0 where all are treated alike.

    accuracy_gap, of the accuracy; rate_gap, of the share that is said to be of a class, the largest over classes
    (demographic parity); odds_gap, the same among the examples of one true class, the largest over these, too
    (equalised odds: Hardt, Price and Srebro, "Equality of Opportunity in Supervised Learning", NeurIPS 2016);
    ece_gap, of the expected calibration error over 15 bins. Of two classes rate_gap and odds_gap are fairlearn's
    demographic_parity_difference and equalized_odds_difference. An environment without an example of a true class does
    not count for it.

    Args:
        predicted, confidence, labels, domain: (S, M).
        num_classes: K.
    """
    environment, said = one_hot(domain).double(), one_hot(predicted, num_classes).double()
    of_class = one_hot(labels, num_classes).double()
    accuracy = _shares((predicted == labels).double(), environment)
    rates = [_spread(*_shares(said[..., k], environment)) for k in range(num_classes)]
    odds = [
        _spread(*_shares(said[..., k], environment * of_class[..., y, None]))
        for k in range(num_classes)
        for y in range(num_classes)
    ]
    return {
        "accuracy_gap": _spread(*accuracy),
        "rate_gap": torch.stack(rates).amax(0),
        "odds_gap": torch.stack(odds).amax(0),
        "ece_gap": _spread(*_errors(confidence, predicted == labels, domain)),
    }


def _shares(hits: Tensor, members: Tensor) -> tuple[Tensor, Tensor]:
    """(S, G) the mean of hits (S, M) in each group, from members (S, M, G) of 0 and 1, and whether it has any."""
    size = members.sum(1)
    return torch.einsum("sm,smg->sg", hits, members) / size.clamp(min=1), size > 0


def _errors(confidence: Tensor, right: Tensor, domain: Tensor) -> tuple[Tensor, Tensor]:
    """(S, E) calibration error in each environment, and whether it has an example of each seed."""
    found, there = [], []
    for k in range(int(domain.max()) + 1):
        of_seed = [
            calibration_error(confidence[s, domain[s] == k][None], right[s, domain[s] == k][None])[0]
            for s in range(len(domain))
        ]
        found.append(torch.stack(of_seed).nan_to_num())
        there.append((domain == k).any(1))
    return torch.stack(found, 1), torch.stack(there, 1)


def _lowest(values: Tensor, there: Tensor) -> Tensor:
    return values.masked_fill(~there, torch.inf).amin(1)


def _spread(values: Tensor, there: Tensor) -> Tensor:
    """(S,) largest less smallest of those that are there."""
    return (values.masked_fill(~there, -torch.inf).amax(1) - _lowest(values, there)).clamp(min=0)
