"""Command lines, most of them wrong, made from the schema itself: every key, with every kind of value, in every form.

`lines(program)` are those of one program. Whether a line has to be refused is told by `admits`, which knows types and
ranges from the schema, and nothing of how values are checked.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from runner import barriers, cards, check, claims, maps, migrate, render, report, repro, status, tune, variance
from runner.compose.command_line import CONF, compose_cells
from runner.compose.options import declared
from runner.compose.schema import GROUPS, Pool, kind_of
from runner.console.errors import ConfigError
from runner.nodes.annotation import Part, Unwritable
from runner.nodes.signature import asks

MEANT = object()  # of a value that a key may take for another one: whether it is wrong, the schema does not say

VALUES: dict[str, tuple[str, Any]] = {  # {what it is: (as one says it, what it says)}
    "text": ("abc", "abc"),
    "negative": ("-1", -1),
    "a negative number": ("-0.5", -0.5),
    "zero": ("0", 0),
    "one": ("1", 1),
    "two": ("2", 2),
    "a number": ("0.5", 0.5),
    "large": ("1e20", 1e20),
    "a large whole number": ("1" + 30 * "0", 10**30),
    "the largest whole number": ("9223372036854775807", 2**63 - 1),
    "too large": ("1e400", float("inf")),
    "a whole number of thousands of digits": (5000 * "1", MEANT),
    "nan": ("nan", float("nan")),
    "infinite": ("inf", float("inf")),
    "minus infinite": ("-inf", float("-inf")),
    "null": ("null", None),
    "nothing": ("", MEANT),
    "an empty text": ("''", MEANT),
    "a list": ("[1,2]", [1, 2]),
    "an empty list": ("[]", []),
    "a list of lists": ("[[1]]", [[1]]),
    "a list of text": ("[a,b]", ["a", "b"]),
    "a group": ("{a:1}", {"a": 1}),
    "an empty group": ("{}", MEANT),
    "true": ("true", True),
    "a letter beyond ASCII": ("ü", MEANT),
    "a quoted letter beyond ASCII": ("'ü☃'", "ü☃"),
    "an escape sequence": ("'a\x1b[31mb'", "a\x1b[31mb"),
    "a line break": ("'a\nb'", "a\nb"),
    "a tabulator": ("a\tb", MEANT),
    "a zero": ("'a\x00b'", "a\x00b"),
    "half a character": ("'\ud800'", MEANT),
    "right to left": ("'\u202eabc'", "\u202eabc"),
    "another key": ("${noise}", MEANT),
    "no key": ("${nowhere}", MEANT),
    "half a key": ("${noise", MEANT),
    "a group's key": ("${loss}", MEANT),
    "everything": ("${.}", MEANT),
    "a variable of the environment": ("${oc.env:NOWHERE}", MEANT),
    "no resolver": ("${nowhere:1}", MEANT),
    "the time": ("${now:%Y}", MEANT),
    "brackets in brackets": (200 * "[" + 200 * "]", MEANT),
    "thousands of brackets": (3000 * "[" + 3000 * "]", MEANT),
    "groups in groups": (300 * "{a:" + "1" + 300 * "}", MEANT),
    "thousands of letters": (5000 * "a", MEANT),
    "a quote": ("'", MEANT),
    "a double quote": ('"', MEANT),
    "a backslash": ("\\", MEANT),
    "an equals sign": ("a=b", MEANT),
    "a colon": ("a:b", MEANT),
    "a tag of YAML": ("!!python/object:os.system", MEANT),
    "an anchor of YAML": ("&a", MEANT),
    "a package": ("@x", MEANT),
    "a space": ("a b", "a b"),
    "what is above": ("..", MEANT),
    "a path": ("/etc", MEANT),
    "a file": ("/etc/passwd", MEANT),
    "a file's ending": ("ce.yaml", MEANT),
    "a hole": ("???", MEANT),
    "several": ("1,2", MEANT),
    "a range": ("range(3)", MEANT),
    "a range of a billion": ("range(1,1000000000)", MEANT),
    "a range without an end": ("range(0,inf)", MEANT),
    "a glob": ("glob(*)", MEANT),
    "an interval": ("interval(0,1)", MEANT),
    "a choice": ("choice(1,2)", MEANT),
    "shuffled": ("shuffle(1,2)", MEANT),
    "a cast": ("int(abc)", MEANT),
    "a longer list": ("extend_list(1)", MEANT),
    "no function": ("nowhere(1)", MEANT),
}  # fmt: skip
FORMS = ("{key}={value}", "+{key}={value}", "++{key}={value}", "{key}.x={value}", "{key}.0={value}", "{key}@x={value}",
         "~{key}={value}", "/{key}={value}")  # fmt: skip
OFTEN = ("text", "null", "a list", "a group", "another key", "nothing")  # values that are tried in all forms
BARE = (
    "{key}",
    "~{key}",
    "+{key}",
    "-{key}",
    "--{key}=1",
    "{key}:1",
    "={key}",
    "{key}==1",
    "{key}=1=2",
    " {key} = 1",
    "",
)
HYDRA = ("hydra", "hydra.launcher", "hydra.launcher.jobs", "hydra.launcher.threads", "hydra.launcher.limit",
         "hydra.launcher.retries", "hydra.launcher._target_", "hydra.launcher.nothing", "hydra/launcher",
         "hydra.sweeper", "hydra.sweeper.params", "hydra.sweeper._target_", "hydra/sweeper", "hydra.searchpath",
         "hydra.job.name", "hydra.job.chdir", "hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.mode",
         "hydra.verbose", "hydra.callbacks", "hydra.nothing", "hydra/job_logging")  # fmt: skip
OTHERS = ("experiment", "nothing", "exec.nothing", "loss.nothing", "loss@loss.base", "model@method.teacher",
          "regularizer.l1", "regularizer.l1.weight", "_target_", "defaults")  # fmt: skip


class Line(NamedTuple):
    """Arguments of a program; `key` and `what` stand for what is tried, and `wrong` says that it has to be refused."""

    program: str
    arguments: list[str]
    key: str
    what: str
    wrong: bool


@cache
def keys(*chosen: str) -> dict[str, Any]:
    """{dotted key: its type, or Any} of a composed configuration."""
    (cell,) = compose_cells(list(chosen), multirun=False)
    return dict(_keys("", cell.config))


def _keys(prefix: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    target = node.get("_target_")
    kinds = asks(target) if target else {}
    for name, value in node.items():
        kind = str if name == "_target_" else kinds.get(name, kind_of(prefix + name) or Any)
        yield prefix + name, kind
        if isinstance(value, Mapping):
            yield from _keys(f"{prefix}{name}.", value)


BESIDE = (["dataset=diabetes"], ["dataset=mosaic"], ["noise_type=candidates"], ["loss=cc"])  # for another task


def whole(*chosen: str) -> tuple[list[str], Mapping[str, Any]]:
    """Choices, with what has to be said beside them, and what they are composed to."""
    said, others = list(chosen), list(BESIDE)
    while True:
        try:
            return said, compose_cells(said, multirun=False)[0].config
        except ConfigError as error:
            key, lacking, _ = str(error).partition(" has no default")
            if lacking:
                said.append(f"{key}=[1]" if key.endswith(".counts") else f"{key}=x")
            elif others and " what fits: " in str(error):
                said = [*chosen, *others.pop(0)]
            else:
                raise


def choices(groups: Sequence[str]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Each choice of these groups as it is said, and the arguments of its target that no choice before it has."""
    known: set[tuple[str, str]] = set()
    for group in groups:
        for file in sorted((CONF / group).glob("*.yaml")):
            chosen, config = whole(f"{group}={file.stem}")
            found = {}
            for place, target, name, kind in _arguments(group, config[group]):
                if (target, name) not in known:
                    known.add((target, name))
                    found[f"{place}.{name}"] = kind
            yield chosen, found


