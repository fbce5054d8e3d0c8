"""Tables of Markdown pages, made anew from stored results: `python -m runner.render README.md docs/results/*.md`.

A page holds the command of each of its tables, and what lies between it and the end is what the command gives:

    <!-- python -m runner.report store=docs/results/data/demo.jsonl rows=loss cols=noise -->
    <!-- end -->
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import split

from runner import barriers, claims, report, repro, variance
from runner.compose.options import NAMES, option, parse
from runner.compose.program import program
from runner.console.errors import ConfigError, nearest, writing
from runner.console.say import complain
from runner.store.files import save
from runner.store.folders import file_at, place_at

MAKERS: dict[str, Callable[[Sequence[str]], str]] = {
    "report": report.markdown,
    "claims": claims.markdown,
    "repro": repro.markdown,
    "variance": variance.markdown,
    "barriers": barriers.markdown,
}
MARKED = re.compile(r"(<!-- python -m runner\.(\w+) (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)
MARK = re.compile(r"^.*<!--\s*(python\w*|end)\b.*$", re.MULTILINE | re.IGNORECASE)
COMMAND, END = re.compile(r"<!-- python -m runner\.\w+ .*? -->"), "<!-- end -->"


@dataclass(frozen=True)
class Options:
    """What can stand beside the names of pages."""

    check: bool = option(False, "nothing is written; says which page is not as its commands have it")


def main(arguments: Sequence[str]) -> None:
    """Render or check the pages. Exit status: 1 if a page is not as it should be."""
    options, pages = parse(Options, arguments, NAMES)
    if not pages:
        raise ConfigError(f"{' '.join(arguments) or 'runner.render'}: of which pages? they are Markdown files")
    for page in pages:
        if not file_at(page):
            raise ConfigError(
                f"{page}: {'is a folder' if place_at(page) else 'does not exist'}; must be a Markdown file"
            )
    made = {file: rendered(file) for file in map(Path, pages)}
    stale = [file for file, (before, after) in made.items() if before != after]
    for file in stale:
        if options.check:
            complain(f"{file}: not what its commands give; python -m runner.render {file}")
        else:
            with writing(str(file)):
                save(file, made[file][1])
    sys.exit(int(bool(stale and options.check)))


def rendered(page: Path) -> tuple[str, str]:
    """A page as it is, and with its tables made anew. Raises ConfigError for a mark or a command that is none."""
    before = page.read_text(encoding="utf-8")
    try:
        _check(before)
        return before, MARKED.sub(lambda m: f"{m[1]}{_made(m[2], m[3])}\n\n{m[4]}", before)
    except ConfigError as error:
        raise ConfigError(f"{page}: {error}") from error


def _check(text: str) -> None:
    """Raise ConfigError where a mark is misspelt or lacks its other half: up to the next, all would be replaced."""
    within = False
    for found in MARK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if not (COMMAND.fullmatch(found[0]) or found[0] == END):
            said = f"a mark is {END} or <!-- python -m runner.report ... -->, on a line of its own"
            raise ConfigError(f"line {line}: {found[0].strip()}: {said}")
        if within == (found[0] != END):
            raise ConfigError(
                f"line {line}: {found[0]}: the mark before it is of the same kind; each table ends with {END}"
            )
        within = not within
    if within:
        raise ConfigError(f"the last table does not end with {END}")


def _made(what: str, arguments: str) -> str:
    if what not in MAKERS:
        raise ConfigError(f"runner.{what}: makes no tables; {nearest(what, MAKERS)}")
    try:
        said = split(arguments)
    except ValueError as error:
        raise ConfigError(f"runner.{what} {arguments}: cannot be read ({error})") from error
    return MAKERS[what](said)


if __name__ == "__main__":
    program(main, Options)
