"""What an audit says of classes, and of sets of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from runner.data_card.kinds.kind import Record, Rows, Shown, summed


class ShownClasses(Shown):
    """(N,) int64 of K, and labels that may be others."""

    heading = "Classes"
    labelled = "labelled"  # the column of what training is told
    labelled_as = "given label"  # the same on a picture

    def overview(self, rate: float, record: Record) -> Rows:
        train, counts = record["train"], self._counts(record)
        body = [
            [name, *(str(part[k]) for part in counts.values()), *self._told(record, k)]
            for k, name in enumerate(self.split.classes)
        ]
        total = ["all", *summed([*counts.values()]), f"{train['noise_rate']:.1%}", f"(noise={rate:g})"]
        return Rows("", ["class", *counts, "wrong", "mostly taken for"], body, total)

    def _counts(self, record: Record) -> dict[str, Sequence[int]]:
        train, val = record["train"], record["val"]
        return {
            "source": record["source_class_counts"],
            "train": train["class_counts"],
            **({"val": val["class_counts"]} if val["examples"] else {}),
            self.labelled: train["given_counts"],
        }

    def _told(self, record: Record, k: int) -> list[str]:
        train = record["train"]
        return [f"{train['noise_rates'][k]:.1%}", self._mostly(train["transition"], k)]

    def _mostly(self, transition: Sequence[Sequence[float]], k: int) -> str:
        share, other = max((share, self.split.classes[j]) for j, share in enumerate(transition[k]) if j != k)
        return f"{other} {share:.1%}" if share else ""

    def notes(self, record: Record) -> list[str]:
        outside = record["train"].get("outside", 0)
        lines = [f"{outside} training inputs are of no class (open-set noise)"] if outside else []
        return [*lines, *super().notes(record)]

    def size(self, record: Record) -> Rows:
        parts = zip(
            self.parts(record),
            (
                record["source_class_counts"],
                self._test(),
                record["train"]["class_counts"],
                record["val"]["class_counts"],
            ),
            strict=True,
        )
        body = [
            [name, str(sum(counts)), str(max(counts)), str(min(counts)), f"{max(counts) / max(min(counts), 1):.3g}"]
            for name, counts in parts
            if sum(counts)
        ]
        header = ["part", "examples", "largest class", "smallest class", "largest / smallest"]
        return Rows(f"{len(self.split.classes)} classes. {self.inputs()}", header, body)

    def section(self, record: Record) -> Rows:
        train = record["train"]
        counts = (record["source_class_counts"], self._test(), train["class_counts"], train["given_counts"])
        body = [[name, *map(str, own)] for name, *own in zip(self.split.classes, *counts, strict=True)]
        header = ["class", "for training", "for testing", "this seed, true class", f"this seed, {self.called}"]
        return Rows(self._said(record), header, body)

    def _said(self, record: Record) -> str:
        rate = record["train"]["noise_rate"]
        return f"Of this seed's training labels {rate:.1%} are not the true class, as far as that is known."

    def _test(self) -> list[int]:
        return self.split.test_y.bincount(minlength=len(self.split.classes)).tolist()

    def text(self, target: Tensor) -> str:
        return (*self.split.classes, "none of them")[int(target)]  # -1 is an input of no class

    def groups(self) -> list[tuple[str, Tensor]]:
        """By each label."""
        return [(name, (self.train.given == k).nonzero()[:, 0]) for k, name in enumerate(self.split.classes)]


class ShownSets(ShownClasses):
    """Classes (N,) of which training is told sets (N, K)."""

    lacking = "confident learning asks for one label an example, and training is told sets of classes"
    labelled = "in sets"
    labelled_as = "in given sets"

    def overview(self, rate: float, record: Record) -> Rows:
        shown = super().overview(rate, record)
        header = [*shown.header[:-2], "mostly with"]
        total = [*shown.total[:-2], f"{record['train']['candidates']:.3g} a set (noise={rate:g})"]
        return shown._replace(header=header, total=total)

    def _told(self, record: Record, k: int) -> list[str]:
        return [self._mostly(record["train"]["transition"], k)]

    def notes(self, record: Record) -> list[str]:
        return [f"{record['train']['noise_rate']:.1%} of the training sets have more than one class"]

    def section(self, record: Record) -> Rows:
        shown = super().section(record)
        return shown._replace(header=[*shown.header[:-1], "this seed, sets that have it"])

    def groups(self) -> list[tuple[str, Tensor]]:
        """By each true class."""
        return [(name, (self.train.true == k).nonzero()[:, 0]) for k, name in enumerate(self.split.classes)]

    def changed(self) -> Tensor:
        """None: each set has the true class."""
        return torch.zeros(0, dtype=torch.int64)

    def _said(self, record: Record) -> str:
        train = record["train"]
        return (
            f"Training is told sets of {train['candidates']:.3g} classes on average, the true class among them; "
            f"{train['noise_rate']:.1%} of the sets have more than one."
        )