def _arguments(place: str, node: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    kinds = asks(node["_target_"]) if "_target_" in node else {}
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _arguments(f"{place}.{name}", value)
        elif name in kinds:
            yield place, node["_target_"], name, kinds[name]


def admits(kind: Any, value: Any) -> bool:
    """May a key of this type have this value, as far as the schema says?"""
    origin, inner = get_origin(kind), get_args(kind)
    if value is MEANT or kind is Any or kind is Part:
        return True
    if origin in (Union, UnionType):
        return any(admits(each, value) for each in inner if each is not Unwritable)
    if origin is Annotated:
        base, limit = inner
        if not isinstance(limit, str):
            return admits(limit, value)
        if base is Part or not admits(base, value):
            return base is Part
        return base is str or _within(value, limit)
    if origin is Literal:
        return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in inner) or value == 1
    if origin is list:
        return isinstance(value, list)
    if origin is dict:
        return isinstance(value, dict) and all(admits(inner[1], each) for each in value.values())
    if kind is float:
        return type(value) in (int, float) and abs(value) < float("inf")
    if kind is int:
        return type(value) is int or value is True
    if kind is bool:
        return type(value) in (int, bool)
    if kind is str:
        return type(value) in (str, int, float, bool)
    return kind is not NoneType or value is None


def _within(value: Any, limit: str) -> bool:
    low, high = map(float, limit[1:-1].split(","))
    return (low < value or (limit[0] == "[" and low == value)) and (
        value < high or (limit[-1] == "]" and value == high)
    )


def _of(
    program: str, first: list[str], kinds: Mapping[str, Any], last: list[str], *, forms: bool = True
) -> Iterator[Line]:
    """Every key with every value, and with some values in every form."""
    for key, kind in kinds.items():
        for what, (value, meant) in VALUES.items():
            for form in FORMS if forms and what in OFTEN else FORMS[:1]:
                wrong = form == FORMS[0] and not admits(kind, meant) and not any(o.startswith(f"{key}=") for o in last)
                yield Line(program, [*first, form.format(key=key, value=value), *last], key, what, wrong)
        for form in BARE if forms else ():
            yield Line(program, [*first, form.format(key=key), *last], key, form, False)


