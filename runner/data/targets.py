"""What differs between classes, numbers and labels on the way from a data set to what seeds are trained on."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from datasets.split import Split, fingerprint
from datasets.targets import kind_of
from datasets.within_class import rank_within_class
from runner.tasks.families import TASKS


class Targets(ABC):
    """The targets of a data set.

    Attributes:
        task: the name of what is learnt from them.
        asked: how a noise type asks for them.
        mean, scale: (D,) of the training targets in their own unit; None of what is no number.
        predicted: do predictions say what a target is?
    """

    asked: str
    predicted: bool = True
    mean: Tensor | None = None
    scale: Tensor | None = None

    def __init__(self, split: Split):
        self.split = split
        self.task = split.task

    def made(self, targets: Tensor) -> Tensor:
        """Targets (N, ...) as the data set has them -> as losses see them."""
        return targets

    def held(self, true: Tensor, fraction: float, draw: torch.Generator) -> Tensor:
        """(N,) which of N examples are for validation: a random share of them."""
        return torch.rand(len(true), generator=draw).argsort().argsort() < round(fraction * len(true))

    def check_left(self, true: Tensor, fraction: float) -> None:
        """Raise ValueError where too little is left to train with."""
        if not len(true):
            raise ValueError(f"val_fraction={fraction:g} leaves no training example")

    def check_kept(self, true: Tensor, share: float) -> None:  # noqa: B027  # classes alone can lack some
        """Raise ValueError where a selection leaves too little."""

    def sizes(self, true: Tensor) -> Tensor:
        """(K,) or (L,) how many examples have each class or label; (0,) of numbers."""
        return torch.zeros(0, dtype=torch.int64)

    def transition(self, given: Tensor, true: Tensor) -> Tensor:
        """(K, K) the share of each true class (row) that has each given label (column); (0, 0) of what is no class."""
        return torch.zeros(0, 0)

    def wrong(self, given: Tensor, true: Tensor) -> Tensor:
        """(N,) which examples have another target than the true one."""
        return (given != true).flatten(1).any(1) if given.dim() > 1 else given != true

    @abstractmethod
    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """What became of the targets of one seed."""

    def recorded(self, place: Tensor, given: Tensor, true: Tensor) -> dict[str, Any]:
        """The same, with the number of examples, the share of wrong targets and a hash of the given ones."""
        return {
            "examples": len(true),
            **self.realised(given, true),
            "noise_rate": self.wrong(given, true).float().mean().item() if len(true) else 0.0,
            "labels_sha256": fingerprint(place, given),
        }


class Classes(Targets):
    """(N,) int64 of K."""

    asked = "labels"

    def __init__(self, split: Split):
        super().__init__(split)
        self.k = len(split.classes)

    def held(self, true: Tensor, fraction: float, draw: torch.Generator) -> Tensor:
        """A random share of every class."""
        wanted = (fraction * true.bincount().double()).round().long()
        return rank_within_class(true, draw) < wanted[true]

    def check_left(self, true: Tensor, fraction: float) -> None:
        self._check_sizes(true, f"val_fraction={fraction:g}")

    def check_kept(self, true: Tensor, share: float) -> None:
        self._check_sizes(true[true >= 0], f"curation: a selection of {share:.2%} of the examples")

    def _check_sizes(self, true: Tensor, what: str) -> None:
        sizes = self.sizes(true)
        if not sizes.all():
            empty = self.split.classes[int(sizes.argmin())]
            raise ValueError(f"{what} leaves class {empty} without a training example")

    def sizes(self, true: Tensor) -> Tensor:
        return true.bincount(minlength=self.k)

    def transition(self, given: Tensor, true: Tensor) -> Tensor:
        return transition(confusion(given, true, self.k))

    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """Counts of true classes and of labels, share of wrong labels in each class, examples of no class, transition
        matrix."""
        confused = confusion(given, true, self.k)
        shares = transition(confused)
        return {
            "outside": int((true < 0).sum()),
            "class_counts": confused.sum(1).tolist(),
            "given_counts": self.sizes(given).tolist(),
            "noise_rates": (confused.sum(1) > 0).mul(1 - shares.diagonal()).tolist(),
            "transition": shares.tolist(),
        }


class WholeClasses(Classes):
    """Classes (N,), of which training sees some and validation the others."""

    def held(self, true: Tensor, fraction: float, draw: torch.Generator) -> Tensor:
        """All examples of some classes, any of them alike."""
        count = round(fraction * self.k)
        if fraction and not 2 <= count <= self.k - 2:
            raise ValueError(
                f"val_fraction={fraction:g}: holds {count} of {self.k} classes out with task.held_out=classes; at "
                "least two must be for training and two for validation"
            )
        return torch.isin(true, torch.randperm(self.k, generator=draw)[:count])

    def _check_sizes(self, true: Tensor, what: str) -> None:
        """Classes may lack examples."""


class CandidateSets(Classes):
    """Classes (N,) of which training is told sets, (N, K) float32 of 1 and 0, the true class among them."""

    def __init__(self, split: Split):
        super().__init__(split)
        self.task = "candidates"

    def sizes(self, true: Tensor) -> Tensor:
        """Of sets, how many have each class."""
        return super().sizes(true) if true.dim() == 1 else true.sum(0).long()

    def transition(self, given: Tensor, true: Tensor) -> Tensor:
        """(K, K) the share of each true class (row) that has each class (column) among its candidates."""
        members = one_hot(true, self.k).double()
        return ((members.mT @ given.double()) / members.sum(0)[:, None].clamp(min=1)).float()

    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """Counts of true classes and of sets that have each class, mean size of a set, and the transition."""
        if given.dim() == 1:  # validation examples whose classes are told
            return super().realised(given, true)
        return {
            "class_counts": self.sizes(true).tolist(),
            "given_counts": self.sizes(given).tolist(),
            "candidates": given.sum(1).mean().item() if len(given) else 0.0,
            "transition": self.transition(given, true).tolist(),
        }

    def wrong(self, given: Tensor, true: Tensor) -> Tensor:
        """Which examples have a candidate besides the true class."""
        return super().wrong(given, true) if given.dim() == 1 else given.sum(1) > 1


class Numbers(Targets):
    """(N, D) float32; losses see them with mean 0 and deviation 1 in the data set's training part, or as they are where
    the task says so."""

    asked = "targets"

    def __init__(self, split: Split):
        super().__init__(split)
        y = split.y.double()
        self.offset, self.unit = y.mean(0).float(), y.std(0, correction=0).float()
        if not TASKS[split.task].standardised:
            self.offset, self.unit = torch.zeros_like(self.offset), torch.ones_like(self.unit)
        self.mean, self.scale = self.offset, self.unit

    def made(self, targets: Tensor) -> Tensor:
        return (targets - self.offset) / self.unit

    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """Mean and deviation of the true targets, and the root mean square of the change, in the target's own unit;
        nothing of no examples."""
        if not len(true):
            return {}
        own, change = true * self.unit + self.offset, (given - true) * self.unit
        return {
            "target_mean": own.mean(0).tolist(),
            "target_std": own.std(0, correction=0).tolist(),
            "change_rms": change.square().mean(0).sqrt().tolist(),
        }


class Preferences(Numbers):
    """Rows (N, D) of a context and a comparison of two responses each; see losses/preference/_rows.py."""

    asked = "preferences"
    predicted = False

    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """Nothing but the share of pairs that are the wrong way round, which is said of all."""
        return {}


class Densities(Numbers):
    """(N, 1) float32 that training never sees: none can be wrong, and all are nan where nobody knows them."""

    def wrong(self, given: Tensor, true: Tensor) -> Tensor:
        return torch.zeros(len(true), dtype=torch.bool)

    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """Nothing where they are not known."""
        return {} if true.isnan().all() else super().realised(given, true)


class Truths(Densities):
    """Rows (N, D) float32 of what is true, of test examples alone; see datasets/planar.py."""

    predicted = False

    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """Nothing: of training examples they are zeros."""
        return {}


class Labels(Targets):
    """(N, L) float32: 1 is there, 0 is not, -1 is not told."""

    asked = "bits"

    def sizes(self, true: Tensor) -> Tensor:
        return (true == 1).sum(0)

    def realised(self, given: Tensor, true: Tensor) -> dict[str, Any]:
        """How many examples have each label, and are given it, and of how many it is not told."""
        return {
            "class_counts": self.sizes(true).tolist(),
            "given_counts": self.sizes(given).tolist(),
            "unknown_counts": (given < 0).sum(0).tolist(),
        }


WORDS = {
    "class": "whole numbers (N,) of classes",
    "real": "floats (N, D), without names",
    "bits": "floats (N, L), with L names",
}
KINDS: dict[str, Callable[[Split], Targets]] = {"class": Classes, "real": Numbers, "bits": Labels}


def targets_of(split: Split) -> Targets:
    """What a data set's targets are."""
    task = TASKS[split.task]
    if split.whole_classes:
        return WholeClasses(split)
    if task.changed_as == Preferences.asked:
        return Preferences(split)
    if not task.told:
        return Densities(split) if task.paired else Truths(split)
    return KINDS[task.target](split)


def check_task(split: Split, asked: str) -> None:
    """Raise ValueError where a data set is not of the task that is asked of it, or has other targets."""
    if split.task != asked:
        raise ValueError(f"its Split says task={split.task}; it must pass on task={asked}")
    task, kind = TASKS[asked], kind_of(split.y, split.classes)
    if kind != task.target:
        raise ValueError(f"has targets that are {WORDS[kind]}; of task={asked} they must be {WORDS[task.target]}")
    if task.size and split.y.shape[1:] != (task.size,):
        raise ValueError(f"has targets of shape {tuple(split.y.shape)}; of task={asked} they must be (N, {task.size})")


def confusion(given: Tensor, true: Tensor, num_classes: int) -> Tensor:
    """(K, K) how many of N examples of true class i (row) carry label j (column); those of no class apart."""
    cells = (true * num_classes + given)[true >= 0]
    return cells.bincount(minlength=num_classes**2).view(num_classes, num_classes)


def transition(confused: Tensor) -> Tensor:
    """(K, K) the share of each true class that carries each label; a class without examples has a row of zeros."""
    return confused / confused.sum(1, keepdim=True).clamp(min=1)
