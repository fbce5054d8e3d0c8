"""Captions of tables: what is shown, what the marks mean, and a note of what is special about this table."""

from collections.abc import Sequence

DETAILS = "more: docs/comparing.md"


def caption(shown: str, marks: Sequence[str], notes: Sequence[str] = ()) -> str:
    """One paragraph.

    Args:
        shown: what the table shows.
        marks: what each mark and column means, "bold: best mean of its column"; a page of the manual has the rest.
        notes: what holds for this table and not for every one.

    >>> caption("digits: test accuracy (%)", ["bold: best mean"], ["gce lacks seeds"])
    'digits: test accuracy (%). Bold: best mean; more: docs/comparing.md. Note: gce lacks seeds.'
    """
    said = [shown]
    if marks:
        words = "; ".join([*marks, DETAILS])
        said.append(words[0].upper() + words[1:])
    if notes:
        said.append(f"Note: {'; '.join(notes)}")
    return "".join(f"{each}. " for each in said).rstrip()
