"""What an audit says of labels of which an example may have several."""

from torch import Tensor

from runner.data_card.kinds.kind import Record, Rows, Shown, summed


class ShownLabels(Shown):
    """(N, L) float32: 1 is there, 0 is not, -1 is not told."""

    heading = "Labels"
    lacking = "confident learning asks for one label an example, and examples have several or none"

    def overview(self, rate: float, record: Record) -> Rows:
        train, val = record["train"], record["val"]
        counts = {
            "source": record["source_class_counts"],
            "train": train["class_counts"],
            **({"val": val["class_counts"]} if val["examples"] else {}),
            "given": train["given_counts"],
            "not told": train["unknown_counts"],
        }
        body = [
            [name, *(str(part[k]) for part in counts.values()), f"{share:.1%}"]
            for k, (name, share) in enumerate(zip(self.split.classes, self._wrong(), strict=True))
        ]
        total = ["all", *summed([*counts.values()]), f"(noise={rate:g})"]
        return Rows("", ["label", *counts, "wrong"], body, total)

    def _wrong(self) -> list[float]:
        """Of each label, the share of training examples that are told the opposite."""
        given, true = self.train.given, self.train.true
        shares: list[float] = ((given != true) & (given >= 0)).float().mean(0).tolist()
        return shares

    def notes(self, record: Record) -> list[str]:
        val = record["val"]
        changed = f"{val['noise_rate']:.1%} of the validation examples have a label that is wrong or not told"
        return [changed] if val["examples"] else []

    def size(self, record: Record) -> Rows:
        shown = super().size(record)
        means = {
            name: bits.sum(1).mean().item()
            for name, bits in (
                ("the data set, for training", self.split.y),
                ("the data set, for testing", self.split.test_y),
                ("this seed, for training", self.train.true),
            )
        }
        body = [[*row, f"{means[row[0]]:.3g}" if row[0] in means else ""] for row in shown.body]
        return Rows(f"{len(self.split.classes)} labels. {shown.said}", [*shown.header, "labels an example"], body)

    def section(self, record: Record) -> Rows:
        train = record["train"]
        test = self.split.test_y.sum(0).int().tolist()
        counts = (record["source_class_counts"], test, train["class_counts"], train["given_counts"])
        rows = zip(self.split.classes, *counts, train["unknown_counts"], self._wrong(), strict=True)
        body = [[name, *map(str, own), f"{wrong:.1%}"] for name, *own, wrong in rows]
        header = ["label", "for training", "for testing", "this seed, true", "this seed, given"]
        none = int((self.train.true == 0).all(1).sum())
        said = (
            f"Of this seed's training examples {train['noise_rate']:.1%} have a label that is wrong or not told, as "
            f"far as that is known; {none} have no label."
        )
        return Rows(said, [*header, "this seed, not told", "this seed, wrong"], body)

    def text(self, target: Tensor) -> str:
        there = [name for name, bit in zip(self.split.classes, target.tolist(), strict=True) if bit == 1]
        untold = int((target < 0).sum())
        return ("|".join(there) or "none") + (f", {untold} not told" if untold else "")

    def groups(self) -> list[tuple[str, Tensor]]:
        """By each label that they are told to have."""
        return [
            (name, (bits == 1).nonzero()[:, 0])
            for name, bits in zip(self.split.classes, self.train.given.T, strict=True)
        ]
