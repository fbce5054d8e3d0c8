"""The data card as a page of Markdown."""

from collections.abc import Collection, Sequence

from runner.console.escape import markdown, markdown_paragraph
from runner.console.table import Mark, Table
from runner.data.protocol import Prepared
from runner.data_card.baseline import FOLDS, MOST
from runner.data_card.findings import Findings
from runner.data_card.kinds import shown
from runner.data_card.kinds.kind import Record, Rows, Shown
from runner.data_card.lists import EQUALS, ERRORS, suspected

SHOWN = 50  # suspects
UNKNOWN = (
    "Why these data were collected, by whom, of whom and with whose consent, under which licence they may be used, and "
    "what they must not be used for: say it beside this page."
)
PICTURES = {
    "classes.svg": "Sizes of the classes",
    "targets.svg": "How the targets are spread, true and given",
    "labels.svg": "How many examples have each label",
    "together.svg": "Which labels occur together",
    "examples.png": "Training examples, by their given targets",
    "transition.svg": "Which classes carry which labels",
    "flipped.png": "Training examples with wrong targets",
}


def page(
    title: str,
    prepared: Prepared,
    seed_place: int,
    record: Record,
    found: Findings,
    files: Collection[str],
) -> str:
    """The card.

    Args:
        title: the overrides and the seed.
        record: of the audit.
        files: names of pictures and lists that lie beside it.
    """
    targets = shown(prepared, seed_place)
    sections = {
        f"Data card: {title}": f"Data {record['data_sha256']} (SHA-256).",
        "What was read": _read(prepared.read),
        "Size": _rows(targets.size(record)),
        targets.heading: _targets(targets, record, files),
        "Columns": _columns(prepared, found),
        "Equal inputs": _equal(found, files, targets.called),
        f"{targets.called.capitalize()}s that are probably wrong": _suspects(prepared, seed_place, found),
        "What no program can say": UNKNOWN,
    }
    first, *rest = ((markdown(name), text) for name, text in sections.items() if text)
    return "\n\n".join(["# {}\n\n{}".format(*first), *(f"## {name}\n\n{text}" for name, text in rest)]) + "\n"


def _read(lines: Sequence[str]) -> str:
    return "\n".join(f"- {markdown_paragraph(line)}" for line in lines)


def _targets(targets: Shown, record: Record, files: Collection[str]) -> str:
    pictures = [file for file in PICTURES if file in files]
    if not record["train"]["noise_rate"]:
        pictures = [file for file in pictures if file != "transition.svg"]
    return "\n\n".join([_rows(targets.section(record)), *(f"![{PICTURES[file]}]({file})" for file in pictures)])


def _columns(prepared: Prepared, found: Findings) -> str:
    """Of a table."""
    columns = prepared.split.columns
    if not columns:
        return ""
    header = ["column", "taken for", "missing in training", "missing in testing", "tells alone"]
    scores = [f"{score:.3f}" for score in found.alone] or [""] * len(columns)
    rows = [
        [column.name, column.kind, str(column.missing), str(column.test_missing), score]
        for column, score in zip(columns, scores, strict=True)
    ]
    if found.sample is None:
        return _table(f"What columns tell was not looked at: {found.lacking}.", header[:-1], [row[:-1] for row in rows])
    said = (
        f"What a column tells alone is how far the balanced accuracy of a small tree on it lies from chance (0) to 1, "
        f"in {FOLDS} folds of the training part. Logistic regression on all columns has {found.whole:.3f}."
    )
    return "\n\n".join([_table(said, header, rows), *filter(None, [markdown_paragraph(told(found))])])


def told(found: Findings) -> str:
    """Which columns may be the answer; "" where there are none."""
    if not found.telling:
        return ""
    names = ", ".join(found.telling)
    return (
        f"Alone nearly as telling as all columns: {names}. What is known only once the class is known is no feature: "
        "dataset.drop=[...] leaves it out."
    )


def _equal(found: Findings, files: Collection[str], called: str) -> str:
    train, test, both, _ = found.duplicates
    parts = {
        "training examples that equal others of them": train,
        "test examples that equal others of them": test,
        "test examples that equal training examples": both,
    }
    rows = [[name, str(int(its.equal.sum())), str(int(its.unlike.sum()))] for name, its in parts.items()]
    said = "Examples of the data set whose inputs are the same to the last byte, as a network sees them."
    table = _table(said, ["which", "examples", f"with another {called}"], rows)
    return f"{table}\n\n[{EQUALS}]({EQUALS}) has all of them." if EQUALS in files else table


def _suspects(prepared: Prepared, seed_place: int, found: Findings) -> str:
    if found.sample is None or found.suspects is None:
        return markdown_paragraph(f"Not looked for: {found.lacking}.")
    given, n = len(found.sample.place), len(prepared.train.given[seed_place])
    rare = [prepared.split.classes[k] for k in found.sample.rare]
    lines = [
        f"Logistic regression, trained on the other {FOLDS - 1} of {FOLDS} folds, agrees with {found.agreed:.1%} of "
        f"the labels. By confident learning {len(found.suspects)} of {given} labels are probably wrong. It is a "
        "suspicion: look at them.",
        f"{given} of this seed's {n} training examples were looked at, drawn at random." if n > MOST else "",
        f"Classes with fewer than {FOLDS} examples were left out: {', '.join(rare)}." if rare else "",
        _caught(found.caught(prepared, seed_place)),
    ]
    said = " ".join(filter(None, lines))
    if not found.suspects:
        return markdown_paragraph(said)
    header = ["number", "name", "label", "suggested", "confidence"]
    rows = suspected(prepared, seed_place, found)
    more = (
        f"The first {SHOWN}; [{ERRORS}]({ERRORS}) has all." if len(rows) > SHOWN else f"Also in [{ERRORS}]({ERRORS})."
    )
    return f"{_table(said, header, rows[:SHOWN])}\n\n{more}"


def _caught(shares: tuple[float, float] | None) -> str:
    if shares is None:
        return ""
    return (
        f"Which are wrong is known here: {shares[0]:.1%} of these are, and they are {shares[1]:.1%} of all wrong ones."
    )


def _rows(rows: Rows) -> str:
    return _table(rows.said, rows.header, rows.body)


def _table(said: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return Table(said, header, [[Mark(cell) for cell in row] for row in rows]).markdown()
