"""How often a claim was looked at, and with which seeds, as its store remembers.

Whoever looks at an undecided claim, trains more seeds and looks again has one more chance to be wrong each time, so
that every look has its share of the level (runner/statistics/multiple.py). Looks are kept for each question apart:

    <store>/looks/<hash of the question>/1.json     sealed: the question, and the seeds that the first look had
    <store>/looks/<hash of the question>/2.json     the second look, which had others

The same seeds again are no new look. A look is written before it is shown, and only one process can write the file of
a number, so that of two at once one is the second. Who removes the folder counts anew.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runner.compose.identity import digest
from runner.console.errors import ConfigError
from runner.replication.claim import Claim
from runner.replication.evidence import Evidence, from_seed
from runner.store import files
from runner.store.lease import link
from runner.store.seal import DamagedError, sealed, unsealed
from runner.store.shapes import List, Shape, check
from runner.store.store import Store

LOOK = re.compile(r"([1-9][0-9]*)\.json")
SHAPES: Mapping[str, Shape] = {"look": frozenset({int}), "seeds": List(frozenset({int}))}


def counted(each: Evidence[Claim], store: str, first: int) -> Evidence[Claim]:
    """The same, with the number of this look, which the store remembers from now on.

    Args:
        first: the first seed that it is judged by.
    Raises:
        ConfigError: a look is damaged, or the store cannot be written to.
    """
    judged = from_seed(each, first)
    if judged.undecided:
        return each  # nothing is seen
    asked = question(each)
    folder = Path(store, "looks", digest(asked))
    try:
        return replace(each, look=_number(folder, asked, judged.common))
    except DamagedError as error:
        raise ConfigError(
            f"{error}, and says how often this was looked at; without {folder} it is counted anew"
        ) from error
    except OSError as error:
        raise Store(store).refusal(error) from error


def question(each: Evidence[Claim]) -> dict[str, Any]:
    """What is asked, whatever it is called and at whatever level, and of however many seeds."""
    claim = each.asked
    return {
        "arms": [[arm, list(overrides)] for arm, overrides in claim.arms.items()],
        "at": claim.at,
        "diverged": each.diverged,
        "expect": dict(claim.expect),
        "metric": claim.metric,
        "over": "both" if each.examples else "seeds",
        "overrides": [*claim.grid, *claim.scales[each.scale].overrides, *each.universe],
        "tuned": asdict(claim.tuned) if each.tuned and claim.tuned else None,
    }


def _number(folder: Path, asked: Mapping[str, Any], seeds: list[int]) -> int:
    """Of the look with these seeds: of an earlier one where it had the same, or of a new one."""
    while True:
        before = list(_looks(folder))
        if seeds in before:
            return before.index(seeds) + 1
        try:
            _write(folder, {"look": len(before) + 1, "question": asked, "seeds": seeds})
        except FileExistsError:
            continue  # another process was first
        return len(before) + 1


def _looks(folder: Path) -> Iterator[list[int]]:
    """The seeds of each look at a question, in order. Raises DamagedError, which names the file."""
    try:
        last = max((int(look[1]) for name in os.listdir(folder) if (look := LOOK.fullmatch(name))), default=0)  # noqa: PTH208
    except FileNotFoundError:
        return
    for number in range(1, last + 1):
        file = folder / f"{number}.json"
        try:
            kept = unsealed(files.read(file))
            check(kept, SHAPES, due=SHAPES)
            if (kept["look"], digest(kept.get("question", {}))) != (number, folder.name):
                raise DamagedError("is of another look")
        except DamagedError as error:
            raise DamagedError(f"{file}: {error}") from error
        yield kept["seeds"]


def _write(folder: Path, kept: Mapping[str, Any]) -> None:
    """All of a file, or nothing. Raises FileExistsError where a look of this number is there."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=folder) as scratch:
        whole = Path(scratch, "look")
        files.replace(whole, sealed(kept, indent=1))
        link(whole, folder / f"{kept['look']}.json")
