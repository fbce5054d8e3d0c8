"""What a `_target_` asks of its YAML, read from its source: importing it would import torch, which takes seconds.

What stands before the star is given by the runner, what stands after it is written in the YAML, with its type and,
where it has one, its range as an interval:

    def __init__(self, num_train: int, *, q: Annotated[float, "(0, 1]"]): ...

torch's optimizers have no star; all that they take but `params` may stand in the YAML.
"""

import ast
import math
import re
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

from runner.console.errors import ConfigError, likely, nearest
from runner.nodes.annotation import Part, Unwritable, read
from runner.nodes.parts import is_ours, source

GIVEN = {"fused", "foreach", "capturable", "differentiable"}  # how a step of torch's is computed: the runner says
LONG = 1000  # letters
DECAY = "decay"  # what is decayed, beside a weight_decay: the runner sees to it, see runner/training/optimizer.py
NEVER_NEGATIVE = {  # numbers of torch's optimizers, which it checks once it is imported
    "lr", "weight_decay", "momentum", "eps", "lr_decay", "momentum_decay", "initial_accumulator_value", "alpha", "rho",
}  # fmt: skip


@cache
def asks(target: str) -> dict[str, Any]:
    """{argument: its type, or Any where the annotation is not a plain one}, in the order of the definition."""
    node = _definition(target)
    if node is None:
        return {}
    if target.startswith("torch."):
        kinds = {each.arg: _type(target, each) for each in node.args[2:] + node.kwonlyargs if each.arg not in GIVEN}
        kinds |= {name: Annotated[float, "[0, inf)"] for name in kinds if name in NEVER_NEGATIVE}
    else:
        kinds = {each.arg: _type(target, each) for each in node.kwonlyargs}
    return kinds | ({DECAY: Literal["all", "weights"]} if "weight_decay" in kinds else {})


def misplaced(target: str, name: str) -> str:
    """Why this argument of a target cannot stand in its YAML, "" where it is none or may."""
    arguments = _definition(target)
    if arguments is None or target.startswith("torch.") or all(each.arg != name for each in arguments.args):
        return ""
    made = target.rpartition(".")[2]
    return f"stands before the * of {made}'s arguments, and is no key; what a YAML says stands after it"


def takes(target: str) -> frozenset[str]:
    """The names of all arguments of a function, or of a class's constructor."""
    found = _definition(target)
    return frozenset(each.arg for each in (*found.args, *found.kwonlyargs)) if found else frozenset()


def gives(target: str) -> str:
    """The name of what a function is annotated to return, "" where it says nothing plain."""
    node = _node(target)
    return node.returns.id if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) else ""


def stated(target: str, attribute: str, otherwise: Any) -> Any:
    """The plain value that a class, or else one of its bases, gives an attribute in its body.

    Args:
        otherwise: where it gives none.
    """
    node: Any = _node(target)
    for each in getattr(node, "body", ()) if isinstance(node, ast.ClassDef) else ():
        names = (
            each.targets if isinstance(each, ast.Assign) else [each.target] if isinstance(each, ast.AnnAssign) else []
        )
        if any(isinstance(name, ast.Name) and name.id == attribute for name in names) and each.value is not None:
            try:
                return ast.literal_eval(each.value)
            except ValueError as error:
                raise ConfigError(f"{target}: its {attribute} must be written out") from error
    bases = [base.id for base in getattr(node, "bases", ()) if isinstance(base, ast.Name)]
    found = (stated(place, attribute, None) for base in bases if (place := _place(target, base)))
    return next((value for value in found if value is not None), otherwise)


def constant(target: str, name: str, otherwise: Any) -> Any:
    """The plain value that the file of a target gives a name. Raises ConfigError where it is not written out.

    Args:
        otherwise: where it gives none.
    """
    value = _aliases(target.rpartition(".")[0]).get(name)
    try:
        return otherwise if value is None else ast.literal_eval(value)
    except ValueError as error:
        raise ConfigError(f"{target}: the {name} of its file must be written out") from error


@cache
def _definition(target: str) -> ast.arguments | None:
    """The arguments of a function, or of a class's constructor if it has one."""
    node: Any = _node(target)
    if isinstance(node, ast.ClassDef):
        node = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    return node and node.args


def _place(target: str, name: str) -> str:
    """The dotted name of what the file of a target calls so, where that is of a file of ours or the user's; else ""."""
    _, found, imported = _definitions(target)
    place = f"{target.rpartition('.')[0]}.{name}" if name in found else imported.get(name, "")
    return place if place and is_ours(place) else ""


def _node(target: str) -> ast.ClassDef | ast.FunctionDef:
    name, found, _ = _definitions(target)
    if name not in found:
        file = source(target)[0]
        raise ConfigError(f"{target}: {file.name} has no {name}; {nearest(name, found)}")
    return found[name]


@cache
def _definitions(target: str) -> tuple[str, dict[str, ast.ClassDef | ast.FunctionDef], dict[str, str]]:
    """The name of a target, all classes and functions of its file, and where what it imports by name is from."""
    file, name = source(target)
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError as error:
        name = target.rpartition(".")[0].replace(".", "/")
        raise ConfigError(f"{target}: line {error.lineno} of {name}.py: {error.msg}") from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(
            f"{target}: {file.name} cannot be read as Python ({error or type(error).__name__})"
        ) from error
    imports = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module and not n.level]
    imported = {a.asname or a.name: f"{n.module}.{a.name}" for n in imports for a in n.names}
    return name, {n.name: n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)}, imported


