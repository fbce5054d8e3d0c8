"""The types that arguments of parts may have, read from the syntax of a definition: nothing in it is evaluated.

    int, float, bool, str, list[...], dict[str, ...], X | Y, None, Literal[...]
    Annotated[float, "(0, 1]"]     a range
    Annotated[str, "[0-9a-f]{20}"] text of this form, a regular expression
    nn.Module                      another part of the same group, as the loss that a loss is around
    Annotated[..., "model"]        another part of this group

Any other annotation is Any: every value will do.
"""

import ast
import re
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from runner.console.errors import ConfigError

END = r"-?(?:inf|\d+(?:\.\d*)?(?:e-?\d+)?)"
RANGE = re.compile(rf"[\[(]{END}, ?{END}[\])]")


class Unwritable:
    """What no YAML can hold: torch's optimizers also take tensors."""


class Part:
    """A node with a `_target_`, of the group in its annotation, or of the same group as what asks for it."""


NAMES: dict[str, Any] = {kind.__name__: kind for kind in (bool, float, int, list, str)}
NAMES |= {"Any": Any, "Tensor": Unwritable}


def read(node: ast.expr | None) -> Any:
    """The type of an annotation. Raises ConfigError for a range or a form that cannot be read."""
    match node:
        case ast.Constant(value=None):
            return type(None)
        case ast.Name(id=name):
            return NAMES.get(name, Any)
        case ast.Attribute(value=ast.Name(id="nn"), attr="Module"):
            return Part
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            kinds = (read(left), read(right))
            return Any if Any in kinds else Union[kinds]  # noqa: UP007  # of types that are known only here
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return list[read(inner)]  # type: ignore[misc]
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[ast.Name(id="str"), inner])):
            return dict[str, read(inner)]  # type: ignore[misc]
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return _literal(choices)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[base, limit])):
            return _limited(read(base), limit)
    return Any


def group_in(kind: Any, own: str) -> str | None:
    """The group of what an argument of this type takes; None if that is no part.

    Args:
        own: the group that the argument is of.
    """
    if kind is Any or kind is Part:
        return own
    if get_origin(kind) is Annotated:
        base, limit = get_args(kind)
        return limit if base is Part else group_in(base, own)
    return next((group for each in get_args(kind) if (group := group_in(each, own))), None)


def _literal(choices: ast.expr) -> Any:
    try:
        values = ast.literal_eval(choices)
    except (ValueError, TypeError):
        return Any
    return Literal[values if isinstance(values, tuple) else (values,)]


def _limited(base: Any, limit: ast.expr) -> Any:
    if not isinstance(limit, ast.Constant) or not isinstance(limit.value, str):
        return base
    said = limit.value
    if base in (int, float):
        if not RANGE.fullmatch(said):
            raise ConfigError(f"{said!r} is no range; '(0, 1]' and '[1, inf)' are")
        return Annotated[base, said]
    if base is str:
        try:
            re.compile(said)
        except re.error as error:
            raise ConfigError(f"{said!r} is no regular expression ({error})") from error
        return Annotated[str, said]
    return Annotated[Part, said] if base in (Any, Part) and said.isidentifier() else base
