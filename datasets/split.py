"""The examples of one data set, before any label is flipped or any class thinned out."""

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from datasets.targets import UNPREDICTED, check_targets

OF_TRAINING = ("x", "y", "given", "domain", "group", "order", "validation", "copies")  # with a row an example
OF_TEST = ("test_x", "test_y", "test_domain", "truth")
CHUNK = 4096  # examples at a time, for inputs that may lie on a disk


class Column(NamedTuple):
    """A column of a table, and where it is in the inputs made of it.

    Attributes:
        name: its name.
        kind: what it is taken for: number or category.
        first: the first of the inputs' columns that are made of it.
        width: how many these are.
        missing: training examples without a value.
        test_missing: test examples without one.
    """

    name: str
    kind: str
    first: int
    width: int
    missing: int
    test_missing: int


class Split(NamedTuple):
    """Training and test examples, as they are stored.

    Attributes:
        x: (N, ...) training inputs; images are uint8 of shape (N, C, H, W), vectors float32 of shape (N, D).
        y: true targets: (N,) int64 classes in [0, K); (N, D) float32 numbers, in their own unit; or (N, L) float32, 1
            for each label that an example has and 0 for the others. Of mutual information the log density ratio of
            each pair (N, 1), in nats; all nan where nobody knows it.
        test_x: (M, ...) test inputs.
        test_y: (M, ...) true targets.
        classes: K names of classes, or L of labels; none of numbers.
        mean: what the loader subtracts, in units of x; broadcastable to one example.
        std: what it divides by then.
        given: (N,) int64 labels that the data set itself comes with, where annotators or the data set's makers have
            got some wrong; None where they are y.
        source_index: (N,) int64 each training example's number in its source's own order, by which label files refer
            to it; None where that is 0 to N - 1.
        source_size: how many examples the source has, those for testing included if they are of it; None where that is
            N, or where `source_index` are numbers of the source's own that need not be from 0 on.
        source_names: {number: name} of the training examples, where label files may refer to them by name.
        domain: (N,) int64 which environment each training example is from; None where there is one.
        test_domain: (M,) int64 the same of the test examples.
        group: (N,) which group each training example is of: a group is held out whole; None where there are none.
        order: (N,) each training example's rank: the last ones are held out; None where any may be.
        validation: (N,) int64 which part each example is of, -1 for none: parts from 0 on are held out in turn, a seed
            a part, and training never sees them; None where `val_fraction` says what is held out.
        copies: (N,) int64 how often each training example is trained on in an epoch; None where it is once.
        read: what was read, a line a source: how much, what it was taken for, what was left out and why.
        columns: those of a table that inputs are made of, in their order; none of anything else.
        task: what is asked of the data set; runner/tasks/ has one file each.
        whole_classes: are validation examples those of whole classes, which training then does not see?
        truth: (M, D) float32 what is true of each test example where measures look at more than its target, such as
            the probabilities of all classes; they see it in the target's place. None where they look at the target.
        optimum: {metric: the best that any prediction could reach on examples without end}, where that is known.
    """

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor
    classes: tuple[str, ...]
    mean: Tensor
    std: Tensor
    given: Tensor | None = None
    source_index: Tensor | None = None
    source_size: int | None = None
    source_names: Mapping[int, str] | None = None
    domain: Tensor | None = None
    test_domain: Tensor | None = None
    group: Tensor | None = None
    order: Tensor | None = None
    validation: Tensor | None = None
    copies: Tensor | None = None
    read: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    task: str = "classification"
    whole_classes: bool = False
    truth: Tensor | None = None
    optimum: Mapping[str, float] = MappingProxyType({})

    def numbers(self) -> tuple[Tensor, int | None]:
        """source_index and source_size, with what None stands for; None of the size is left where it is not known."""
        if self.source_index is None:
            return torch.arange(len(self.y)), len(self.y)
        return self.source_index, self.source_size

    def checked(self) -> "Split":
        """Itself.

        Raises:
            ValueError: there are no examples, or their targets cannot be: see datasets/targets.py.
        """
        given = self.y if self.given is None else self.given
        parts = {"training": (self.x, self.y), "test": (self.test_x, self.test_y), "given": (self.x, given)}
        for part, (x, targets) in parts.items():
            if not len(targets):
                raise ValueError(f"has no {part} examples")
            if len(x) != len(targets):
                raise ValueError(f"has {len(x)} {part} inputs but {len(targets)} labels")
        check_targets(
            {part: targets for part, (_, targets) in parts.items()}, self.classes, known=self.task not in UNPREDICTED
        )
        return self


