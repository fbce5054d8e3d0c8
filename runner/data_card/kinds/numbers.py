"""What an audit says of numbers."""

import torch
from torch import Tensor

from runner.data_card.kinds.kind import Record, Rows, Shown

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FIFTHS = 5


class ShownNumbers(Shown):
    """(N, D) float32, in their own unit."""

    heading = "Targets"
    lacking = "confident learning asks for classes, and targets are numbers"
    called = "target"

    def overview(self, rate: float, record: Record) -> Rows:
        header = ["target", "train", "mean", "deviation", "lowest", "median", "highest", "changed", "by (RMS)"]
        given, true = self.own(self.train.given), self.own(self.train.true)
        changed, size = (given != true).float().mean(0), _rms(given - true)
        body = []
        for k, name in enumerate(names(true)):
            numbers = true[:, k]
            around = (numbers.mean(), numbers.std(correction=0), numbers.min(), numbers.median(), numbers.max())
            shown = [*map(_number, around), f"{changed[k]:.1%}", _number(size[k])]
            body.append([name, str(len(numbers)), *shown])
        return Rows("", header, body, ["all", *[""] * 6, f"{record['train']['noise_rate']:.1%}", f"(noise={rate:g})"])

    def notes(self, record: Record) -> list[str]:
        val = record["val"]
        return [f"{val['noise_rate']:.1%} of the validation targets are changed"] if val["examples"] else []

    def section(self, record: Record) -> Rows:
        header = ["target", "of", "count", "mean", "deviation", "lowest"]
        header += [f"{level:.0%}" for level in QUANTILES] + ["highest"]
        parts = {
            "the data set, for training": self.split.y,
            "the data set, for testing": self.split.test_y,
            "this seed, true": self.own(self.train.true),
            "this seed, given": self.own(self.train.given),
        }
        body = [
            [name, part, *_described(numbers[:, k])]
            for k, name in enumerate(names(self.split.y))
            for part, numbers in parts.items()
        ]
        size = ", ".join(map(_number, _rms(self.own(self.train.given) - self.own(self.train.true))))
        rate = record["train"]["noise_rate"]
        said = (
            f"In the targets' own unit. Of this seed's training examples {rate:.1%} are given another target than the "
            f"true one, as far as that is known; the root mean square of the change, over all examples, is {size}."
        )
        return Rows(said, header, body)

    def own(self, targets: Tensor) -> Tensor:
        """(N, D) as they are prepared -> in their own unit."""
        mean, scale = self.prepared.targets.mean, self.prepared.targets.scale
        return targets if mean is None or scale is None else targets * scale + mean

    def told(self, place: int) -> tuple[str, str]:
        return self.text(self.own(self.train.given[place])), self.text(self.own(self.train.true[place]))

    def groups(self) -> list[tuple[str, Tensor]]:
        """Fifths, by the first given target."""
        first = self.own(self.train.given)[:, 0]
        parts = [part for part in first.argsort().tensor_split(FIFTHS) if len(part)]
        return [(f"{first[part[0]]:.3g} to {first[part[-1]]:.3g}", part) for part in parts]

    def text(self, target: Tensor) -> str:
        return ", ".join(f"{number:.4g}" for number in target.tolist())


def names(numbers: Tensor) -> list[str]:
    """Of the D targets."""
    d = numbers.shape[1]
    return ["target"] if d == 1 else [f"target {k}" for k in range(d)]


def _described(numbers: Tensor) -> list[str]:
    levels = torch.quantile(numbers.double(), torch.tensor(QUANTILES, dtype=torch.float64))
    found = (numbers.mean(), numbers.std(correction=0), numbers.min(), *levels, numbers.max())
    return [str(len(numbers)), *map(_number, found)]


def _rms(change: Tensor) -> Tensor:
    return change.square().mean(0).sqrt()


def _number(value: Tensor) -> str:
    return f"{float(value):.4g}"
