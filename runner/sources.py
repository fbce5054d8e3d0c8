"""The code that a configuration names, as hashes: a cell's name says what was asked, not what the code was."""

import ast
import hashlib
import io
import tokenize
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from runner.parts import source
from runner.store import Cell


def sources(node: Mapping[str, Any]) -> dict[str, str]:
    """{file: hash of its code} of every `_target_` within a node that is ours, and of what it imports of its folder."""
    found: dict[str, str] = {}
    for target in _targets(node):
        if not target.startswith("torch."):
            package = target.rsplit(".", 2)[0]
            for file in _with_imports(source(target)[0], package):
                found[f"{package.replace('.', '/')}/{file.name}"] = _hash(file)
    return found


def outdated(cell: Cell, seeds: Collection[int], command: str) -> str:
    """What to say where finished seeds of a cell were trained with other code than is there now, else "".

    Of seeds that were trained before code was kept nothing is said.

    Args:
        command: what asks for the cell.
    """
    now, files, old = sources(cell.question), set[str](), 0
    for record in map(cell.seed, seeds):
        if record.finished:
            with suppress(OSError, ValueError):  # a store that was copied in part
                then = record.provenance().get("sources", now)
                differing = {file for file in then.keys() | now.keys() if then.get(file) != now.get(file)}
                files |= differing
                old += bool(differing)
    if not old:
        return ""
    forget = f"python -m runner.forget{command.removeprefix('python -m runner')}"
    return (
        f"{old} of {len(seeds)} seeds in {cell.path} were trained with other code of {', '.join(sorted(files))} than "
        f"there is now; to train the cell anew: {forget}, then the same command"
    )


def _targets(node: Mapping[str, Any]) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _targets(value)
        elif key == "_target_":
            yield value


@cache
def _with_imports(file: Path, package: str) -> tuple[Path, ...]:
    """A file of a package, and those beside it that it imports, and so on."""
    found = [file]
    for each in found:
        for name in _imported(each, package):
            beside = file.with_name(f"{name}.py")
            if name.isidentifier() and beside.is_file() and beside not in found:
                found.append(beside)
    return tuple(found)


def _imported(file: Path, package: str) -> Iterator[str]:
    """What a file imports that is in its package, by the names within that."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            home = ".".join(filter(None, [package if node.level == 1 else "", node.module]))
            names = [home, *(f"{home}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name.removeprefix(f"{package}.") for name in names if name.startswith(f"{package}."))


@cache
def _hash(file: Path) -> str:
    """Of the code as this process imports it: read once, without comments, docstrings and empty lines."""
    text = file.read_text(encoding="utf-8")
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            said = node.body[0]
            for row in range(said.lineno, (said.end_lineno or 0) + 1):
                lines[row - 1] = ""
    return hashlib.sha256("\n".join(line.rstrip() for line in lines if line.strip()).encode()).hexdigest()[:16]
