"""The command line of a program beside the runner: its options are the fields of a dataclass, checked as the schema is.

    @dataclass(frozen=True)
    class Options:
        level: Annotated[float, "(0, 1)"] = option(0.05, "of tests and intervals")     level=0.1
        from_: Path | None = option(None, "a file that keeps the evidence")            from=FILE
        show: list[str] | None = option(None, "tables")                                show=means,ranks
        space: Mapping[str, str] = keyed("what to search of a key")                    space.<key>=log(1e-3,1)
        json: bool = flag("for programs", "--json")                                    --json

    options, words = parse(Options, arguments, NAMES)

Text and paths are taken as they are said, all else as YAML reads it. What is no option is refused, or handed back as
it was said where the program takes such words.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from runner.compose.flags import check_once
from runner.console.errors import ConfigError, nearest
from runner.nodes.signature import check, choices, shown, value_of, words

O = TypeVar("O")


class Others(NamedTuple):
    """The words that a program takes beside its options: what they are, and which those are."""

    what: str
    taken: Callable[[str], bool]


NO_WORDS = Others("", lambda word: False)
NAMES = Others("names", lambda word: "=" not in word)
OVERRIDES = Others("overrides as for python -m runner, key=value", lambda word: True)


def option(default: Any, about: str, name: str = "") -> Any:
    """A field that is said as key=value. Its default is MISSING where it must be said."""
    return field(default=default, metadata={"about": about, "name": name})


def keyed(about: str) -> Any:
    """A field that is said as field.<key>=value, once for each key."""
    return field(default_factory=dict, metadata={"about": about})


def flag(about: str, *names: str) -> Any:
    """A field that is true where one of these names is said."""
    return field(default=False, metadata={"about": about, "flags": names})


class Option(NamedTuple):
    """A field of a dataclass of options, as it is said: "level", "space." of a keyed one, "--json" of a flag."""

    field: str
    names: Sequence[str]
    kind: Any
    default: Any
    about: str
    is_flag: bool

    @property
    def is_keyed(self) -> bool:
        return self.names[0].endswith(".")

    @property
    def usage(self) -> str:
        """What it is said like, with its default; "level=0.05"."""
        if self.is_flag:
            return ", ".join(self.names)
        value = "..." if self.default in (None, "", MISSING) or self.is_keyed else shown(self.default)
        return f"{self.names[0]}{'<key>' * self.is_keyed}={value}"

    @property
    def plain(self) -> Any:
        """Its type where it is said: without the null of what may be left out."""
        kinds = [kind for kind in get_args(self.kind) if kind is not NoneType]
        return kinds[0] if get_origin(self.kind) in (Union, UnionType) and len(kinds) == 1 else self.kind

    @property
    def each(self) -> Any:
        """The type of each of a list; None where it is no list."""
        return get_args(self.plain)[0] if get_origin(self.plain) is list else None

    @property
    def is_text(self) -> bool:
        """Is it taken as it is said?"""
        return self.is_keyed or self.plain in (str, Path)

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        if self.is_text:
            return "a path" if self.plain is Path else "text"
        return f"{words(self.each)}, or several with commas between them" if self.each else words(self.kind)


def declared(kind: type) -> list[Option]:
    """The options of a program."""
    kinds = get_type_hints(kind, include_extras=True)
    return [_declared(each, kinds[each.name]) for each in fields(kind)]


def _declared(its: "Field[Any]", kind: Any) -> Option:
    name = its.metadata.get("name") or its.name.rstrip("_")
    names = its.metadata.get("flags") or (name + "." * (its.default_factory is not MISSING),)
    return Option(its.name, names, kind, its.default, its.metadata["about"], "flags" in its.metadata)


def parse(kind: type[O], arguments: Sequence[str], others: Others = NO_WORDS) -> tuple[O, list[str]]:
    """The options that a command line says, and its other words.

    Raises:
        ConfigError: a word is no option and none of the others, or says no value or one that cannot be; a word is said
            twice, or an option has to be and is not.
    """
    known = declared(kind)
    said: dict[tuple[str, str], str] = {}
    values: dict[str, Any] = {}
    left = []
    for word in arguments:
        its, key = _meant(word, known)
        if its is None:
            if word.startswith("-") or not others.taken(word) or _reserved(word, known):
                raise _unknown(word, known, others)
            left.append(word)
            continue
        if (before := said.get((its.field, key))) is not None:
            raise ConfigError(f"{before} {word}: {its.names[0]}{key} is said twice")
        said[its.field, key] = word
        value = _value(word, its)
        values[its.field] = {**values.get(its.field, {}), key: value} if its.is_keyed else value
    for its in known:
        if its.default is MISSING and not its.is_keyed and its.field not in values:
            raise _missing(its, left)
    check_once(left)
    return kind(**values), left


def said(options: Any) -> dict[str, str]:
    """{name: its value as text} of options, an instance of their dataclass, that are not as they are by default."""
    values = {its.names[0]: (getattr(options, its.field), its.default) for its in declared(type(options))}
    texts = {name: value for name, (value, default) in values.items() if value != default}
    return {name: _text(value) for name, value in texts.items()}


def _text(value: Any) -> str:
    """A value as one says it."""
    if isinstance(value, list):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else shown(value)


def _meant(word: str, known: Sequence[Option]) -> tuple[Option | None, str]:
    """The option that a word says, with the key of a keyed one."""
    name = word.partition("=")[0]
    for its in known:
        if name in its.names:
            return its, ""
        if its.is_keyed and name.startswith(its.names[0]):
            return its, name.removeprefix(its.names[0])
    return None, ""


def _reserved(word: str, known: Sequence[Option]) -> bool:
    """Does a word begin as an option with a dot does, "tune."?"""
    first = word.partition("=")[0].partition(".")[0]
    return first in {name.partition(".")[0] for its in known for name in its.names if "." in name}


def _unknown(word: str, known: Sequence[Option], others: Others) -> ConfigError:
    names = [f"{name}<key>" if its.is_keyed else name for its in known for name in its.names]
    also = f"; all else is {others.what}" * bool(others.what)
    return ConfigError(f"{word}: there is no such option; {nearest(word.partition('=')[0], names)}{also}")


def _missing(its: Option, left: Sequence[str]) -> ConfigError:
    near = get_close_matches(its.names[0], [word.partition("=")[0] for word in left], n=1, cutoff=0.75)
    hint = "".join(f"; is it meant by {key}?" for key in near)
    return ConfigError(f"{its.names[0]} has no default and must be said: {its.names[0]}=..., {its.about}{hint}")


def _value(word: str, its: Option) -> Any:
    """What a word says of its option. Raises ConfigError."""
    name, sign, value = word.partition("=")
    if its.is_flag:
        if sign:
            raise ConfigError(f"{word}: {name} has no value")
        return True
    if not value or (its.is_keyed and name in its.names):
        raise ConfigError(f"{word}: says nothing; {its.usage}, which must be {its.allowed}")
    if its.is_text:
        return Path(value) if its.plain is Path else value
    if its.each is None:
        return check(name, value_of(value), its.kind)
    known = choices(its.each)
    for part in value.split(","):
        if not part:
            raise ConfigError(f"{word}: names nothing between two commas, or at an end")
        if known and part not in known:
            raise ConfigError(f"{word}: there is no {part!r}; {nearest(part, known)}")
    return value.split(",")


def alone(option: str, arguments: Sequence[str], *besides: str) -> None:
    """Raise ConfigError where something stands beside an option that is enough, but for flags that may."""
    others = [said for said in arguments if not said.startswith(f"{option}=") and said not in besides]
    if others:
        also = f" but {', '.join(besides)}" if besides else ""
        raise ConfigError(f"{' '.join(others)}: {option}= shows what a file keeps, and takes nothing else{also}")
