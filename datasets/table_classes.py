"""A column of classes: its different words."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch

from datasets.class_names import counted, names
from datasets.columns import MISSING, words
from datasets.optional import optional
from datasets.table_target import Answers, Target


def classes(
    rows: Mapping[str, Any], asked: Mapping[str, str], target: Target
) -> tuple[tuple[str, ...], dict[str, Answers]]:
    """Names of K classes, and the classes of each file, (N,) int64.

    Args:
        rows: {key of a file: pandas.DataFrame}, that for training first.
        asked: {key of a file: its name}, for messages.
    Raises:
        ValueError: a row has no class, there are too many classes or one, or the second file has others.
    """
    (column,) = target.columns
    key, source = next(iter(asked.items()))
    said = {each: _labelled(rows[each], name, target) for each, name in asked.items()}
    known = names([word for found in said.values() for word in found], target.alike, f"target={column}: {source}")
    found = _classes([known.name[word] for word in said[key]], source, target)
    number = {name: k for k, name in enumerate(found)}
    answers = {}
    for each, kept in said.items():
        own = [known.name[word] for word in kept]
        check_known(own, found, f"{each}={asked[each]}", "class", source)
        counts = Counter(own)
        told = "; ".join(filter(None, (f"{column}: {counted({name: counts[name] for name in found})}", known.merged)))
        answers[each] = Answers(kept.index.tolist(), torch.tensor([number[word] for word in own]), told)
    return found, answers


def check_known(own: Sequence[str], known: Sequence[str], file: str, what: str, source: str) -> None:
    """Raise ValueError where a file has a class or label of which the first one has no example."""
    if new := sorted(set(own) - set(known)):
        raise ValueError(f"{file}: has the {what} {new[0]}, of which {source} has no example")


def in_order(found: Collection[str]) -> tuple[str, ...]:
    """Different names by value if they are numbers, else by the alphabet."""
    values = _values(sorted(found))
    return tuple(
        name for _, name in sorted(zip(sorted(found) if values is None else values, sorted(found), strict=True))
    )


def _values(found: Sequence[str]) -> Any:
    """Names as numbers, None where one is none."""
    values = optional("pandas").to_numeric(optional("pandas").Series(found, dtype=object), errors="coerce")
    return None if values.isna().any() else values


def _labelled(rows: Any, source: str, target: Target) -> Any:
    """The words of the target, without the rows that have no class."""
    (column,) = target.columns
    said = words(rows[column])
    none = ["", *MISSING] if target.unlabelled is None else target.unlabelled
    lacking = said.isin(none)
    if lacking.any() and target.unlabelled is None:
        which = Counter(said[lacking])
        listed = ", ".join(f"'{word}' {count}" for word, count in which.most_common())
        keys = ",".join(f"'{word}'" for word in which)
        raise ValueError(
            f"target={column}: no value in {lacking.sum()} of the {len(said)} rows of {source} ({listed}); "
            f"dataset.unlabelled=[{keys}] leaves them out, dataset.unlabelled=[] takes such words for classes"
        )
    kept = said[~lacking]
    if (kept == "").any():
        raise ValueError(
            f"target={column}: no value in {(kept == '').sum()} of the {len(said)} rows of {source}; "
            "dataset.unlabelled=[''] leaves them out"
        )
    if not len(kept):
        raise ValueError(f"unlabelled={none}: leaves no row of {source}")
    return kept


def _classes(own: Sequence[str], source: str, target: Target) -> tuple[str, ...]:
    """All names in order."""
    (column,) = target.columns
    found = sorted(set(own))
    values = _values(found)
    if len(found) > target.most:
        fractions = values is not None and (values % 1 != 0).any()
        what = "looks continuous, with" if fractions else "has"
        raise ValueError(
            f"target={column}: {what} {len(found)} different {'words' if values is None else 'numbers'} such as "
            f"{found[0]} in the {len(own)} rows of {source}; a classifier needs classes, and "
            f"dataset.most_classes={len(found)} takes them for such"
        )
    if len(found) == 1:
        raise ValueError(
            f"target={column}: all of {source} is of the class {found[0]}; a classifier needs at least two"
        )
    return in_order(found)
