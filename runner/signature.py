"""What a `_target_` asks of its YAML, read from its source: importing it would import torch, which takes seconds.

What stands before the star is given by the runner, what stands after it is written in the YAML, with its type and,
where it has one, its range as an interval:

    def __init__(self, num_train: int, *, q: Annotated[float, "(0, 1]"]): ...

torch's optimizers have no star; all that they take but `params` may stand in the YAML.
"""

import ast
import math
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

from runner.errors import ConfigError, nearest

PACKAGES = ("losses", "datasets", "runner", "torch.optim")


class Unwritable:
    """What no YAML can hold: torch's optimizers also take tensors."""


NAMES = {"Annotated": Annotated, "Any": Any, "Literal": Literal} | {
    t.__name__: t for t in (bool, float, int, list, str)
}
NAMES["Tensor"] = Unwritable


@cache
def asks(target: str) -> dict[str, Any]:
    """{argument: its type, or Any where the annotation is not a plain one}, in the order of the definition."""
    node = _definition(target)
    if node is None:
        return {}
    arguments = node.kwonlyargs
    if target.startswith("torch."):
        arguments = node.args[2:] + arguments
    return {a.arg: _type(a.annotation) for a in arguments}


def misplaced(target: str, name: str) -> str:
    """Why this argument of a target cannot stand in its YAML, "" where it is none or may."""
    arguments = _definition(target)
    if arguments is None or target.startswith("torch.") or all(each.arg != name for each in arguments.args):
        return ""
    made = target.rpartition(".")[2]
    return f"stands before the * of {made}'s arguments, and is no key; what a YAML says stands after it"


@cache
def _definition(target: str) -> ast.arguments | None:
    """The arguments of a function, or of a class's constructor if it has one."""
    file, name = source(target)
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except SyntaxError as error:
        name = target.rpartition(".")[0].replace(".", "/")
        raise ConfigError(f"{target}: line {error.lineno} of {name}.py: {error.msg}") from error
    found = {n.name: n for n in tree.body if hasattr(n, "name")}
    if name not in found:
        raise ConfigError(f"{target}: {file.name} has no {name}; {nearest(name, found)}")
    node: Any = found[name]
    if isinstance(node, ast.ClassDef):
        node = next((n for n in node.body if getattr(n, "name", None) == "__init__"), None)
    return node and node.args


def source(target: str) -> tuple[Path, str]:
    """The file of a target, and its name in there. Raises ConfigError if it is neither ours nor torch's."""
    module, _, name = target.rpartition(".")
    top, *rest = module.split(".")
    ours = target.startswith(tuple(f"{package}." for package in PACKAGES))
    spec = find_spec(top) if ours else None
    if spec is None or not spec.submodule_search_locations or not rest:
        raise ConfigError(f"{target}: must be a class or function in {', '.join(PACKAGES)}")
    file = Path(spec.submodule_search_locations[0], *rest).with_suffix(".py")
    if not file.is_file():
        raise ConfigError(f"{target}: there is no file {'/'.join([top, *rest])}.py")
    return file, name


def _type(annotation: ast.expr | None) -> Any:
    if annotation is None or any(isinstance(n, ast.Name) and n.id not in NAMES for n in ast.walk(annotation)):
        return Any
    return eval(compile(ast.Expression(annotation), "<annotation>", "eval"), dict(NAMES))


def check(key: str, value: Any, kind: Any) -> Any:
    """`value` as one of the type `kind`: 2 is 2.0 where a number is asked for, and so the same question.

    Raises:
        ConfigError: it is not of that type or out of range; says what is allowed.

    >>> check("q", 1, Annotated[float, "(0, 1]"])
    1.0
    >>> check("q", 0, Annotated[float, "(0, 1]"])
    Traceback (most recent call last):
    runner.errors.ConfigError: q=0: must be a number in (0, 1]
    >>> check("norm", "bath", Literal["batch", "none"])
    Traceback (most recent call last):
    runner.errors.ConfigError: norm=bath: must be one of batch, none; did you mean batch? choices: batch, none
    """
    for form in (value, _floats(value)):
        if _fits(form, kind):
            return form
    choices = [c for c in _choices(kind) if isinstance(c, str)]
    hint = f"; {nearest(value, choices)}" if choices and isinstance(value, str) else ""
    raise ConfigError(f"{key}={shown(value)}: must be {words(kind)}{hint}")


def value_of(text: str) -> Any:
    """What YAML reads in a word of a command line; the word itself where that is nothing.

    >>> value_of("0.5"), value_of("null"), value_of("[")
    (0.5, None, '[')
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def shown(value: Any) -> str:
    """A value as YAML has it."""
    return {NoneType: "null", bool: str(value).lower()}.get(type(value), str(value))


def _floats(value: Any) -> Any:
    """The value with every whole number in it as a number."""
    if isinstance(value, list):
        return [_floats(v) for v in value]
    return float(value) if type(value) is int else value


def _fits(value: Any, kind: Any) -> bool:
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, k) for k in inner)
    if origin is Annotated:
        base, limit = inner
        return _fits(value, base) and (_inside(value, limit) if isinstance(limit, str) else _fits(value, limit))
    if origin is Literal:
        return value in inner and type(value) in {type(v) for v in inner}
    if origin is list:
        return isinstance(value, list) and all(_fits(v, inner[0]) for v in value)
    return type(value) is kind and (kind is not float or math.isfinite(value))


def _inside(value: float, interval: str) -> bool:
    low, high = (float(end) for end in interval[1:-1].split(","))
    return (value >= low if interval[0] == "[" else value > low) and (
        value <= high if interval[-1] == "]" else value < high
    )


def _choices(kind: Any) -> list[Any]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [c for k in get_args(kind) for c in _choices(k)]


def words(kind: Any) -> str:
    """A type in plain words.

    >>> words(Annotated[int, "[1, inf)"] | None)
    'a whole number in [1, inf) or null'
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(words(k) for k in inner if k is not Unwritable)
    if origin is Annotated:
        return f"{words(inner[0])} in {inner[1]}" if isinstance(inner[1], str) else words(inner[1])
    if origin is Literal:
        return ("one of " if len(inner) > 1 else "") + ", ".join(shown(a) for a in inner)
    if origin is list:
        return f"a list, each of it {words(inner[0])}"
    plain = {
        float: "a number",
        int: "a whole number",
        str: "text",
        bool: "true or false",
        NoneType: "null",
        Any: "anything",
    }
    return plain.get(kind, "a group of keys")
