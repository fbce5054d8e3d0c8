"""Tables of Markdown pages, made anew from stored results: `python -m runner.renew README.md docs/results/*.md`.

A page holds the command of each of its tables, and what lies between it and the end is what the command gives:

    <!-- python -m runner.report store=docs/results/data/demo.jsonl rows=loss cols=noise -->
    <!-- end -->

check=true    nothing is written; says which page is not as its commands have it
"""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import split

from runner import claims, report, repro
from runner.errors import ConfigError, nearest, program

MAKERS: dict[str, Callable[[Sequence[str]], str]] = {
    "report": report.markdown,
    "claims": claims.markdown,
    "repro": repro.markdown,
}
MARKED = re.compile(r"(<!-- python -m runner\.(\w+) (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str]) -> None:
    """Renew or check the pages. Exit status: 1 if a page is not as it should be."""
    check_only = "check=true" in arguments
    pages = [argument for argument in arguments if argument != "check=true"]
    for option in pages:
        if "=" in option or not Path(option).is_file():
            raise ConfigError(f"{option}: must be a Markdown file, or check=true")
    stale = [page for page in pages if not renew(Path(page), check_only=check_only)]
    for page in stale:
        print(f"seedwise: {page}: not what its commands give; python -m runner.renew {page}", file=sys.stderr)
    sys.exit(int(bool(stale)))


def renew(page: Path, *, check_only: bool = False) -> bool:
    """Make the tables of a page anew; was it, where it is only checked, as it should be?"""
    before = page.read_text(encoding="utf-8")
    after = MARKED.sub(lambda m: f"{m[1]}{_made(m[2], m[3])}\n\n{m[4]}", before)
    if check_only:
        return after == before
    page.write_text(after, encoding="utf-8")
    return True


def _made(what: str, arguments: str) -> str:
    if what not in MAKERS:
        raise ConfigError(f"runner.{what}: makes no tables; {nearest(what, MAKERS)}")
    return MAKERS[what](split(arguments))


if __name__ == "__main__":
    program(main)
