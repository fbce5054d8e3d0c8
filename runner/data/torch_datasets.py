"""The same noise and imbalance for data sets of torch and torchvision, in code that is not the runner's.

    train = NoisyLabels(Imbalanced(CIFAR10("data"), ratio=100), noise_type="asymmetric", rate=0.4, seed=3)

has the examples and labels of `imbalance=100 noise_type=asymmetric noise=0.4 seed=3`: thinned out first, then flipped.
"""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor
from torch.utils.data import Dataset, Subset, TensorDataset

from datasets.noise_types.open_set import replacements
from runner.console.errors import ConfigError, nearest
from runner.console.say import note
from runner.data.protocol import call
from runner.data.streams import generator
from runner.nodes.build import bind

CONF = Path(__file__).resolve().parents[2] / "conf"


class _Relabelled(Dataset[Any]):
    """A map-style data set, and what was done to it.

    Attributes:
        dataset: what is wrapped.
        true: (N,) int64 classes of its examples, before any was flipped; -1 for an input of none of them.
        given: (N,) int64 labels that items have.
        index: (N,) int64 each example's place in the innermost data set.
        size: how many examples that has.
        steps: in words, what was done, innermost first.
    """

    def __init__(self, dataset: Any):
        self.dataset = dataset
        self.given = labels_of(dataset)
        self.true, self.index, self.size = self.given, torch.arange(len(self.given)), len(self.given)
        self.steps: tuple[str, ...] = ()
        if isinstance(dataset, _Relabelled):
            self.true, self.index, self.size, self.steps = dataset.true, dataset.index, dataset.size, dataset.steps
        inner = dataset
        while isinstance(inner, Subset):
            inner = inner.dataset
        self.classes = tuple(str(k) for k in getattr(inner, "classes", range(int(self.given.max()) + 1)))

    @property
    def transition(self) -> Tensor:
        """(K, K) the share of each true class (row) that carries each label (column)."""
        k = len(self.classes)
        counts = (self.true * k + self.given)[self.true >= 0].bincount(minlength=k * k).view(k, k)
        return counts / counts.sum(1, keepdim=True).clamp(min=1)

    def __len__(self) -> int:
        return len(self.given)

    def __repr__(self) -> str:
        wrong = (self.given != self.true).double().mean().item()
        return f"{type(self).__name__}: {' -> '.join(self.steps)}; {len(self)} examples, {wrong:.1%} of labels wrong"


class NoisyLabels(_Relabelled):
    """A data set with some labels flipped, as the runner flips those of a seed.

    Args:
        dataset: map-style, with items (input, label, ...); its labels are flipped as they are found.
        noise_type: a file of conf/noise_type, whose numbers hold unless `arguments` change them.
        rate: in [0, 1].
        seed: the runner's, or its noise_seed.
        data_root: where a file that the noise type names is looked for.
        arguments: of the noise type; of open_set, `source` is a map-style data set, whose inputs come in as they are.
    Raises:
        ConfigError: there is no such noise type, or an argument of it is wrong.
        ValueError, FileNotFoundError: it cannot be as asked.
    """

    def __init__(
        self,
        dataset: Any,
        *,
        noise_type: str = "symmetric",
        rate: float,
        seed: int = 0,
        data_root: str = ".",
        **arguments: Any,
    ):
        super().__init__(dataset)
        self.source = arguments.pop("source", None)
        stream = generator("noise", seed)
        if noise_type == "open_set":
            self.outside = replacements(len(self.given), len(self.source), rate, stream)
            self.true = self.true.masked_fill(self.outside >= 0, -1)
        else:
            self.outside = torch.full_like(self.given, -1)
            self.given = self._flipped(noise_type, rate, stream, data_root, arguments)
        self.steps = (*self.steps, f"{noise_type} noise {rate:g}, seed {seed}")

    def _flipped(
        self, noise_type: str, rate: float, stream: torch.Generator, data_root: str, arguments: dict[str, Any]
    ) -> Tensor:
        flip = bind("noise_type", _node("noise_type", noise_type, arguments), data_root=data_root)
        offered: dict[str, Any] = {"num_classes": len(self.classes), "classes": self.classes, "generator": stream}
        if "x" in inspect.signature(flip).parameters:
            offered |= {"x": _inputs_of(self.dataset), "mean": torch.zeros(1), "std": torch.ones(1)}
        numbers = {"source_index": self.index, "source_size": self.size, "source_names": None, "tell": note}
        return call(flip, labels=self.given, rate=rate, **numbers, **offered)

    def __getitem__(self, place: int) -> tuple[Any, ...]:
        x, _, *rest = self.dataset[place]
        if self.outside[place] >= 0:
            x = self.source[int(self.outside[place])][0]
        return (x, int(self.given[place]), *rest)


class Imbalanced(_Relabelled):
    """A data set with some classes thinned out, as the runner does it for a seed.

    Around NoisyLabels, true classes are thinned out, after the flips: another protocol than the runner's.

    Args:
        dataset: map-style, with items (input, label, ...).
        imbalance_type: a file of conf/imbalance_type, whose numbers hold unless `arguments` change them.
        ratio: the largest class over the smallest, at least 1.
        seed: the runner's.
        arguments: of the imbalance type.
    Raises:
        ConfigError: there is no such imbalance type.
        ValueError: it cannot be as asked.
    """

    def __init__(
        self, dataset: Any, *, imbalance_type: str = "exponential", ratio: float = 1.0, seed: int = 0, **arguments: Any
    ):
        super().__init__(dataset)
        make = bind("imbalance_type", _node("imbalance_type", imbalance_type, arguments))
        stream = generator("imbalance", seed)
        self.kept = make(labels=self.true, num_classes=len(self.classes), ratio=ratio, generator=stream)
        self.true, self.given, self.index = (t[self.kept] for t in (self.true, self.given, self.index))
        self.steps = (*self.steps, f"{imbalance_type} imbalance {ratio:g}, seed {seed}")

    def __getitem__(self, place: int) -> Any:
        return self.dataset[int(self.kept[place])]


def labels_of(dataset: Any) -> Tensor:
    """(N,) int64 labels of a map-style data set: from where torch and torchvision keep them, or item by item."""
    if isinstance(dataset, _Relabelled):
        return dataset.given
    if isinstance(dataset, Subset):
        return labels_of(dataset.dataset)[torch.as_tensor(dataset.indices)]
    if isinstance(dataset, TensorDataset):
        return dataset.tensors[1].long()
    if getattr(dataset, "target_transform", None) is None:
        for name in ("targets", "labels"):
            if hasattr(dataset, name):
                return torch.as_tensor(np.asarray(getattr(dataset, name))).long()
    return torch.tensor([int(dataset[i][1]) for i in range(len(dataset))])


def _inputs_of(dataset: Any) -> Tensor:
    """(N, ...) inputs, item by item."""
    return torch.stack([torch.as_tensor(np.asarray(dataset[i][0])) for i in range(len(dataset))])


def _node(group: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    files = {file.stem: file for file in (CONF / group).glob("*.yaml")}
    if name not in files:
        raise ConfigError(f"{group}={name}: {nearest(name, files)}")
    return dict(yaml.safe_load(files[name].read_text(encoding="utf-8"))) | arguments