def _options(program: str, first: list[str], kinds: Mapping[str, Any]) -> Iterator[Line]:
    """Options of a program's own, which stand once."""
    for key, kind in kinds.items():
        said = [word for word in first if word.partition("=")[0] != key]
        for what, (value, meant) in VALUES.items():
            yield Line(program, [*said, f"{key}={value}"], key, what, not admits(kind, meant))
        for form in BARE:
            yield Line(program, [*said, form.format(key=key)], key, form, False)


def own(program: Any) -> dict[str, Any]:
    """The options of a program's own with their types; Any of what is taken as it is said, or in a list."""
    its = [each for each in declared(program.Options) if not each.is_flag]
    return {each.names[0]: Any if each.is_text or each.each else each.kind for each in its if not each.is_keyed}


def _words(program: str, first: list[str]) -> Iterator[Line]:
    for what, (value, _) in VALUES.items():
        yield Line(program, [*first, value], value[:20], what, False)
        yield Line(program, [*first, "--" + value], value[:20], what, False)


TUNE = ["trials=2", "space.optimizer.lr=choice(0.1,0.2)", "val_fraction=0.1"]
SPACES = (
    "space.optimizer.lr", "space.noise", "space.loss", "space.nothing", "space.", "space", "final.seeds",
    "final.optimizer.lr", "final.loss", "final.nothing", "final.", "final", "tune.nothing",
)  # fmt: skip
LAUNCHER = {f"hydra.launcher.{name}": kind for name, kind in Pool.__annotations__.items()}


def lines(program: str, groups: Sequence[str] = GROUPS) -> Iterator[Line]:
    """All lines of one program that are tried; the runner's also with every choice of these groups."""
    here = dict.fromkeys((*HYDRA, *OTHERS), Any) | LAUNCHER | keys()
    match program:
        case "runner":
            yield from _of(program, [], here, ["dry=true"])
            yield from _of(program, ["-m"], dict.fromkeys(here, Any), ["dry=true"], forms=False)
            for chosen, kinds in choices(groups):
                yield from _of(program, chosen, kinds, ["dry=true"], forms=False)
            yield from _words(program, ["dry=true"])
        case "audit":
            yield from _of(program, [], keys(), [], forms=False)
        case "maps":
            yield from _of(program, [], keys(), [], forms=False)
            yield from _options(program, [], own(maps))
        case "barriers":
            yield from _of(program, [], keys(), [], forms=False)
            yield from _options(program, [], own(barriers))
        case "check":
            yield from _words(program, [])
            yield from _options(program, [], own(check) | {"nothing": Any})
        case "forget":
            yield from _of(program, [], keys(), ["dry=true"], forms=False)
        case "tune":
            yield from _of(program, [], keys(), TUNE, forms=False)
            yield from _options(program, TUNE, own(tune))
            yield from _options(program, TUNE, dict.fromkeys(SPACES, Any))
            for what, (value, _) in VALUES.items():
                for form in ("choice({})", "log({},1)", "log(0.1,{})", "uniform({},1)", "int({},9)", "choice(0.1,{})"):
                    said = f"space.optimizer.lr={form.format(value)}"
                    yield Line(program, [TUNE[0], said, TUNE[2]], "optimizer.lr", f"{form} of {what}", False)
        case "variance":
            yield from _of(program, [], keys(), begun(program), forms=False)
            yield from _options(program, begun(program), own(variance))
        case "report":
            yield from _options(program, ["store=results"], own(report))
            yield from _words(program, [])
            for what, (value, _) in VALUES.items():
                for form in ("where=noise={}", "where=loss={}", "where={}=1", "where=noise=0|{}", "show=means,{}"):
                    yield Line(program, [form.format(value)], form.partition("=")[0], what, False)
        case "claims" | "repro":
            first = begun(program)
            yield from _options(program, first, own(claims if program == "claims" else repro))
            yield from _words(program, [])
            yield from _words(program, first)
            if program == "repro":
                yield from _options(program, first, dict.fromkeys(("dataset", "dataset.root", "noise_type.pairs"), Any))
        case "status" | "render" | "migrate" | "cards":
            yield from _words(program, [])
            its = {"status": status, "render": render, "migrate": migrate, "cards": cards}[program]
            yield from _options(program, begun(program), own(its) | {"nothing": Any})


def begun(program: str) -> list[str]:
    """A line of a program that is right: what is refused beside it is refused for what was tried."""
    stored = ["scale=smoke", "train=false"]
    right = {"tune": TUNE, "cards": ["loss=ce"], "render": ["check=true", "page.md"], "migrate": ["results"]}
    right |= {"claims": ["gce_symmetric", *stored], "repro": ["apl", *stored], "variance": ["noise=0.4", "train=false"]}
    return right.get(program, [])


def furnished(program: str, folder: Path) -> Path:
    """A folder as a program needs it."""
    from runner.store.store import Store
    from tests.stores import small

    if program in ("report", "status", "migrate"):
        small(folder / "results")
    if program == "forget":
        (cell,) = compose_cells([], multirun=False)
        Store(folder / "results").cell(cell.identity, cell.choices).write("data")
    if program == "render":
        (folder / "page.md").write_text("a page\n", encoding="utf-8")
    return folder
