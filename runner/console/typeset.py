r"""Tables as LaTeX that fits a page: rules of booktabs, heads that span their columns, n once.

A table of more than LONG rows is a longtable, which goes on over pages and needs a document of one column. One that may
be wider than the text is put into \resizebox, which LaTeX uses only where the table is wider than \linewidth; a wide
longtable has smaller letters. Widths are estimated by letters: ROOM of them are the 345 pt of the class article at
10 pt, of 5 pt each.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from runner.console.escape import latex as tex
from runner.console.escape import terminal
from runner.console.table import LABEL, Mark, Table

FITS = ("auto", "plain", "resize", "long")
LONG = 40  # rows
ROOM = 69  # letters
READABLE = 0.5  # of their size, below which letters of 10 pt are hard to read
GAP = 2.4  # letters between columns, 12 pt
SIZES = {r"\normalsize": 1.0, r"\small": 0.9, r"\footnotesize": 0.8, r"\scriptsize": 0.7, r"\tiny": 0.5}
PART = re.compile(r", (?=[^,]*=)")  # between the keys of a column's name: "dataset=digits, noise=0.4"
SEEDS = "(n seeds)"  # in the caption of a table whose entries say how many they are of
N = re.compile(r" \(n=(\d+)\)")
NUMBER = re.compile(r"[-+\[]*\d|-?$|nan|[-+]inf")


def latex(tables: Sequence[Table], fit: str = "auto") -> str:
    """Tables of one document, no two of the same label, below a comment that names the packages they need.

    Args:
        fit: of FITS; "auto" chooses by the size of each table.
    """
    seen: Counter[str] = Counter()
    made = []
    for table in tables:
        seen[table.label] += 1
        made.append("\n".join(_typeset(table, seen[table.label], fit)))
    text = "\n\n".join(made)
    needed = {"graphicx": r"\resizebox", "longtable": r"\begin{longtable}"}
    packages = ["booktabs", *(name for name, command in needed.items() if command in text)]
    return rf"% \usepackage{{{','.join(packages)}}}" + "\n\n" + text


def _typeset(table: Table, number: int, fit: str) -> Iterator[str]:
    """Its lines; the label of the second of its name ends with 2."""
    label = f"{LABEL.sub('-', table.label)}{'' if number == 1 else f'-{number}'}"
    shown, body = _n_once(table)
    heads = [PART.split(name) for name in table.header]
    depth = max(map(len, heads), default=1)
    heads = [[""] * (depth - len(parts)) + parts for parts in heads]
    columns = list(zip(*body, strict=True)) or [()] * len(heads)
    longest = [
        max([len(parts[-1]), *(len(mark.text) for mark in its)]) for parts, its in zip(heads, columns, strict=True)
    ]
    wide = sum(longest) + GAP * len(heads)
    named = [i == 0 or not all(NUMBER.match(mark.text) for mark in its) for i, its in enumerate(columns)]
    letters = "".join("l" if each else "r" for each in named)
    head = list(_head(heads))
    lines = [rf"{' & '.join(_cell(mark) for mark in row)} \\" for row in body]
    caption = rf"\caption{{{tex(shown)}}}"
    if fit == "long" or (fit == "auto" and len(body) > LONG):
        yield from _long(letters, [rf"{caption}\label{{tab:{label}}}\\"], head, lines, wide)
    else:
        resized = fit == "resize" or (fit == "auto" and wide > ROOM)
        yield from [r"\begin{table}", r"\centering", caption, rf"\label{{tab:{label}}}"]
        yield from [r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"] * resized
        yield from [rf"\begin{{tabular}}{{{letters}}}", r"\toprule", *head, r"\midrule", *lines, r"\bottomrule"]
        yield from [r"\end{tabular}" + "}" * resized, r"\end{table}"]
        if resized and wide * READABLE > ROOM:
            yield f"% letters shrink to {ROOM / wide:.0%} of their size: fewer columns (where=, cols=) can be read"
    yield from (f"% {terminal(command)}" for command in table.commands)


def _long(letters: str, title: list[str], head: list[str], lines: list[str], wide: float) -> Iterator[str]:
    """A longtable, in the largest letters in which it is no wider than the text, or the smallest."""
    size = next((name for name, share in SIZES.items() if share * wide <= ROOM), r"\tiny")
    yield from [rf"{{{size}\setlength{{\LTcapwidth}}{{\linewidth}}", rf"\begin{{longtable}}{{{letters}}}"]
    yield from [*title, r"\toprule", *head, r"\midrule", r"\endfirsthead"]
    yield from [r"\toprule", *head, r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot"]
    yield from [*lines, r"\end{longtable}}"]


def _cell(mark: Mark) -> str:
    return rf"\textbf{{{tex(mark.text)}}}" if mark.bold else tex(mark.text)


def _n_once(table: Table) -> tuple[str, Sequence[Sequence[Mark]]]:
    """Caption and body, the number of seeds of most entries in the caption alone."""
    found = Counter(its[1] for row in table.body for mark in row if (its := N.search(mark.text)))
    if SEEDS not in table.caption or not found:
        return table.caption, table.body
    most = found.most_common(1)[0][0]
    body = [[Mark(mark.text.replace(f" (n={most})", ""), mark.bold) for mark in row] for row in table.body]
    others = any("(n=" in mark.text for row in body for mark in row)
    n = f"n={most} seed{'s' * (most != '1')}"
    return table.caption.replace(SEEDS, f"({n}{' where no other n is given' * others})"), body


def _head(heads: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for each key of the columns' names; what neighbours have in common stands once, over all of them.

    Args:
        heads: of each column as many parts, the first of them above.
    """
    depth = len(heads[0]) if heads else 0
    for level in range(depth - 1):
        cells, rules, place = [], [], 1
        for parts, group in groupby(heads, key=lambda parts: parts[: level + 1]):
            span = len(list(group))
            shown = parts[level] and tex(parts[level])
            cells.append(rf"\multicolumn{{{span}}}{{c}}{{{shown}}}" if shown or span > 1 else "")
            rules += [rf"\cmidrule(lr){{{place}-{place + span - 1}}}"] if shown else []
            place += span
        yield rf"{' & '.join(cells)} \\"
        yield " ".join(rules)
    yield rf"{' & '.join(tex(parts[-1]) for parts in heads)} \\"
