"""How a program beside the runner is started, and what --help answers."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING

from runner.compose.options import declared
from runner.console.errors import HELP, ConfigError
from runner.console.listing import beside
from runner.console.output import printing
from runner.console.say import complain, say

HEADING = "Options, as they are where nothing is said:"


SPINS = "1000"  # turns, some twenty microseconds: longer than Python takes from one kernel to the next


def patient_threads() -> None:
    """Let threads of OpenMP spin for a moment, and then sleep, while they wait for each other, where the user has not
    said what they do.

    By default they spin for milliseconds, and keep a core from the very thread that they wait for where there is other
    work: see docs/speed.md. It is read as torch is imported, and changes no result.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


def program(main: Callable[[Sequence[str]], None], options: type) -> None:
    """Run a command line: what cannot be done as asked is one line on stderr and exit status 2.

    --help is answered by what the module of `main` says of itself, and by its options, a dataclass of
    runner/compose/options.py. What cannot be printed: see runner/console/output.py.
    """
    patient_threads()
    with printing():
        try:
            if HELP & set(sys.argv[1:]):
                about = str(sys.modules[main.__module__].__doc__).strip()
                say("\n".join([about, "", HEADING, *beside(_lines(options))]), lines=True)
            else:
                main(sys.argv[1:])
        except ConfigError as error:
            complain(error)
            sys.exit(2)


def _lines(options: type) -> Iterator[tuple[str, str]]:
    """Each option with its default, what it is and what it may be."""
    for its in declared(options):
        allowed = f": {its.allowed}" * (not (its.is_text or its.is_flag or its.each is str))
        yield its.usage, f"{its.about}{allowed}{'; must be said' * (its.default is MISSING and not its.is_keyed)}"
