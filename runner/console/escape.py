"""Text from outside (names of classes, overrides, paths, causes, tracebacks) made harmless for where it is shown.

One function a kind of output. Each takes any text and gives text that the output takes for nothing but text; what
needs no escape comes back as it was.
"""

import re
import unicodedata
from html import escape
from shlex import join, split
from typing import Any

JOINERS = "\u200c\u200d"  # invisible, and letters of Persian and parts of emoji
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet computes begins with one
SECOND_CELL = re.compile(r"(;\s*)(?=[=+\-@])")  # where a semicolon separates cells
MARKUP = re.compile(
    r"[\\`*<|~$]|^>"  # emphasis, code, HTML, cells, formulas, quotes
    r"|&(?=#?\w+;)"  # entities
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis; not within a word
    r"|\[(?=\^|TOC\])|\](?=[(\[:])"  # links, footnotes, a table of contents
    r"|:(?=//)"  # addresses, which become links by themselves
)
BLOCK = re.compile(r"^(?:[#+\-=:]|\d+(?=[.)]))")  # what begins a heading, a list, a rule
TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "†": r"$^\dagger$", "‡": r"$^\ddagger$",
    "≤": r"$\leq$", "≥": r"$\geq$", "≠": r"$\neq$", "\u00d7": r"$\times$", "\u2212": "$-$", "→": r"$\rightarrow$",
    "\u03b1": r"$\alpha$", "β": r"$\beta$", "\u03b3": r"$\gamma$", "ε": r"$\epsilon$", "λ": r"$\lambda$", "μ": r"$\mu$",
    "π": r"$\pi$", "\u03c3": r"$\sigma$", "τ": r"$\tau$",
    "<": r"$<$", ">": r"$>$", "|": r"$|$", '"': r"\char34{}", "`": r"\textasciigrave{}",
}  # fmt: skip
OURS = ("python", "-m", "runner")
PLAIN = re.compile(r"[\w@%+=:,./ -]*", re.ASCII)  # a command line without quotation marks, or need of them
TEX_FIRST = ("[", "*")  # after a line's end they would be its argument
TEX_MINUS = re.compile(r"(?<![^\s\[(,])-(?=\.?\d)")  # of a number, longer than a hyphen
TEX_LIGATURE = re.compile(r"([-',])(?=\1)")  # two hyphens would be a dash


def terminal(text: object, *, lines: bool = False) -> str:
    r"""For a terminal: without what steers it, turns the direction of letters, or cannot be seen or encoded.

    Args:
        lines: may it have several lines?

    >>> terminal("red \x1b[31m, \u202egpj.exe, caf\u00e9"), terminal("one\ntwo"), terminal("one\ntwo", lines=True)
    ('red \\x1b[31m, \\u202egpj.exe, café', 'one\\ntwo', 'one\ntwo')
    """
    said = str(text)
    if said.isprintable():
        return said
    return "".join(letter if _shown(letter, lines) else _code(letter) for letter in said)


def _shown(letter: str, lines: bool) -> bool:
    kept = letter in JOINERS or (lines and letter == "\n")
    return kept or letter.isprintable() or unicodedata.category(letter) == "Zs"


def _code(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def nested(value: Any) -> Any:
    """Lists, tuples and dicts with every text in them as for a terminal."""
    if isinstance(value, dict):
        return {nested(key): nested(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [nested(part) for part in value]
    return terminal(value) if isinstance(value, str) else value


def csv_cell(value: Any) -> Any:
    """For a spreadsheet: text that it would compute has an apostrophe before it; numbers stay numbers.

    >>> csv_cell("=cmd|' /C calc'!A0"), csv_cell("-0.5"), csv_cell(-0.5), csv_cell("noise=0.4")
    ("'=cmd|' /C calc'!A0", '-0.5', -0.5, 'noise=0.4')
    """
    if not isinstance(value, str):
        return value
    said = SECOND_CELL.sub(r"\1'", terminal(value))
    first = unicodedata.normalize("NFKC", said.lstrip())  # of full width they are computed as well
    return f"'{said}" if first.startswith(FORMULA) and not _is_number(said) else said


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii()


def markdown(text: str) -> str:
    """For a line or a cell of Markdown, with HTML or without: what would be markup is written as an entity.

    >>> markdown("<b>|`x`"), markdown("test/accuracy, nce_rce [+1, +2]")
    ('&#60;b>&#124;&#96;x&#96;', 'test/accuracy, nce_rce [+1, +2]')
    """
    return MARKUP.sub(_entity, terminal(text).strip())


def markdown_paragraph(text: str) -> str:
    """Likewise for a paragraph, which begins no heading and no list."""
    return BLOCK.sub(lambda found: "".join(f"&#{ord(letter)};" for letter in found[0]), markdown(text))


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def latex(text: str) -> str:
    """For LaTeX, also as the first cell of a row; letters of other scripts than Latin need XeLaTeX or LuaLaTeX.

    >>> latex("50% of a_b"), latex("[l1]"), latex("-0.5 --plan")
    ('50\\\\% of a\\\\_b', '{[}l1]', '$-$0.5 -{}-plan')
    """
    said = TEX_MINUS.sub("\u2212", terminal(text).lstrip())
    first = f"{{{said[0]}}}" if said.startswith(TEX_FIRST) else ""
    made = first + "".join(TEX.get(letter, letter) for letter in (said[1:] if first else said))
    return TEX_LIGATURE.sub(r"\1{}", made)


def shell(command: object) -> str:
    """For whoever copies it to a command line: one of our commands, its words quoted; "" for anything else.

    >>> shell("python -m runner 'dataset.root=my photos'"), shell("rm -rf /"), shell(None)
    ("python -m runner 'dataset.root=my photos'", '', '')
    """
    try:
        words = words_of(str(command))
    except ValueError:
        return ""
    return join(words) if tuple(words[:3]) == OURS else ""


def words_of(command: str) -> list[str]:
    """The words of a command line, as shlex has them, which takes half a millisecond where there is nothing to unquote.

    >>> words_of("python -m runner noise=0.2"), words_of("python -m runner 'dataset.root=my photos'")
    (['python', '-m', 'runner', 'noise=0.2'], ['python', '-m', 'runner', 'dataset.root=my photos'])

    Raises:
        ValueError: a quotation mark lacks its other.
    """
    return command.split() if PLAIN.fullmatch(command) else split(command)


def xml(text: str) -> str:
    r"""For HTML and SVG, in elements and attributes.

    >>> xml("<a href='x'>"), xml("a\x00")
    ('&lt;a href=&#x27;x&#x27;&gt;', 'a\\x00')
    """
    return escape(terminal(text))