def view(split: Split, classes: Sequence[int]) -> Split:
    """Only some classes, numbered anew in the order given: `classes=[3, 5]` is a two-class data set.

    Raises:
        ValueError: fewer than two classes, one twice, one that is not there, labels of the data set's own that leave
            these classes, or a truth that is of all classes.
    """
    if split.truth is not None:
        raise ValueError("what is true of test examples is of all classes; only classes=null can be")
    if len(set(classes)) != len(classes) or len(classes) < 2:
        raise ValueError("must be two or more different classes")
    if not set(classes) <= set(range(len(split.classes))):
        raise ValueError(f"must be within 0 to {len(split.classes) - 1}")
    number = torch.full((len(split.classes),), -1)
    number[list(classes)] = torch.arange(len(classes))
    kept = subset(split, number[split.y] >= 0, number[split.test_y] >= 0)
    given = None if kept.given is None else number[kept.given]
    if given is not None and (given < 0).any():
        raise ValueError("the data set's own labels confuse these classes with others; only classes=null can be")
    names = tuple(split.classes[k] for k in classes)
    return kept._replace(y=number[kept.y], test_y=number[kept.test_y], classes=names, given=given)


def subset(split: Split, train: Tensor, test: Tensor) -> Split:
    """Only some examples, of which the best possible values of metrics are not known.

    Args:
        train: (N,) bool, which training examples.
        test: (M,) bool, which test examples.
    """
    origin, size = split.numbers()
    kept: dict[str, Any] = {}
    for place, names in (train, OF_TRAINING), (test, OF_TEST):
        kept |= {name: None if (values := getattr(split, name)) is None else values[place] for name in names}
    return split._replace(
        **kept,
        source_index=origin[train],
        source_size=size,
        optimum={},
    )


def together(split: Split) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, true targets and numbers of all examples, those for testing last: they are numbered on."""
    number, _ = split.numbers()
    numbers = torch.cat([number, number.max() + 1 + torch.arange(len(split.test_y))])
    return torch.cat([split.x, split.test_x]), torch.cat([split.y, split.test_y]), numbers


def check_images(source: Split) -> None:
    """Raise ValueError for a source that is not of images (N, C, H, W) uint8."""
    shape = tuple(source.x.shape[1:])
    if len(shape) != 3 or source.x.dtype != torch.uint8:
        raise ValueError(f"source: must be of images, such as digits and mnist5k; this one has inputs of shape {shape}")


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel of images (N, C, H, W), each (C, 1, 1) and in units of x.

    A channel that never varies has the deviation 1, so that it can be divided by.

    >>> mean, std = moments(torch.tensor([0, 2], dtype=torch.uint8).view(2, 1, 1, 1))
    >>> mean.item(), std.item()
    (1.0, 1.0)
    """
    total, squares = (torch.zeros(x.shape[1], dtype=torch.float64) for _ in range(2))
    for chunk in x.split(CHUNK):
        values = chunk.double()
        total += values.sum((0, 2, 3))
        squares += values.square().sum((0, 2, 3))
    count = x.numel() / x.shape[1]
    mean = total / count
    std = (squares / count - mean.square()).clamp(min=0).sqrt()
    return mean.float().view(-1, 1, 1), std.where(std > 0, 1.0).float().view(-1, 1, 1)


def fingerprint(*tensors: Tensor) -> str:
    """SHA-256 of shapes, types and contents, in hexadecimal: equal exactly when the data are.

    >>> zeros = fingerprint(torch.zeros(2))
    >>> zeros == fingerprint(torch.zeros(2)), zeros == fingerprint(torch.ones(2))
    (True, False)
    """
    digest = hashlib.sha256()
    for tensor in tensors:
        array = np.ascontiguousarray(tensor.detach().cpu().numpy())
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()