def _type(target: str, argument: ast.arg) -> Any:
    try:
        return read(_spelt_out(target, argument.annotation))
    except ConfigError as error:
        raise ConfigError(f"{target}: its argument {argument.arg}: {error}") from error


def _spelt_out(target: str, annotation: ast.expr | None) -> ast.expr | None:
    """An annotation with the types that are named by an assignment, in the target's file or in one of ours that it
    imports from, in place of their names."""
    if isinstance(annotation, ast.Name):
        module, aliases = target.rpartition(".")[0], _definitions(target)[2]
        place = aliases.get(annotation.id, f"{module}.{annotation.id}")
        return (
            _aliases(place.rpartition(".")[0]).get(place.rpartition(".")[2], annotation)
            if is_ours(place)
            else annotation
        )
    if isinstance(annotation, ast.BinOp):
        sides = (_spelt_out(target, annotation.left), _spelt_out(target, annotation.right))
        return ast.BinOp(sides[0] or annotation.left, annotation.op, sides[1] or annotation.right)
    return annotation


@cache
def _aliases(module: str) -> dict[str, ast.expr]:
    """The expressions that a module of ours, or of the user's, assigns to names; none where it has no file."""
    try:
        tree = ast.parse(source(f"{module}.it")[0].read_bytes())
    except (ConfigError, OSError, ValueError, SyntaxError):
        return {}
    return {
        name.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for name in node.targets
        if isinstance(name, ast.Name)
    }


def check(key: str, value: Any, kind: Any) -> Any:
    """`value` as one of the type `kind`: 2 is 2.0 where a number is asked for, and so the same question.

    Raises:
        ConfigError: it is not of that type or out of range; says what is allowed.

    >>> check("q", 1, Annotated[float, "(0, 1]"])
    1.0
    >>> check("q", 0, Annotated[float, "(0, 1]"])
    Traceback (most recent call last):
    runner.console.errors.ConfigError: q=0: must be a number in (0, 1]
    >>> check("norm", "bath", Literal["batch", "none"])
    Traceback (most recent call last):
    runner.console.errors.ConfigError: norm=bath: must be one of batch, none; did you mean batch?
    """
    for number in _wholes(value):
        if abs(number) >= 2**63:
            raise ConfigError(f"{key}={shown(value)}: must be less than 2^63, beyond which no whole number is counted")
    for form in (value, _floats(value)):
        if _fits(form, kind):
            return form
    known = [c for c in choices(kind) if isinstance(c, str)]
    hint = likely(value, known) if isinstance(value, str) else ""  # all choices are among the words
    raise ConfigError("; ".join(filter(None, (f"{key}={shown(value)}: must be {words(kind)}", hint))))


def value_of(text: str) -> Any:
    """What YAML reads in a word of a command line; the word itself where that is nothing.

    >>> value_of("0.5"), value_of("null"), value_of("[")
    (0.5, None, '[')
    """
    if len(text) > LONG:
        return text  # no value of an option is so long, and brackets in brackets are slow to read
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text


def shown(value: Any) -> str:
    """A value as YAML has it."""
    return {NoneType: "null", bool: str(value).lower()}.get(type(value), str(value))


def number(value: float) -> str:
    """As one types it.

    >>> number(1e30), number(1e-7), number(0.1), number(True)
    ('1e30', '1e-07', '0.1', 'True')
    """
    return str(value).replace("e+", "e")


def _wholes(value: Any) -> Iterator[int]:
    """Every whole number in a value."""
    if isinstance(value, list):
        for each in value:
            yield from _wholes(each)
    elif type(value) is int:
        yield value


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
    if origin is dict:
        return isinstance(value, dict) and all(_fits(k, str) and _fits(v, inner[1]) for k, v in value.items())
    return type(value) is kind and (kind is not float or math.isfinite(value))


def _inside(value: float | str, limit: str) -> bool:
    """Is a number in a range, or text of a form?"""
    if isinstance(value, str):
        return re.fullmatch(limit, value) is not None
    interval = limit
    low, high = (float(end) for end in interval[1:-1].split(","))
    return (value >= low if interval[0] == "[" else value > low) and (
        value <= high if interval[-1] == "]" else value < high
    )


def choices(kind: Any) -> list[Any]:
    """The values of which a type names each."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [c for k in get_args(kind) for c in choices(k)]


def words(kind: Any) -> str:
    """A type in plain words.

    >>> words(Annotated[int, "[1, inf)"] | None)
    'a whole number in [1, inf) or null'
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(words(k) for k in inner if k is not Unwritable)
    if origin is Annotated:
        limited = "of the form" if inner[0] is str else "in"
        if inner[0] is Part or not isinstance(inner[1], str):
            return words(inner[inner[0] is not Part])
        return f"{words(inner[0])} {limited} {inner[1]}"
    if origin is Literal:
        return ("one of " if len(inner) > 1 else "") + ", ".join(shown(a) for a in inner)
    if origin is list:
        return f"a list in brackets, each {words(inner[0])}"
    if origin is dict:
        return f"{{name: {words(inner[1])}}}"
    plain = {
        float: "a number",
        int: "a whole number",
        str: "text",
        bool: "true or false",
        NoneType: "null",
        Any: "anything",
    }
    return plain.get(kind, "a group of keys")
