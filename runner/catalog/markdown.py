"""Docstrings as Markdown."""

import re


def markdown(text: str) -> str:
    """A docstring as Markdown: indented formulas as they are, arguments as a list."""
    before, _, arguments = re.sub(r"^Attributes:$", "Args:", text, flags=re.MULTILINE).partition("\nArgs:\n")
    arguments, _, after = arguments.partition("\n\n")
    items = re.sub(r"^    (\w[\w, ]*): ", r"- `\1`: ", arguments, flags=re.MULTILINE)
    listed = "\n\n" + re.sub(r"^ {8}", "  ", items, flags=re.MULTILINE) if arguments else ""
    return f"{before.strip()}{listed}{chr(10) * 2 + after.strip() if after.strip() else ''}"
