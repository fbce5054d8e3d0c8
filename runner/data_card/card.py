"""The data card of a seed: a page, lists beside it, and some lines for the terminal."""

from collections.abc import Collection, Mapping
from typing import Any

from runner.data.protocol import Prepared
from runner.data_card.findings import Findings
from runner.data_card.lists import lists
from runner.data_card.page import page, told

CARD = "card.md"


def data_card(
    title: str,
    prepared: Prepared,
    seed_place: int,
    record: Mapping[str, Any],
    found: Findings,
    pictures: Collection[str],
) -> dict[str, str]:
    """{file name: contents} of the page and of the lists; see page.py."""
    made = lists(prepared, seed_place, found)
    return made | {CARD: page(title, prepared, seed_place, record, found, {*made, *pictures})}


def summary(found: Findings) -> list[str]:
    """What is worth knowing at once."""
    train, test, both, _ = found.duplicates
    unlike = int(train.unlike.sum() + test.unlike.sum() + both.unlike.sum())
    counts = [int(its.equal.sum()) for its in (train, test, both)]
    equal = "{} in train, {} in test, {} of test that are in train too".format(*counts)
    lines = [f"equal inputs: {equal}" + (f"; {unlike} of these have another {found.called}" if unlike else "")]
    if found.sample is None or found.suspects is None:
        lines.append(f"{found.called}s that are probably wrong were not looked for: {found.lacking}")
    else:
        lines.append(f"labels that are probably wrong: {len(found.suspects)} of {len(found.sample.place)}")
    return [*lines, *filter(None, [told(found)])]
