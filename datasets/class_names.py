"""What classes are called: as written, but for what no one sees, such as a blank at the end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple
from unicodedata import normalize

Alike = Literal["ask", "merge", "keep"]
SHOWN = 20  # classes that are counted one by one


class Names(NamedTuple):
    """Names of classes.

    Attributes:
        name: {a word as written: the class that it names}.
        merged: what was taken for one name, in words; "" if nothing was.
    """

    name: Mapping[str, str]
    merged: str


def plain(word: str) -> str:
    """A word without blanks at its ends, and each letter in one way: Unicode's composed form (NFC).

    >>> plain(" cafe\\u0301 ") == plain("caf\\u00e9")
    True
    """
    return normalize("NFC", word).strip()


def names(words: Iterable[str], alike: Alike, what: str) -> Names:
    """The classes that words name.

    Words that differ in blanks at the ends or in how Unicode writes a letter are one name. Whether those that differ in
    case alone are, is asked; the most frequent of them names the class then.

    Args:
        words: as written, one for each example.
        alike: "ask" refuses words that differ in case alone, "merge" takes them for one name, "keep" for several.
        what: where the words stand, for messages.
    Raises:
        ValueError: there are such words, and alike is "ask".
    """
    written = Counter(words)
    counts: Counter[str] = Counter()
    for word, count in written.items():
        counts[plain(word)] += count
    same: dict[str, list[str]] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        same.setdefault(name.casefold() if alike != "keep" else name, []).append(name)
    several = [group for group in same.values() if len(group) > 1]
    if several and alike == "ask":
        said = " and ".join(f"{name} ({counts[name]})" for name in several[0])
        raise ValueError(
            f"{what} has {said}, which differ in case alone; dataset.alike=merge takes them for one class, "
            f"dataset.alike=keep for {len(several[0])}"
        )
    first = {name: group[0] for group in same.values() for name in group}
    meant = {word: first[plain(word)] for word in written}
    return Names(meant, _merged(meant))


def _merged(name: Mapping[str, str]) -> str:
    others: dict[str, list[str]] = {}
    for word in sorted(name):
        if word != name[word]:
            others.setdefault(name[word], []).append(repr(word))
    return "; ".join(f"{', '.join(words)} taken for {first}" for first, words in others.items())


def counted(counts: Mapping[str, int], what: str = "classes") -> str:
    """Classes, or what else they are called, and how many of each, in their order; of very many, the first ones.

    >>> counted({"cat": 3, "dog": 2})
    '2 classes: cat 3, dog 2'
    """
    shown = ", ".join(f"{name} {count}" for name, count in list(counts.items())[:SHOWN])
    more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    return f"{len(counts)} {what}: {shown}{more}"
