"""Which examples of a batch are from which environment, for parts that compare environments."""

from abc import abstractmethod
from collections.abc import Callable
from itertools import combinations

import torch
from torch import Tensor

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch


class OfDomains(Regularizer):
    """A penalty that compares the environments of a batch: weight * penalty.

    An environment without an example in the batch is left out: sampler=domain_balanced gives each its share. What a
    batch of one environment alone has to pay is 0 where environments are compared with each other.

    Args:
        domain: (N,) environment of each training example, given by the runner.
        weight: at least 0.
    Raises:
        ValueError: the data set has no environments.
    """

    compares_environments = True

    domain: Tensor

    def __init__(self, domain: Tensor | None, weight: float):
        super().__init__()
        self.register_buffer("domain", known(domain))
        self.count = int(self.domain.max()) + 1
        self.weight = weight

    def forward(self, features: Tensor, logits: Tensor, batch: Batch) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        return self.weight * self.penalty(features, logits, batch.labels, self.members(batch))

    def members(self, batch: Batch) -> Tensor:
        """(B, E), 1 where an example is from an environment, else 0."""
        return members(self.domain, batch.index, self.count)

    @abstractmethod
    def penalty(self, features: Tensor, logits: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        """features (B, D), logits (B, K), labels (B,), members (B, E) -> ()."""


def known(domain: Tensor | None) -> Tensor:
    """Itself. Raises ValueError where there is none."""
    if domain is None:
        raise ValueError("this data set has no environments; dataset=rotated_digits and colored_mnist have")
    return domain


def two(domain: Tensor | None, like: str) -> Tensor:
    """Itself. Raises ValueError, with what they are to be like, where there is none, or where it has other than two."""
    count = 0 if domain is None else int(domain.max()) + 1
    if domain is None or count != 2:
        raise ValueError(f"asks for two environments, {like}; not {count}")
    return domain


def members(domain: Tensor, index: Tensor, count: int) -> Tensor:
    """(B, E), 1 where the example of a place (B,) is from an environment, else 0, in the default float type.

    >>> members(torch.tensor([1, 0, 1]), torch.tensor([2, 1]), 2)
    tensor([[0., 1.],
            [1., 0.]])
    """
    return (domain[index][:, None] == torch.arange(count, device=index.device)).to(torch.get_default_dtype())


def means(values: Tensor, members: Tensor) -> Tensor:
    """(E, ...) of values (B, ...) the mean of each environment, 0 of one without an example.

    >>> means(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    tensor([2., 5., 0.])
    """
    return torch.tensordot(shares(members, values.dtype), values, ([0], [0]))


def shares(members: Tensor, dtype: torch.dtype) -> Tensor:
    """(B, E), of each environment's examples 1 / their number, else 0."""
    found = members.to(dtype)
    return found / found.sum(0).clamp(min=1)


def mean_of_those_there(values: Tensor, members: Tensor) -> Tensor:
    """() of values (E,), the mean over environments that have an example."""
    there = members.sum(0) > 0
    return values.where(there, 0).sum() / there.sum().clamp(min=1)


def mean_over_pairs(apart: Callable[[int, int], Tensor], members: Tensor, dtype: torch.dtype) -> Tensor:
    """() the mean of apart(e, f) () over pairs e < f of environments that have an example, 0 where there is none.

    >>> both, one = torch.eye(2), torch.tensor([[1.0, 0.0]])
    >>> [mean_over_pairs(lambda e, f: torch.tensor(3.0), those, torch.float32).item() for those in (both, one)]
    [3.0, 0.0]
    """
    there = members.sum(0) > 0
    total, pairs = (torch.zeros((), dtype=dtype, device=members.device) for _ in range(2))
    for e, f in combinations(range(members.shape[1]), 2):
        both = (there[e] & there[f]).to(dtype)
        total, pairs = total + both * apart(e, f), pairs + both
    return total / pairs.clamp(min=1)


def annealed(weight: float, share: float, epoch: int, epochs: int) -> float:
    """The weight in an epoch, counted from 1: at most 1 in the first share of them.

    >>> [annealed(50.0, 0.5, epoch, 4) for epoch in (1, 2, 3, 4)]
    [1.0, 1.0, 50.0, 50.0]
    """
    return min(weight, 1.0) if epoch <= share * epochs else weight
