"""All equal inputs and all labels that are probably wrong, as CSV files, and what an example is called there."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from datasets.split import Split
from runner.console.escape import csv_cell
from runner.data.protocol import Prepared
from runner.data_card.findings import Findings
from runner.data_card.kinds import shown
from runner.data_card.kinds.kind import Shown

ERRORS, EQUALS = "label_errors.csv", "duplicates.csv"


def lists(prepared: Prepared, seed_place: int, found: Findings) -> dict[str, str]:
    """{file name: contents}; no file of what is not there."""
    made = {}
    if found.suspects:
        header = ("number", "name", "given", "suggested", "confidence")
        made[ERRORS] = _csv(header, suspected(prepared, seed_place, found))
    if rows := _equals(shown(prepared, seed_place), found):
        made[EQUALS] = _csv(("group", "part", "number", "name", "label"), rows)
    return made


def suspected(prepared: Prepared, seed_place: int, found: Findings) -> list[tuple[str, str, str, str, str]]:
    """A row a suspect: its number and name in the source, its label, the class suggested, how probable that is."""
    classes, numbers = prepared.split.classes, prepared.split.numbers()[0]
    return [
        (
            *_called(prepared.split, numbers, int(prepared.train.place[seed_place, one.place])),
            classes[one.given],
            classes[one.suggested],
            f"{one.confidence:.4f}",
        )
        for one in found.suspects or ()
    ]


def _equals(targets: Shown, found: Findings) -> list[tuple[str, str, str, str, str]]:
    """Equal inputs stand together, in the order of the first of them; a test example has its place in the test part."""
    split, kind = targets.split, found.duplicates.kind
    numbers = split.numbers()[0]
    labels = [*(split.y if split.given is None else split.given), *split.test_y]
    groups: dict[int, list[int]] = {}
    for place in (kind.bincount()[kind] > 1).nonzero()[:, 0].tolist():
        groups.setdefault(int(kind[place]), []).append(place)
    rows = []
    for number, places in enumerate(groups.values()):
        for place in places:
            test = place - len(split.y)
            part, called = ("test", (str(test), "")) if test >= 0 else ("train", _called(split, numbers, place))
            rows.append((str(number), part, *called, targets.text(labels[place])))
    return rows


def _called(split: Split, numbers: Tensor, place: int) -> tuple[str, str]:
    """A training example's number and name in its source; an input that open-set noise put there has neither."""
    if place >= len(numbers):
        return "", ""
    number = int(numbers[place])
    return str(number), (split.source_names or {}).get(number, "")


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return text.getvalue()
