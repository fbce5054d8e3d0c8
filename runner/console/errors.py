"""What a user did wrong, said in one line."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from datasets.faults import first_line as first_line  # for all of ours
from runner.console.say import complain
from runner.console.synonyms import meant

HELP = {"--help", "-h"}


LONG = 300  # letters of a word, of which no more than the beginning is said


class ConfigError(Exception):
    """A request that cannot be met as asked: printed without a traceback, exit status 2, nothing written.

    >>> str(ConfigError("loss=" + 5000 * "a" + ": there is no such loss"))[55:]
    'aaaaa... (5005 characters): there is no such loss'
    """

    def __init__(self, message: str):
        super().__init__(re.sub(rf"\S{{{LONG},}}", _begun, message))


def _begun(word: re.Match[str]) -> str:
    colon = ":" * word[0].endswith(":")
    return f"{word[0][: LONG // 5]}... ({len(word[0]) - len(colon)} characters){colon}"


def nearest(name: str, choices: Iterable[str], most: int | None = None) -> str:
    """The hint that follows a wrong name: the closest right one if there is one, then all of them, or at `most` so many
    of the closest.

    >>> nearest("ploy", ["ce", "poly"])
    'did you mean poly? choices: ce, poly'
    >>> nearest("cross_entropy", ["ce", "squentropy"])
    'did you mean ce? choices: ce, squentropy'
    >>> nearest("xyz", ["ce", "poly"])
    'choices: ce, poly'
    >>> nearest("xyz", ["ce", "poly", "gce"], most=1)
    'choices: poly and 2 more'
    """
    choices = sorted(c for c in choices if c != "_target_")
    listed = choices if most is None else sorted(get_close_matches(name, choices, n=most, cutoff=0.0))
    more = f" and {left} more" if (left := len(choices) - len(listed)) else ""
    hints = (likely(name, choices), f"choices: {', '.join(listed) or 'none'}{more}")
    return " ".join(filter(None, hints))


def likely(name: str, choices: Iterable[str]) -> str:
    """The hint that follows a wrong name where all right ones are said already, "" where none is close.

    >>> likely("ploy", ["ce", "poly"]), likely("xyz", ["ce", "poly"])
    ('did you mean poly?', '')
    """
    choices = sorted(choices)
    known = meant(name, choices)
    match = [known] if known else get_close_matches(name, choices, n=1, cutoff=0.5)
    return "".join(f"did you mean {m}?" for m in match)


def named(error: BaseException) -> str:
    """The type of an error, and all that it says.

    >>> named(ValueError("a")), named(KeyError())
    ('ValueError: a', 'KeyError')
    """
    kind = type(error).__name__
    try:
        return f"{kind}: {error}".removesuffix(": ")
    except Exception:  # of its __str__
        return kind


@contextmanager
def writing(option: str) -> Iterator[None]:
    """Refuse in one line a file that cannot be written where an option names it."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{option}: cannot be written ({error.strerror or first_line(error)})") from error


@contextmanager
def sized(part: str) -> Iterator[None]:
    """A size that no machine can count, let alone hold, is refused as one line."""
    try:
        yield
    except (RuntimeError, TypeError, OverflowError) as error:
        if "overflow" not in str(error).lower():
            raise
        raise ConfigError(f"{part}: a size is too large for any machine ({first_line(error)})") from error


def tell(errors: Iterable[Exception | str]) -> None:
    """A line on stderr for each, and for those that say the same a line together."""
    for line, count in Counter(map(str, errors)).items():
        complain(line + (f" ({count} times)" if count > 1 else ""))
