"""Texts that begin with a checksum of what follows: who reads one knows whether it is what was written.

This finds accidents and careless edits. It is no signature: who wants to can compute the checksum of something else.

>>> text = sealed({"state": "done"})
>>> unsealed(text.encode())
{'checksum': '886ba622', 'state': 'done'}
>>> unsealed(text.replace("done", "fine").encode())
Traceback (most recent call last):
runner.store.seal.DamagedError: is not what was written
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
DIGITS = 8  # of a checksum
KEYS = re.compile(rb"(?m)^(?=[a-z0-9_]+:)"), re.compile(rb"(?m)^(?=  [a-z0-9_]+:)")  # where the block of each begins
DEEP = 1000  # levels of nesting beyond which none of ours goes, and PyYAML may end the process
JSON = b'{"checksum": "', b'",'  # what stands before a checksum, and after it
YAML = b'checksum: "', b'"\n'
OLDER = re.compile(
    rb'^\{"checksum": "[0-9a-f]+","line": \[[0-9]+, [0-9]+\]', re.MULTILINE
)  # a line before it said of what


class DamagedError(Exception):
    """Something of a store is not what was written there. Says what is wrong with it, and not where it is."""


def checksum(contents: bytes) -> str:
    """CRC-32, in hexadecimal: a fifth of the time of SHA-256, and it sees every change within four bytes."""
    return f"{zlib.crc32(contents):0{DIGITS}x}"


def sealed(kept: Mapping[str, Any], indent: int | None = None) -> str:
    """A mapping as JSON, which begins with the checksum of the rest."""
    return _seal(json.dumps(kept, indent=indent)[1:], JSON)


def unsealed(text: bytes) -> dict[str, Any]:
    """What was sealed, and its checksum. Raises DamagedError."""
    _check(text, JSON)
    return _mapping(json.loads, text)


def sealed_lines(kept: Sequence[Mapping[str, Any]]) -> str:
    """A line for each, sealed, which says which it is of how many, and of which, by a checksum of all of them: none can
    be changed, lost or put in from elsewhere without a word."""
    of, whole = len(kept), checksum(json.dumps(kept).encode())
    return "".join(f"{sealed({'line': [number, of, whole], **each})}\n" for number, each in enumerate(kept, start=1))


def unsealed_lines(text: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, what was sealed) of a text, or of several put one behind the other.

    Lines of an older text say no checksum of all of them (`older`).

    Raises:
        DamagedError: a line is damaged, lacks, or is of another text.

    >>> [each for _, each in unsealed_lines(sealed_lines([{"a": 1}, {"a": 2}]).encode())]
    [{'a': 1}, {'a': 2}]
    """
    place = of = 0
    whole: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            kept = unsealed(line)
            before, many, all_of = (place, of, whole) if place < of else (0, 0, None)
            place, of, *whole = kept.pop("line")
            if all_of not in (None, whole):
                raise DamagedError("was not packed together with the line before it")
            if place != before + 1 or (many and of != many):
                due = f"{before + 1} of {many}" if many and of != many else before + 1
                raise DamagedError(f"is {place} of {of} packed together, where {due} should be")
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedError(f"line {number} does not say which it is") from error
        except DamagedError as error:
            raise DamagedError(f"line {number} {error}") from error
        del kept["checksum"]
        yield number, kept
    if place < of:
        raise DamagedError(f"ends after {place} of {of} lines")


def older(text: bytes) -> bool:
    """Was some of it sealed when lines did not say yet which others they are of?

    >>> older(sealed_lines([{"a": 1}]).encode()), older(sealed({"line": [1, 1], "a": 1}).encode())
    (False, True)
    """
    return bool(OLDER.search(text))


def sealed_yaml(kept: Mapping[str, Any]) -> str:
    """A mapping as YAML, which begins with the checksum of the rest."""
    return _seal(yaml.dump(kept, Dumper=DUMPER, sort_keys=False), YAML)


def unsealed_yaml(text: bytes) -> dict[str, Any]:
    """What was sealed, and its checksum. Raises DamagedError."""
    _check(text, YAML)
    return _mapping(_loaded, text)


def _seal(rest: str, marks: tuple[bytes, bytes]) -> str:
    before, after = (mark.decode() for mark in marks)
    return f"{before}{checksum(rest.encode())}{after}{rest}"


def _check(text: bytes, marks: tuple[bytes, bytes]) -> None:
    before, after = marks
    start = len(before) + DIGITS
    if not text.startswith(before) or text[start : start + len(after)] != after:
        raise DamagedError("has no checksum" if text else "is empty")
    if text[len(before) : start].decode(errors="replace") != checksum(text[start + len(after) :]):
        raise DamagedError("is not what was written")


def _mapping(load: Any, text: bytes) -> dict[str, Any]:
    try:
        return dict(load(text))
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise DamagedError("cannot be read") from error


def _loaded(text: bytes) -> Any:
    indents = max((len(line) - len(line.lstrip(b" -?")) for line in text.splitlines()), default=0)
    if text.count(b"[") + text.count(b"{") + indents > DEEP:
        raise ValueError("nested too deeply")
    try:
        return _by_blocks(text, 0)
    except (ValueError, yaml.YAMLError):
        return yaml.load(text, Loader=LOADER)


def _by_blocks(text: bytes, level: int) -> dict[Any, Any]:
    """A mapping, key by key: cells of a grid have nearly all of their keys in common, and each is parsed once, which
    takes a tenth of the time.

    Raises:
        ValueError, yaml.YAMLError: it cannot be taken apart so.
    """
    before, *blocks = KEYS[level].split(text)
    if before:
        raise ValueError("something stands before the first key")
    found: dict[Any, Any] = {}
    for block in blocks:
        head, end, rest = block.partition(b":\n")
        if level == 0 and rest[:2] == b"  " and b":" not in head:
            found[_parsed(head + end)[0]] = _by_blocks(rest, 1)
        else:
            key, value = _parsed(block)
            found[key] = _copied(value)
    return found


@lru_cache(maxsize=4096)
def _parsed(block: bytes) -> tuple[Any, Any]:
    """The only key of a mapping, and its value. Raises ValueError, yaml.YAMLError where it is no such thing."""
    ((key, value),) = yaml.load(block, Loader=LOADER).items()
    if not isinstance(key, str) or block.lstrip().partition(b":")[0] != key.encode():
        raise ValueError("is no block of one key")
    return key, value


def _copied(value: Any) -> Any:
    """A value of YAML, which nobody else can change."""
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value
