"""What a user did wrong, said in one line."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches


class ConfigError(Exception):
    """A request that cannot be met as asked: printed without a traceback, exit status 2, nothing written."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """The hint that follows a wrong name: the closest right one if there is one, then all of them.

    >>> nearest("ploy", ["ce", "poly"])
    'did you mean poly? choices: ce, poly'
    >>> nearest("xyz", ["ce", "poly"])
    'choices: ce, poly'
    """
    choices = sorted(c for c in choices if c != "_target_")
    match = get_close_matches(name, choices, n=1, cutoff=0.5)
    return "".join(f"did you mean {m}? " for m in match) + f"choices: {', '.join(choices) or 'none'}"


@contextmanager
def writing(option: str) -> Iterator[None]:
    """What cannot be written where an option says is refused as one line."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{option}: cannot be written ({error.strerror})") from error


def program(main: Callable[[Sequence[str]], None]) -> None:
    """Run a command line: what cannot be done as asked is one line on stderr and exit status 2."""
    try:
        main(sys.argv[1:])
        sys.stdout.flush()
    except ConfigError as error:
        print(f"seedwise: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
