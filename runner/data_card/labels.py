"""Class sizes and wrong labels of a seed, for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table


def class_table(title: str, rate: float, classes: Sequence[str], record: Mapping[str, Any]) -> Table:
    """Each class with its sizes, how many of its labels are wrong, and what most of these say; then all together."""
    train, val = record["train"], record["val"]
    counts = {
        "source": record["source_class_counts"],
        "train": train["class_counts"],
        "val": val["class_counts"],
        "labelled": train["given_counts"],
    }
    if not val["examples"]:
        del counts["val"]
    table = Table("class", title=title, title_justify="left", title_style="bold")
    for name in (*counts, "wrong"):
        table.add_column(name, justify="right")
    table.add_column("mostly taken for")
    for k, (name, row) in enumerate(zip(classes, train["transition"], strict=True)):
        share, other = max((share, classes[j]) for j, share in enumerate(row) if j != k)
        mostly = f"{other} {share:.1%}" if share else ""
        table.add_row(name, *(str(part[k]) for part in counts.values()), f"{train['noise_rates'][k]:.1%}", mostly)
    table.add_section()
    sums = (str(sum(part)) for part in counts.values())
    table.add_row("all", *sums, f"{train['noise_rate']:.1%}", f"(noise={rate:g})")
    return table


def summary(record: Mapping[str, Any]) -> str:
    """What is worth knowing of the labels at once, a line each."""
    train = record["train"]
    lines = [f"{train['outside']} training inputs are of no class (open-set noise)"] if train["outside"] else []
    if record["val"]["examples"]:
        lines.append(f"{record['val']['noise_rate']:.1%} of the validation labels are wrong")
    hashes = f"data {record['data_sha256'][:16]}, training labels {train['labels_sha256'][:16]} (SHA-256)"
    return "\n".join([*lines, hashes])
